"""Sheets as data, out: a sheet is a title, columns and rows; one function writes any of them.

openpyxl's write-only mode writes them all, small or large: it knows every format that our reports
need, and its memory does not grow with the rows. What differs is how much is painted: up to
`FORMATTED_ROWS` rows each cell has its border and alignment, beyond that only its number format.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.formatting.rule import CellIsRule, Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.properties import PageSetupProperties

from evalsys.exchange.safe_text import safe_text, safe_title
from evalsys.jobs.handlers import Progress

Row = TypeVar("Row")

FORMATTED_ROWS = 2_000
MOST_ROWS = 1_000_000  # Excel ends at 1,048,576 lines.
MOST_FORMATS = 150  # Excel keeps 200 to 250 of its own and ours.
STEP = 500  # rows between two signs of progress
LOOKED_AT = 1_000  # rows whose texts decide the widths
KEPT_TEXTS = 10_000  # texts that are made safe once
NARROWEST, WIDEST = 6, 46  # characters; CJK counts double
FILTER_BUTTON = 3  # characters of a heading that its button covers
A4 = 9
ACCENT, ACCENT_TINT, LINE, INK, MUTE = "1F4E7D", "E6EEF6", "D6DCE2", "1A222B", "525D69"
MARGIN = 12 / 25.4  # inches


class Words(NamedTuple):
    """A text in both languages of the workbooks."""

    zh: str
    en: str

    def said(self, lang: str) -> str:
        """Return the text in a language: English on request, else Chinese."""
        return self.en if lang == "en" else self.zh


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


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A heading, how a row's value is found, what kind of value it is, and what it means.

    `tints` paint numbers. `is_wide` lets long texts break into lines.
    """

    heading: Words
    value: Callable[[Row], Value]
    kind: Kind = Kind.TEXT
    meaning: Words = NO_WORDS
    tints: Sequence[Tint] = ()
    is_wide: bool = False


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
    draw: Callable[[WriteOnlyWorksheet, int, str], None] | None = None


@dataclass(frozen=True)
class Frame:
    """What is printed around every sheet: title, organisation, remark, and the foot."""

    lang: str
    title: str
    organisation: str
    remark: str
    foot: str


def write_sheet(
    sheet: WriteOnlyWorksheet, data: Sheet[Any], frame: Frame, progress: Progress
) -> int:
    """Write the heading and one line per row; return how many rows there were.

    Raises Cancelled.
    """
    rows = iter(data.rows)
    first = list(islice(rows, LOOKED_AT))
    values = [[column.value(row) for column in data.columns] for row in first]
    _set_widths(sheet, data, values, frame.lang)
    sheet.freeze_panes = f"{get_column_letter(data.frozen + 1)}2"
    sheet.sheet_view.showGridLines = data.count > FORMATTED_ROWS
    set_up_print(sheet, frame)
    sheet.append(_headings(sheet, data.columns, frame.lang))
    later = ([column.value(row) for column in data.columns] for row in rows)
    painter = _Painter(sheet, data, frame.lang)
    written = 0
    for line in chain(values, later):
        sheet.append(painter.cells(line))
        written += 1
        if written % STEP == 0:
            progress.advance(STEP)
    progress.advance(written % STEP)
    _finish(sheet, data, written, frame.lang)
    return written


class _Painter:
    """Turns the values of a row into cells. Cells are used again: each is written at once."""

    def __init__(self, sheet: WriteOnlyWorksheet, data: Sheet[Any], lang: str) -> None:
        self.lang = lang
        self.is_formatted = data.count <= FORMATTED_ROWS
        self.sheet = sheet
        self.columns = [(column, self._cell(column)) for column in data.columns]
        self.ranks: dict[tuple[int, int], Cell] = {}
        self.texts: dict[str | Words, str] = {}  # Most texts of a long sheet repeat.

    def _cell(self, column: Column[Any]) -> Cell | None:
        """Return the cell of a column; None if a bare value will do."""
        if not self.is_formatted and column.kind in BARE:
            return None
        cell = WriteOnlyCell(self.sheet)
        cell.number_format = column.kind.value
        if self.is_formatted:
            cell.border = Border(bottom=Side("thin", LINE))
            cell.font = Font(color=INK, size=10)
            side = "left" if column.kind in LEFT else "right"
            indent = 1 if column.kind in LEFT else 0  # Away from the figure on the left.
            cell.alignment = Alignment(side, "center", wrap_text=column.is_wide, indent=indent)
        return cell

    def cells(self, values: Sequence[Value]) -> list[Any]:
        """Return what `append` takes for one row."""
        return [
            self._painted(column, cell, value)
            for (column, cell), value in zip(self.columns, values, strict=True)
        ]

    def _painted(self, column: Column[Any], cell: Cell | None, value: Value) -> Any:
        kind = type(value)
        if kind is Ranked:
            return self._rank(column, value)  # type: ignore[arg-type]  # Its type was just seen.
        is_text = kind is str or kind is Words
        plain = self._text(value) if is_text else value  # type: ignore[arg-type]  # The same.
        if cell is None:
            return plain
        cell.value = plain
        if is_text:
            cell.data_type = "s"
        return cell

    def _text(self, text: str | Words) -> str:
        """Return a text in the language, as a cell may hold it."""
        found = self.texts.get(text)
        if found is None:
            said = text.said(self.lang) if isinstance(text, Words) else text
            found = safe_text(said)
            if len(self.texts) < KEPT_TEXTS:
                self.texts[text] = found
        return found

    def _rank(self, column: Column[Any], rank: Ranked) -> Any:
        """Put the interval of a rank into its number format; beyond what Excel keeps, into text.

        Each format has a cell of its own: openpyxl keeps the style itself, not a copy of it.
        """
        words = f"({rank.best}–{rank.worst})"
        cell = self.ranks.get(rank[1:])
        if cell is None:
            cell = self._cell(column) if len(self.ranks) < MOST_FORMATS else None
            if cell is None:
                return f"{rank.place} {words}"
            cell.number_format = f'0" {words}"'
            self.ranks[rank[1:]] = cell
        cell.value = rank.place
        return cell


