"""Why a file is refused: each error says what is wrong and what to do."""

from evalsys.core.errors import N_, DomainError


class BadFile(DomainError):
    """The file cannot be read as a table."""

    status = 400
    message = N_(
        "%(file)s is damaged or was not written by Excel. Open it in Excel, save it as "
        "“Excel workbook (.xlsx)” and send it again."
    )


class EmptyFile(BadFile):
    """There is nothing in it."""

    message = N_("%(file)s is empty. Fill in the template and send it again.")


class FileTooLarge(BadFile):
    """It has too many bytes."""

    message = N_(
        "%(file)s has %(size)s MB; at most %(limit)s MB are read. Remove pictures and unused "
        "sheets, or send it in parts."
    )


class WrongKind(BadFile):
    """It is no table."""

    message = N_(
        "%(file)s is a %(kind)s file. Only .xlsx and CSV are read: in Excel choose “Save as”, "
        "“Excel workbook (.xlsx)”."
    )


class FileEncrypted(BadFile):
    """It has a password."""

    message = N_(
        "%(file)s is protected by a password. In Excel choose “File”, “Info”, “Encrypt with "
        "password”, clear the password, save, and send it again."
    )


class UnpacksTooLarge(BadFile):
    """A small file that becomes a huge one."""

    message = N_(
        "%(file)s unpacks to more than %(limit)s MB. Copy only the filled rows into a new "
        "workbook and send that."
    )


class ForbiddenMarkup(BadFile):
    """An XML part declares a document type, which Excel never does."""

    message = N_(
        "%(file)s holds a document type declaration, which Excel never writes. Copy the rows into "
        "a new workbook and send that."
    )


class TooHeavy(BadFile):
    """Reading it took too much memory or time."""

    message = N_(
        "%(file)s takes too much memory or time to read. Copy only the filled rows into a new "
        "workbook and send that."
    )


class TooManyRows(BadFile):
    """A sheet is too long."""

    message = N_(
        "Sheet “%(sheet)s” of %(file)s has more than %(limit)s filled rows. Send it in parts."
    )


class TooManyColumns(BadFile):
    """A row is too wide."""

    message = N_(
        "Row %(row)s of sheet “%(sheet)s” of %(file)s is filled beyond column %(limit)s. Delete "
        "what stands to the right of the table."
    )


class CharacterCut(BadFile):
    """Bytes that are no character."""

    message = N_(
        "Line %(row)s of %(file)s holds a character that is cut in half: it is neither UTF-8 nor "
        "GB18030. In Excel save it as “CSV UTF-8” or as .xlsx."
    )


class CellTooLong(BadFile):
    """A text table with a cell that goes on for ever."""

    message = N_(
        "A cell in line %(row)s of %(file)s is endless: a quotation mark is missing, or the file "
        "is no table. In Excel save it as “CSV UTF-8” or as .xlsx."
    )


class NoSuchSheet(BadFile):
    """The sheets have other names."""

    message = N_(
        "%(file)s has the sheets %(found)s, but not %(expected)s. Rename the sheet, or fill in the "
        "template."
    )


class NoHeading(BadFile):
    """The columns that are needed were not found."""

    message = N_(
        "%(file)s has no row with the headings %(expected)s. Take the headings from the template."
    )
