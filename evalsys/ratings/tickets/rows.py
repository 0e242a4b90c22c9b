"""Reading the cells of one row of a list: what cannot be read is a problem with its cell."""

from collections.abc import Callable, Collection
from typing import Any

from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import Read, Unreadable, read_cell, shown
from evalsys.foundation.uploads.tables import TableRow
from evalsys.ratings.tickets.checks import EventProblem


class RowReader:
    """Reads the cells of one row, and keeps what is wrong with them.

    `required` are the columns of which an empty cell is a problem.
    """

    required: Collection[str] = ()

    def __init__(self, row: TableRow) -> None:
        self.row = row
        self.problems: list[EventProblem] = []

    def cell(self, column: str, read: Callable[[Any], Read]) -> Any:
        """Return what stands in a cell; None if it is empty or makes no sense."""
        value = self.row.values.get(column)
        if value is None:
            if column in self.required:
                self.problem(column, "", N_("The cell is empty"))
            return None
        return self.read(column, read, value)

    def read(self, column: str, read: Callable[[Any], Read], value: Any) -> Any:
        """Return what a value of a cell says; None if it makes no sense."""
        try:
            return read_cell(read, value).value
        except Unreadable as error:
            self.problem(column, shown(value), error.remark.problem, **error.remark.params)
            return None

    def problem(self, column: str, value: str, message: str, **params: Any) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(EventProblem(self.row.number, column, value[:40], message, params))
