"""Why a file is refused: each error says what is wrong and what to do."""

from evalsys.core.errors import N_, DomainError

# Why the child has read no further, by its own word.
REFUSALS = {
    "kind": N_(
        "%(file)s is a %(kind)s file. Only .xlsx and CSV are read: in Excel choose “Save as”, "
        "“Excel workbook (.xlsx)”."
    ),
    "bomb": N_(
        "%(file)s unpacks to more than %(limit)s MB. Copy only the filled rows into a new "
        "workbook and send that."
    ),
    "doctype": N_(
        "%(file)s holds a document type declaration, which Excel never writes. Copy the rows into "
        "a new workbook and send that."
    ),
    "rows": N_(
        "Sheet “%(sheet)s” of %(file)s has more than %(limit)s filled rows. Send it in parts."
    ),
    "columns": N_(
        "Row %(row)s of sheet “%(sheet)s” of %(file)s is filled beyond column %(limit)s. Delete "
        "what stands to the right of the table."
    ),
    "heavy": N_(
        "%(file)s takes too much memory or time to read. Copy only the filled rows into a new "
        "workbook and send that."
    ),
    "number": N_(
        "Sheet “%(sheet)s” of %(file)s has a row %(row)s; Excel ends at row %(limit)s. Copy only "
        "the filled rows into a new workbook and send that."
    ),
    "empty": N_(
        "Sheet “%(sheet)s” of %(file)s has more than %(limit)s empty rows up to row %(row)s. Copy "
        "only the filled rows into a new workbook and send that."
    ),
    "long": N_(
        "%(file)s holds a cell with more than 32,767 characters (%(sheet)s %(cell)s), which Excel "
        "cannot hold. Shorten its text and send the file again."
    ),
}


class BadFile(DomainError):
    """The file cannot be read as a table."""

    status = 400
    message = N_(
        "%(file)s is damaged or was not written by Excel. Open it in Excel, save it as "
        "“Excel workbook (.xlsx)” and send it again."
    )


class TooSlow(BadFile):
    """Reading it took more processor time than was allowed; with more it may be readable."""

    message = REFUSALS["heavy"]


class RowsHidden(BadFile):
    """A filter hides rows, and nobody has said what they mean."""

    message = N_(
        "%(count)s rows of sheet “%(sheet)s” of %(file)s are hidden in Excel, by a filter perhaps: "
        "%(rows)s. Say whether they are to be read or left out, and send the file again."
    )


NO_HEADING = N_(
    "%(file)s has no row with the headings %(expected)s. Take the headings from the template."
)
