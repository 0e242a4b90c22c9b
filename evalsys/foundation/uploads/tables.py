"""Raw tables of a file: sheets, lines, merged areas. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

Value = str | int | float | bool | datetime | None


class Area(NamedTuple):
    """Merged cells: rows and columns from 1, both ends inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class RawLine:
    """A non-empty row with its number in Excel."""

    number: int
    values: Sequence[Value]
    is_hidden: bool = False

    def at(self, place: int) -> Value:
        """Return the value at an index, from 0."""
        return self.values[place] if place < len(self.values) else None


@dataclass(eq=False)
class RawSheet:
    """A sheet with its lines. The sheet of a CSV file has an empty title. Columns are from 1."""

    title: str
    is_hidden: bool = False
    lines: list[RawLine] = field(default_factory=list)
    merged: Sequence[Area] = ()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(frozen=True)
class TableRow:
    """A row of a table: column key -> value, without blank cells."""

    number: int
    values: Mapping[str, Value]
    is_hidden: bool = False


Table = dict[str, RawSheet]  # Title -> sheet, in the order of the file.


def filled(sheet: RawSheet, last: int) -> list[RawLine]:
    """Return the lines up to row `last`, every merged area filled with its first cell.

    For headings, where a group spans its columns and a heading spans two lines.
    """
    lines = {line.number: line for line in sheet.lines if line.number <= last}
    cells = {number: list(line.values) for number, line in lines.items()}
    for area in sheet.merged:
        first = lines.get(area.top)
        value = first.at(area.left - 1) if first else None
        if value is None:
            continue
        for row in range(area.top, min(area.bottom, last) + 1):
            if row in cells:
                _put(cells[row], range(area.left - 1, area.right), value)
    return [RawLine(number, cells[number], lines[number].is_hidden) for number in lines]


def _put(values: list[Value], places: range, value: Value) -> None:
    values += [None] * (places.stop - len(values))
    for place in places:
        values[place] = value


def fills(
    sheet: RawSheet, head: int, places: Mapping[str, int]
) -> tuple[dict[int, dict[int, Value]], list[tuple[Area, str]], list[tuple[Area, str]]]:
    """Interpret merged cells below the headings.

    Returns row -> index -> value of cells filled down; the areas filled down with the key of their
    column; and those that span known columns, which are ambiguous.
    """
    rows = {line.number: line for line in sheet.lines}
    columns = {place: key for key, place in places.items()}
    down: dict[int, dict[int, Value]] = {}
    filled_areas, across = [], []
    for area in sheet.merged:
        known = [place for place in range(area.left - 1, area.right) if place in columns]
        first = rows.get(area.top)
        if not known or area.top <= head or first is None:
            continue
        value = first.at(area.left - 1)
        if value is None:
            continue
        if len(known) > 1:
            across.append((area, columns[known[0]]))
        elif area.bottom > area.top and known[0] == area.left - 1:
            filled_areas.append((area, columns[known[0]]))
            for row in range(area.top + 1, area.bottom + 1):
                if row in rows:
                    down.setdefault(row, {})[known[0]] = value
    return down, filled_areas, across
