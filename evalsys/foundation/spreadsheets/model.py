"""Sheets as data, out: a sheet is a title, columns and rows. `writer` writes any of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

from evalsys.core.errors import N_, NP_, Text

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Row = TypeVar("Row")

MOST_ROWS = 1_000_000  # Excel ends at 1,048,576 lines.
ACCENT, ACCENT_TINT, LINE, INK, MUTE = "1F4E7D", "E6EEF6", "D6DCE2", "1A222B", "525D69"


class Ranked(NamedTuple):
    """A rank and its interval (F8): a number to sort by that prints as 3 (3–13)."""

    place: int
    best: int
    worst: int


Value: TypeAlias = str | int | float | Decimal | date | Text | Ranked | None


class CellKind(StrEnum):
    """What a column holds: its number format. CODE is text that looks like a number."""

    TEXT = "General"
    CODE = "@"
    WHOLE = "0"
    RANK = "0 "
    SCORE = "0.00"
    POINTS = '[<70]"↓ "0.0;0.0'
    FINE = "0.000"
    RATE = "0.00%"
    PERCENT = "0.0%"
    SHARE = "0%"
    CHANGE = "+0.0;-0.0;0.0"


LEFT = frozenset({CellKind.TEXT, CellKind.CODE})
BARE = frozenset(
    {CellKind.TEXT, CellKind.CODE, CellKind.WHOLE}
)  # They need no format of their own.
MEANING = {
    CellKind.TEXT: NP_("sheet", "text"),
    CellKind.CODE: N_("text (leading zeros stay)"),
    CellKind.WHOLE: NP_("sheet", "whole number"),
    CellKind.RANK: N_("rank, its interval in brackets"),
    CellKind.SCORE: NP_("sheet", "number, 2 decimals"),
    CellKind.POINTS: N_("number, 1 decimal; ↓ below 70"),
    CellKind.FINE: NP_("sheet", "number, 3 decimals"),
    CellKind.RATE: NP_("sheet", "percentage, 2 decimals"),
    CellKind.PERCENT: NP_("sheet", "percentage, 1 decimal"),
    CellKind.SHARE: NP_("sheet", "whole percentage"),
    CellKind.CHANGE: N_("number, 1 decimal, with its sign"),
}


@dataclass(frozen=True)
class Tint:
    """The fill of a number from `low` to below `high`; the number itself always stands there."""

    low: float
    high: float
    fill: str
    ink: str = INK


# The steps of the heat map: the darker, the more help is needed.
HEAT = (
    Tint(80, 85, "E6EEF6"),
    Tint(70, 80, "A9C3DD"),
    Tint(60, 70, ACCENT, "FFFFFF"),
    Tint(0, 60, "163A5E", "FFFFFF"),
)


@dataclass(frozen=True)
class WordTint:
    """The fill of a cell in which these words stand, among others perhaps."""

    words: Text
    fill: str
    ink: str = INK


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A heading, how a row's value is found, what kind of value it is, and what it means.

    `tints` paint numbers, `word_tints` words; of two that fit the first one counts. `is_wide` lets
    long texts break into lines; `widest` characters (0: as many as any column may have).
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
    """A named sheet. `count` is how many rows will come; `frozen` so many first columns stay.

    `printed` so many first columns go on paper, where all would be too small to read; None prints
    all. `draw` adds a chart beside the rows: it gets the sheet, the number of rows, the language.
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
    """What is printed around every sheet: title, organisation, remark, foot, and who signs."""

    lang: str
    title: str
    organisation: str
    remark: str
    foot: str
    signs: str = ""
