"""Why a file is refused: each error says what is wrong and what to do."""

from evalsys.core.errors import N_, DomainError


class BadFile(DomainError):
    """The file cannot be read as a table."""

    status = 400
    message = N_(
        "%(file)s is damaged or was not written by Excel. Open it in Excel, save it as "
        "“Excel workbook (.xlsx)” and send it again."
    )


class WrongKind(BadFile):
    """It is no table."""

    message = N_(
        "%(file)s is a %(kind)s file. Only .xlsx and CSV are read: in Excel choose “Save as”, "
        "“Excel workbook (.xlsx)”."
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


class TooSlow(TooHeavy):
    """Reading it took more processor time than was allowed; with more it may be readable."""


class RowBeyondExcel(BadFile):
    """A row has a number that no row of Excel has."""

    message = N_(
        "Sheet “%(sheet)s” of %(file)s has a row %(row)s; Excel ends at row %(limit)s. Copy only "
        "the filled rows into a new workbook and send that."
    )


class TooManyEmptyRows(BadFile):
    """Empty rows, formatted perhaps, make up most of the sheet."""

    message = N_(
        "Sheet “%(sheet)s” of %(file)s has more than %(limit)s empty rows up to row %(row)s. Copy "
        "only the filled rows into a new workbook and send that."
    )


class CellBeyondExcel(BadFile):
    """A cell holds more than Excel can hold."""

    message = N_(
        "%(file)s holds a cell with more than 32,767 characters (%(sheet)s %(cell)s), which Excel "
        "cannot hold. Shorten its text and send the file again."
    )


class RowsHidden(BadFile):
    """A filter hides rows, and nobody has said what they mean."""

    message = N_(
        "%(count)s rows of sheet “%(sheet)s” of %(file)s are hidden in Excel, by a filter perhaps: "
        "%(rows)s. Say whether they are to be read or left out, and send the file again."
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


NO_HEADING = N_(
    "%(file)s has no row with the headings %(expected)s. Take the headings from the template."
)
