"""Cells that are used again: openpyxl would make one for each value, and guess what it is."""

from collections.abc import Iterable, Iterator
from typing import Any, Self

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

NUMBER, TEXT = "n", "s"  # openpyxl's names for what a cell holds.


class KeptCell(Cell):  # type: ignore[misc]  # openpyxl has no types.
    """A cell of a column: it is written, and then holds the value of the next row."""

    def hold(self, value: Any, kind: str) -> Self:
        """Take a value that is known to be a number, nothing, or a text that stays text."""
        self._value = value
        self.data_type = kind
        return self


class CellSheet(WriteOnlyWorksheet):  # type: ignore[misc]  # The same.
    """A write-only sheet whose rows come as cells, each in its place; each is written at once."""

    def _values_to_row(self, values: Iterable[Cell], row_idx: int) -> Iterator[Cell]:
        for place, cell in enumerate(values, start=1):
            cell.row, cell.column = row_idx, place
            yield cell


def add_sheet(book: Workbook, title: str) -> CellSheet:
    """Add such a sheet to a write-only workbook."""
    sheet = CellSheet(book, title)
    book._add_sheet(sheet)  # noqa: SLF001  # `create_sheet` knows its own kind alone.
    return sheet
