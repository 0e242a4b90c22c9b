"""Reading the cells of a list's row, collecting problems by cell."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import Read, Unreadable, read_cell, shown
from evalsys.foundation.uploads.tables import TableRow


class CellProblem(NamedTuple):
    """A problem of a cell: its row in the list, the column, the message (a msgid).

    Row 0 stands for the whole list, an empty `field` for the whole row.
    """

    row: int
    field: str
    value: str
    message: str
    params: Mapping[str, Any] = MappingProxyType({})


class RowReader:
    """Reads the cells of one row, and collects their problems.

    An empty cell of a `required` column is a problem.
    """

    required: Collection[str] = ()

    def __init__(self, row: TableRow) -> None:
        self.row = row
        self.problems: list[CellProblem] = []

    def cell(self, column: str, read: Callable[[Any], Read]) -> Any:
        """Return the value of a cell; None if it is empty or invalid."""
        value = self.row.values.get(column)
        if value is None:
            if column in self.required:
                self.problem(column, "", N_("The cell is empty"))
            return None
        return self.read(column, read, value)

    def read(self, column: str, read: Callable[[Any], Read], value: Any) -> Any:
        """Return the parsed value; None if it is invalid."""
        try:
            return read_cell(read, value).value
        except Unreadable as error:
            self.problem(column, shown(value), error.remark.problem, **error.remark.params)
            return None

    def problem(self, column: str, value: str, message: str, **params: Any) -> None:
        """Add a problem of a cell."""
        self.problems.append(CellProblem(self.row.number, column, value[:40], message, params))
