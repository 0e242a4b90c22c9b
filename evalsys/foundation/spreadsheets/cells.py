"""Cells that are reused: openpyxl would create one for each value and guess its type."""

from collections.abc import Iterable, Iterator
from typing import Any, Self

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

NUMBER, TEXT, FORMULA = "n", "s", "f"  # openpyxl's data types of a cell.


class KeptCell(Cell):  # type: ignore[misc]  # openpyxl has no types.
    """The cell of a column: once written, it is reused for the value of the next row."""

    def hold(self, value: Any, kind: str) -> Self:
        """Set a value of a known type: NUMBER (or None), TEXT that stays text, or FORMULA."""
        self._value = value
        self.data_type = kind
        return self


class CellSheet(WriteOnlyWorksheet):  # type: ignore[misc]  # The same.
    """A write-only sheet whose rows are sequences of cells, which may be reused once written."""

    def _values_to_row(self, values: Iterable[Cell], row_idx: int) -> Iterator[Cell]:
        for place, cell in enumerate(values, start=1):
            cell.row, cell.column = row_idx, place
            yield cell


def add_sheet(book: Workbook, title: str) -> CellSheet:
    """Add a CellSheet to a write-only workbook."""
    sheet = CellSheet(book, title)
    book._add_sheet(sheet)  # noqa: SLF001  # `create_sheet` makes its own class only.
    return sheet
