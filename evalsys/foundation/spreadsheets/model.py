"""Sheets as data, out: a sheet is a title, columns and rows. `writer` writes any of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

from evalsys.core.city import fill_terms

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Row = TypeVar("Row")

MOST_ROWS = 1_000_000  # Excel ends at 1,048,576 lines.
ACCENT, ACCENT_TINT, LINE, INK, MUTE = "1F4E7D", "E6EEF6", "D6DCE2", "1A222B", "525D69"


class Words(NamedTuple):
    """A text in both languages of the workbooks; {科室} and {科长} are said as the city does."""

    zh: str
    en: str

    def said(self, lang: str) -> str:
        """Return the text in a language: English on request, else Chinese."""
        return self.en if lang == "en" else fill_terms(self.zh)


NO_WORDS = Words("", "")


class Ranked(NamedTuple):
    """A rank and its interval (F8): a number to sort by that prints as 3 (3–13)."""

    place: int
    best: int
    worst: int


Value: TypeAlias = str | int | float | Decimal | date | Words | Ranked | None


class Kind(StrEnum):
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


LEFT = frozenset({Kind.TEXT, Kind.CODE})
BARE = frozenset({Kind.TEXT, Kind.CODE, Kind.WHOLE})  # They need no format of their own.
MEANING = {
    Kind.TEXT: Words("文本", "text"),
    Kind.CODE: Words("文本（保留前导零）", "text (leading zeros stay)"),
    Kind.WHOLE: Words("整数", "whole number"),
    Kind.RANK: Words("名次，括号内为区间", "rank, its interval in brackets"),
    Kind.SCORE: Words("数，两位小数", "number, 2 decimals"),
    Kind.POINTS: Words("数，一位小数；低于70分前有↓", "number, 1 decimal; ↓ below 70"),
    Kind.FINE: Words("数，三位小数", "number, 3 decimals"),
    Kind.RATE: Words("百分数，两位小数", "percentage, 2 decimals"),
    Kind.PERCENT: Words("百分数，一位小数", "percentage, 1 decimal"),
    Kind.SHARE: Words("整百分数", "whole percentage"),
    Kind.CHANGE: Words("数，一位小数，带正负号", "number, 1 decimal, with its sign"),
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

    words: Words
    fill: str
    ink: str = INK


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A heading, how a row's value is found, what kind of value it is, and what it means.

    `tints` paint numbers, `word_tints` words; of two that fit the first one counts. `is_wide` lets
    long texts break into lines; `widest` characters (0: as many as any column may have).
    """

    heading: Words
    value: Callable[[Row], Value]
    kind: Kind = Kind.TEXT
    meaning: Words = NO_WORDS
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

    title: Words
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
