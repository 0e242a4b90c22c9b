"""Parse a sheet: its rows, merged areas, and hidden rows and columns."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .formats import day_of
from .markup import is_true
from .package import Refused
from .texts import TextPieces

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # Excel's
MOST_EMPTY = 100_000  # rows
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,9})")
NUMBER = re.compile(r"[+-]?(\d{1,400}(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?")
EXACT = 15  # digits of an integer that Excel does not round
SEEN = 0.5  # points of a row, characters of a column
SHOWN = 200  # characters of a formula


@dataclass(frozen=True)
class Surroundings:
    """The context of cells: shared strings, styles with a date format, workbook settings."""

    texts: Sequence[str]
    date_styles: frozenset[int]
    since_1904: bool
    is_uncomputed: bool  # The workbook asks for a full calculation on load.


@dataclass
class RawCell:
    """The current cell."""

    column: int = 0
    kind: str = "n"
    style: int = 0
    has_formula: bool = False
    has_value: bool = False
    formula: str = ""
    text: TextPieces = field(default_factory=TextPieces)


class SheetReader:
    """Handles the XML events of a sheet, and writes each non-empty row."""

    def __init__(
        self,
        title: str,
        around: Surroundings,
        limits: Mapping[str, Any],
        write: Callable[[Any], None],
    ) -> None:
        self.title = title
        self.around = around
        self.limits = limits
        self.write = write
        self.row = 0
        self.filled = self.empty = 0
        self.values: dict[int, Any] = {}
        self.is_hidden = self.hides_rows = False
        self.cell: RawCell | None = None
        self.gathers = ""  # The element whose text is collected.
        self.column = 0
        self.merged: list[Sequence[int]] = []
        self.hidden_columns: list[int] = []

    def refuse(self, problem: str, **params: object) -> Refused:
        """Return the error of a problem in this sheet."""
        return Refused(problem, sheet=self.title, row=self.row, **params)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        if name == "c":
            self._begin_cell(given)
        elif self.cell is not None:
            self._inside_cell(name)
        elif name == "row":
            self._begin_row(given)
        elif name == "sheetFormatPr":
            self.hides_rows = is_true(given.get("zeroHeight"))
        elif name == "mergeCell":
            self._merge(given.get("ref", ""))
        elif name == "col" and (
            is_true(given.get("hidden")) or _is_nothing(given.get("width", ""))
        ):
            first, last = int(given["min"]), int(given["max"])
            self.hidden_columns += range(first, min(last, self.limits["columns"]) + 1)

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        if name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name in {"rPh", self.gathers}:
            self.gathers = ""

    def text(self, piece: str) -> None:
        """Handle character data."""
        if self.cell is None or self.gathers in {"", "rPh"}:
            return
        if self.gathers == "f":
            self.cell.formula = (self.cell.formula + piece)[:SHOWN]
        elif not self.cell.text.add(piece):
            raise self.refuse("long", cell=self._place())

    def _begin_row(self, given: Mapping[str, str]) -> None:
        number = given.get("r", "")
        row = int(number) if number.isascii() and number.isdigit() else self.row + 1
        skipped, self.row = row - self.row - 1, row
        if row > LAST_ROW:
            raise self.refuse("number", limit=LAST_ROW)
        if skipped < 0:
            raise self.refuse("damaged")
        self._count_empty(skipped)
        height = given.get("ht", "0" if self.hides_rows else "")
        self.is_hidden = is_true(given.get("hidden")) or _is_nothing(height)
        self.values, self.column = {}, 0

    def _count_empty(self, rows: int) -> None:
        self.empty += rows
        if self.empty > MOST_EMPTY:
            raise self.refuse("empty", limit=MOST_EMPTY)

    def _end_row(self) -> None:
        if not self.values:
            self._count_empty(1)
            return
        self.filled += 1
        if self.filled > self.limits["rows"]:
            raise self.refuse("rows", limit=self.limits["rows"])
        last = max(self.values)
        if last > self.limits["columns"]:
            raise self.refuse("columns", limit=self.limits["columns"])
        cells = [self.values.get(column) for column in range(1, last + 1)]
        self.write([self.row, int(self.is_hidden), *cells])

    def _begin_cell(self, given: Mapping[str, str]) -> None:
        match = REFERENCE.fullmatch(given.get("r", ""))
        self.column = column_of(match[1]) if match else self.column + 1
        if self.column > LAST_COLUMN:
            raise self.refuse("damaged")
        style = given.get("s", "0")
        self.cell = RawCell(self.column, given.get("t", "n"), int(style) if style.isdigit() else 0)

    def _inside_cell(self, name: str) -> None:
        assert self.cell is not None
        if name == "rPh":
            self.gathers = "rPh"
        elif self.gathers != "rPh" and name in {"v", "t", "f"}:
            self.gathers = name
            self.cell.has_formula = self.cell.has_formula or name == "f"
            self.cell.has_value = self.cell.has_value or name != "f"

    def _end_cell(self) -> None:
        cell, self.cell, self.gathers = self.cell, None, ""
        assert cell is not None
        text = cell.text.take()
        if text is None:
            raise self.refuse("long", cell=self._place())
        value = self._value(cell, text)
        if value is not None:
            self.values[cell.column] = value

    def _value(self, cell: RawCell, text: str) -> Any:
        """Return the value of a cell as JSON; None if it is blank."""
        if cell.has_formula and _is_uncomputed(cell, text, self.around):
            return {"formula": f"={cell.formula}"}
        if cell.kind == "e":
            return {"error": text}
        if cell.kind == "b":
            return is_true(text)
        if cell.kind == "s" and cell.has_value:
            if not (text.isascii() and text.strip().isdigit()):
                raise self.refuse("damaged")
            number = int(text)
            if number >= len(self.around.texts):
                raise self.refuse("damaged")
            text = self.around.texts[number]
        elif cell.kind == "n":
            return self._number(cell, text.strip())
        elif cell.kind == "d":
            return _iso_day(text)
        return text if text.strip() else None

    def _number(self, cell: RawCell, text: str) -> Any:
        if not NUMBER.fullmatch(text):
            return text or None
        number = float(text)
        if number in (float("inf"), float("-inf")):
            return text
        if cell.style in self.around.date_styles:
            day = day_of(number, since_1904=self.around.since_1904)
            if day is not None:
                return day if isinstance(day, str) else {"at": day.isoformat()}
        is_whole = text.lstrip("+-").isdigit() and len(text) <= EXACT
        return int(text) if is_whole else number

    def _merge(self, reference: str) -> None:
        first, _, last = reference.replace("$", "").partition(":")
        corners = REFERENCE.fullmatch(first), REFERENCE.fullmatch(last)
        if corners[0] and corners[1]:
            (left, top), (right, bottom) = corners[0].groups(), corners[1].groups()
            self.merged.append((int(top), column_of(left), int(bottom), column_of(right)))

    def _place(self) -> str:
        return f"{letters_of(self.column)}{self.row}"


def _is_uncomputed(cell: RawCell, text: str, around: Surroundings) -> bool:
    """Return whether a formula has no cached value: none at all, or a placeholder 0."""
    if not cell.has_value or (not text and cell.kind != "str"):
        return True
    return around.is_uncomputed and text == "0" and cell.kind == "n"


def _is_nothing(size: str) -> bool:
    """Return whether a height or width is too small to be seen; an empty one is the usual one."""
    return NUMBER.fullmatch(size) is not None and float(size) < SEEN


def _iso_day(text: str) -> Any:
    try:
        return {"at": datetime.fromisoformat(text.strip()).replace(tzinfo=None).isoformat()}
    except ValueError:
        return text or None


def column_of(letters: str) -> int:
    """Return the number of a column: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def letters_of(column: int) -> str:
    """Return the letters of a column: 1 is A."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
