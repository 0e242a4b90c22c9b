"""Sheets as data: title, columns and rows, written by `writer`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.safe_text import safe_title

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Row = TypeVar("Row")

ALPHABET = 26
MOST_ROWS = 1_000_000  # Excel ends at 1,048,576 lines.
ACCENT, ACCENT_TINT, LINE, INK, MUTE = "1F4E7D", "E6EEF6", "D6DCE2", "1A222B", "525D69"


class Ranked(NamedTuple):
    """A rank and its interval (F8): sorts as a number, shown as 3 (3–13)."""

    place: int
    best: int
    worst: int


class Live(NamedTuple):
    """A formula that the reader's program computes: `=`, names of cells, numbers and our own words.

    Nothing that anybody typed ever stands in one.
    """

    formula: str


Value: TypeAlias = str | int | float | Decimal | date | Text | Ranked | Live | None


class CellKind(StrEnum):
    """The number format of a column. CODE is text that looks like a number."""

    TEXT = "General"
    CODE = "@"
    WHOLE = "0"
    RANK = "0 "
    SCORE = "0.00"
    POINTS = '[<70]"↓ "0.0;0.0'
    FINE = "0.000"
    FINEST = "0.000000"
    RATE = "0.00%"
    PERCENT = "0.0%"
    SHARE = "0%"
    CHANGE = "+0.0;-0.0;0.0"


LEFT = frozenset({CellKind.TEXT, CellKind.CODE})
BARE = frozenset({CellKind.TEXT, CellKind.CODE, CellKind.WHOLE})  # Need no number format.
MEANING = {
    CellKind.TEXT: NP_("sheet", "text"),
    CellKind.CODE: N_("text (leading zeros stay)"),
    CellKind.WHOLE: NP_("sheet", "whole number"),
    CellKind.RANK: N_("rank, its interval in brackets"),
    CellKind.SCORE: NP_("sheet", "number, 2 decimals"),
    CellKind.POINTS: N_("number, 1 decimal; ↓ below 70"),
    CellKind.FINE: NP_("sheet", "number, 3 decimals"),
    CellKind.FINEST: N_("number, shown with 6 decimals, in full"),
    CellKind.RATE: NP_("sheet", "percentage, 2 decimals"),
    CellKind.PERCENT: NP_("sheet", "percentage, 1 decimal"),
    CellKind.SHARE: NP_("sheet", "whole percentage"),
    CellKind.CHANGE: N_("number, 1 decimal, with its sign"),
}


@dataclass(frozen=True)
class Tint:
    """The fill of numbers from `low` to below `high`, in addition to the number itself."""

    low: float
    high: float
    fill: str
    ink: str = INK


# The steps of the heat map: the darker, the lower the score.
HEAT = (
    Tint(80, 85, "E6EEF6"),
    Tint(70, 80, "A9C3DD"),
    Tint(60, 70, ACCENT, "FFFFFF"),
    Tint(0, 60, "163A5E", "FFFFFF"),
)


@dataclass(frozen=True)
class WordTint:
    """The fill of cells that contain a text."""

    words: Text
    fill: str
    ink: str = INK


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: heading, function from a row to its value, kind and meaning of the value.

    The first matching one of `tints` (numbers) or `word_tints` (texts) applies. `is_wide` wraps
    long texts; `widest` limits the width in characters (0: the general limit).
    """

    heading: Text
    value: Callable[[Row], Value]
    kind: CellKind = CellKind.TEXT
    meaning: Text = ""
    tints: Sequence[Tint] = ()
    word_tints: Sequence[WordTint] = ()
    is_wide: bool = False
    widest: int = 0


@dataclass(frozen=True)
class Sheet(Generic[Row]):
    """A sheet. `count` is the number of `rows`, `frozen` that of frozen columns.

    `printed` is the number of printed columns, None for all. `draw` adds a chart beside the rows;
    it takes the sheet, the number of rows and the language.
    """

    title: Text
    columns: Sequence[Column[Row]]
    rows: Iterable[Row]
    count: int
    frozen: int = 0
    printed: int | None = None
    draw: "Callable[[WriteOnlyWorksheet, int, str], None] | None" = None


@dataclass(frozen=True)
class Frame:
    """Header and footer of printed pages: title, organisation, remark, foot, signature line."""

    lang: str
    title: str
    organisation: str
    remark: str
    foot: str
    signs: str = ""


class Grid:
    """The places of the cells of a sheet by the keys of their columns. Lines count from 1."""

    def __init__(self, title: str, keys: Sequence[str]) -> None:
        self.letters = {key: letters_of(place) for place, key in enumerate(keys, start=1)}
        quoted = safe_title(title).replace("'", "''")
        self.prefix = f"'{quoted}'!"

    def here(self, key: str, line: int) -> str:
        """Return the name of a cell for a formula of the same sheet."""
        return f"{self.letters[key]}{line}"

    def cell(self, key: str, line: int) -> str:
        """Return the name of a cell for a formula of another sheet."""
        return f"{self.prefix}${self.letters[key]}${line}"

    def span(self, key: str, first: int, last: int) -> str:
        """Return the name of some lines of a column for a formula of any sheet."""
        letters = self.letters[key]
        return f"{self.prefix}${letters}${first}:${letters}${last}"


def letters_of(place: int) -> str:
    """Return the letters of the n-th column: A, B, ... Z, AA. Raises ValueError below 1."""
    if place < 1:
        raise ValueError("columns count from 1")
    before, rest = divmod(place - 1, ALPHABET)
    last = chr(ord("A") + rest)
    return letters_of(before) + last if before else last
