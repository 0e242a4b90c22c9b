"""Errors of uploaded files, each with the problem and its remedy."""

from evalsys.core.errors import N_, DomainError

# The messages of the child's problem codes.
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
    """Reading exceeded the limit of processor time; it may succeed with a higher one."""

    message = REFUSALS["heavy"]


class RowsHidden(BadFile):
    """The file has hidden rows, and no treatment was chosen."""

    message = N_(
        "%(count)s rows of sheet “%(sheet)s” of %(file)s are hidden in Excel, by a filter perhaps: "
        "%(rows)s. Say whether they are to be read or left out, and send the file again."
    )


NO_TABLE = N_(
    "%(file)s is neither an Excel workbook nor CSV. Open it in Excel, choose “Save as”, “Excel "
    "workbook (.xlsx)”, and send that."
)
NO_HEADING = N_(
    "%(file)s has no row with the headings %(expected)s. Take the headings from the template."
)