def _headings(
    sheet: WriteOnlyWorksheet, columns: Sequence[Column[Any]], lang: str
) -> Iterator[Cell]:
    for column in columns:
        yield paint(
            sheet,
            column.heading.said(lang),
            font=Font(bold=True, color=ACCENT, size=10),
            fill=PatternFill("solid", ACCENT_TINT),
            border=Border(bottom=Side("medium", ACCENT)),
            alignment=Alignment(
                "left" if column.kind in LEFT else "right",
                "center",
                wrap_text=True,
                indent=1 if column.kind in LEFT else 0,
            ),
        )


def paint(sheet: WriteOnlyWorksheet, text: str, **styles: Any) -> Cell:
    """Return a cell with a text that stays text, in some styles."""
    cell = WriteOnlyCell(sheet, safe_text(text))
    cell.data_type = "s"
    for name, style in styles.items():
        setattr(cell, name, style)
    return cell


def display_width(text: str) -> int:
    """Return how many characters wide a text is: East Asian ones count double."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


def _set_widths(
    sheet: WriteOnlyWorksheet, data: Sheet[Any], rows: Sequence[Sequence[Value]], lang: str
) -> None:
    """Make each column as wide as its texts; a long heading may take two lines."""
    for place, column in enumerate(data.columns):
        heading = display_width(column.heading.said(lang))
        needed = max((_shown_width(row[place], column.kind, lang) for row in rows), default=0)
        two_lines = heading if heading <= NARROWEST else (heading + 1) // 2 + FILTER_BUTTON
        width = min(WIDEST, max(NARROWEST, needed + 3, two_lines + 2))
        sheet.column_dimensions[get_column_letter(place + 1)].width = width
    sheet.row_dimensions[1].height = 32


def _shown_width(value: Value, kind: Kind, lang: str) -> int:
    if isinstance(value, Words):
        return display_width(value.said(lang))
    if isinstance(value, Ranked):
        return len(f"{value.place} ({value.best}–{value.worst})") + 1
    if isinstance(value, str):
        return max(map(display_width, value.splitlines()), default=0)
    if value is None:
        return 0
    return len(str(value)) if kind is Kind.WHOLE else 7


def _finish(sheet: WriteOnlyWorksheet, data: Sheet[Any], written: int, lang: str) -> None:
    """Add what needs to know the last row: filter, tints, chart, print area."""
    last = f"{get_column_letter(len(data.columns))}{written + 1}"
    sheet.auto_filter.ref = f"A1:{last}"
    sheet.print_title_rows = "1:1"
    for place, column in enumerate(data.columns):
        letter = get_column_letter(place + 1)
        for tint in column.tints if written else ():
            sheet.conditional_formatting.add(f"{letter}2:{letter}{written + 1}", _rule(tint))
    if data.draw:
        data.draw(sheet, written, lang)
    else:
        sheet.print_area = f"A1:{get_column_letter(data.printed or len(data.columns))}{written + 1}"


def _rule(tint: Tint) -> Rule:
    return CellIsRule(
        operator="between",
        formula=[str(tint.low), str(tint.high - 0.0001)],
        font=Font(color=tint.ink, bold=tint.ink != INK),
        fill=PatternFill(bgColor=tint.fill, fill_type="solid"),
    )


def set_up_print(sheet: WriteOnlyWorksheet, frame: Frame) -> None:
    """Set up the print: A4 landscape, as wide as the page, title above and page number below."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = sheet.page_margins
    margins.left = margins.right = MARGIN
    margins.top = margins.bottom = 2 * MARGIN
    margins.header = margins.footer = MARGIN / 2
    sheet.oddHeader.left.text = _printed(frame.organisation)
    sheet.oddHeader.center.text = _printed(f"{sheet.title} · {frame.title}")
    sheet.oddHeader.right.text = _printed(frame.remark)
    sheet.oddFooter.left.text = _printed(frame.foot)
    sheet.oddFooter.right.text = "&P / &N"
    for part in (sheet.oddHeader, sheet.oddFooter):
        for place in (part.left, part.center, part.right):
            place.size = 9


def _printed(text: str) -> str:
    """Return a text for the head or foot of a page, where & begins a command."""
    return safe_text(text).replace("&", "&&")


def new_sheet(book: Workbook, title: str) -> WriteOnlyWorksheet:
    """Add a sheet to a write-only workbook."""
    return book.create_sheet(safe_title(title))


def discard(book: Workbook) -> None:
    """Close what a workbook that is not to be saved has begun, and remove its temporary files."""
    for sheet in book.worksheets:
        sheet.close()
        sheet._writer.cleanup()  # noqa: SLF001  # openpyxl itself does it only when it saves.
