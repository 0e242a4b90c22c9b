"""The writer of all sheets, small or large, in openpyxl's write-only mode.

Its memory does not grow with the rows. Only the amount of formatting differs: up to
`FORMATTED_ROWS` rows each cell has its border and alignment, beyond that only its number format.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from evalsys.core.city import say
from evalsys.core.errors import Dated, Filled, Joined, Message, Text, Within
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.cells import FORMULA, NUMBER, TEXT, KeptCell, add_sheet
from evalsys.foundation.spreadsheets.model import (
    ACCENT,
    ACCENT_TINT,
    BARE,
    LEFT,
    LINE,
    CellKind,
    Column,
    Frame,
    Live,
    Ranked,
    Sheet,
    Value,
)
from evalsys.foundation.spreadsheets.safe_text import safe_text, safe_title
from evalsys.foundation.spreadsheets.styles import (
    LINE_HEIGHT,
    display_width,
    ink_of,
    lines_in,
    paint,
    rule_of,
    set_height,
    set_up_print,
    word_rule_of,
)

FIXED = frozenset({Message, Within})  # They are the same in each row.
NUMBERS = frozenset({int, float, Decimal, type(None)})
FORMATTED_ROWS = 2_000
MOST_FORMATS = 150  # Excel keeps 200 to 250 of its own and ours.
STEP = 500  # rows between two reports of progress
LOOKED_AT = 1_000  # rows whose texts decide the widths
KEPT_TEXTS = 10_000  # texts that are made safe once
NARROWEST, WIDEST = 6, 46  # characters; CJK counts double
DAY_WIDTH = 10  # 2026-11-24
FILTER_BUTTON = 3  # characters of a heading that its button covers


def write_sheet(
    sheet: WriteOnlyWorksheet, data: Sheet[Any], frame: Frame, progress: Progress
) -> int:
    """Write the headings and one line per row; return the number of rows.

    Raises Cancelled.
    """
    rows = iter(data.rows)
    first = list(islice(rows, LOOKED_AT))
    values = [[column.value(row) for column in data.columns] for row in first]
    widths = _set_widths(sheet, data, values, frame.lang)
    sheet.freeze_panes = f"{get_column_letter(data.frozen + 1)}2"
    sheet.sheet_view.showGridLines = data.count > FORMATTED_ROWS
    set_up_print(sheet, frame)
    sheet.append(_headings(sheet, data.columns, frame.lang))
    later = ([column.value(row) for column in data.columns] for row in rows)
    painter = _Painter(sheet, data, frame.lang)
    written = 0
    for line in chain(values, later):
        written += 1
        if painter.is_formatted:
            set_height(sheet, written + 1, painter.lines_of(line, widths))
        sheet.append(painter.cells(line))
        if written % STEP == 0:
            progress.advance(STEP)
    progress.advance(written % STEP)
    _finish(sheet, data, written, frame.lang)
    return written


class _Painter:
    """The cells of a sheet: one for each column, reused for every row."""

    def __init__(self, sheet: WriteOnlyWorksheet, data: Sheet[Any], lang: str) -> None:
        self.lang = lang
        self.is_formatted = data.count <= FORMATTED_ROWS
        self.sheet = sheet
        self.columns = [(column, self._cell(column, column.kind.value)) for column in data.columns]
        self.days: dict[int, KeptCell] = {}
        self.ranks: dict[tuple[int, str], KeptCell] = {}
        self.intervals: set[str] = set()
        self.texts: dict[str, str] = {}  # Most texts of a long sheet repeat.
        # Apart from those: somebody's name may read as a message does.
        self.messages: dict[Text, str] = {}

    def _cell(self, column: Column[Any], number_format: str) -> KeptCell:
        """Return a cell formatted for a column; in a long sheet it has a number format at most."""
        cell = KeptCell(self.sheet, row=1, column=1)
        if self.is_formatted or number_format not in BARE:
            cell.number_format = number_format
        if self.is_formatted:
            cell.border = Border(bottom=Side("thin", LINE))
            cell.font = ink_of()
            side = "left" if column.kind in LEFT else "right"
            indent = 1 if column.kind in LEFT else 0  # Away from the figure on the left.
            cell.alignment = Alignment(side, "center", wrap_text=column.is_wide, indent=indent)
        return cell

    def lines_of(self, values: Sequence[Value], widths: Sequence[float]) -> int:
        """Return the number of lines of the tallest cell of a row."""
        return max(
            (
                lines_in(_shown(value, self.lang), width)
                for (column, _), value, width in zip(self.columns, values, widths, strict=True)
                if column.is_wide
            ),
            default=1,
        )

    def cells(self, values: Sequence[Value]) -> list[Cell]:
        """Return the cells of a row, to append before those of the next are asked for."""
        known: dict[Any, str] = self.texts
        cells: list[Cell] = []
        for place, value in enumerate(values):
            cell = self.columns[place][1]
            kind = type(value)
            if kind in NUMBERS:
                cells.append(cell.hold(value, NUMBER))
            elif kind is str and value in known:
                cells.append(cell.hold(known[value], TEXT))
            else:
                cells.append(self._painted(place, value))
        return cells

    def _painted(self, place: int, value: Value) -> Cell:
        column, cell = self.columns[place]
        match value:
            case Ranked():
                return self._rank(place, value)
            case Live():
                return cell.hold(value.formula, FORMULA)
            case Decimal():  # A subclass with a format of its own: ≈88.
                return cell.hold(self._text(f"{value}"), TEXT)
            case Message() | Within() | Filled() | Joined() | Dated():
                return cell.hold(self._words(value), TEXT)
            case str():
                return cell.hold(self._text(value), TEXT)
        if place not in self.days:
            self.days[place] = self._cell(column, column.kind.value)
        day = self.days[place]  # openpyxl changes its number format when it takes a date.
        day.value = value
        return day

    def _text(self, text: str) -> str:
        """Return a user's text, made safe for a cell."""
        found = self.texts.get(text)
        if found is None:
            found = safe_text(text)
            if len(self.texts) < KEPT_TEXTS:
                self.texts[text] = found
        return found

    def _words(self, words: Text) -> str:
        """Return a message in the language of the sheet, made safe for a cell."""
        if type(words) not in FIXED:
            return safe_text(say(words, self.lang))
        found = self.messages.get(words)
        if found is None:
            found = self.messages[words] = safe_text(say(words, self.lang))
        return found

    def _rank(self, place: int, rank: Ranked) -> Cell:
        """Put the interval of a rank into its number format, or beyond MOST_FORMATS into a text."""
        column, cell = self.columns[place]
        words = f"({rank.best}–{rank.worst})"
        if words not in self.intervals and len(self.intervals) == MOST_FORMATS:
            return cell.hold(f"{rank.place} {words}", TEXT)
        self.intervals.add(words)
        if (place, words) not in self.ranks:
            self.ranks[place, words] = self._cell(column, f'0" {words}"')
        return self.ranks[place, words].hold(rank.place, NUMBER)


def _headings(
    sheet: WriteOnlyWorksheet, columns: Sequence[Column[Any]], lang: str
) -> Iterator[Cell]:
    for column in columns:
        yield paint(
            sheet,
            say(column.heading, lang),
            font=ink_of(color=ACCENT, bold=True),
            fill=PatternFill("solid", ACCENT_TINT),
            border=Border(bottom=Side("medium", ACCENT)),
            alignment=Alignment(
                "left" if column.kind in LEFT else "right",
                "center",
                wrap_text=True,
                indent=1 if column.kind in LEFT else 0,
            ),
        )


def _set_widths(
    sheet: WriteOnlyWorksheet, data: Sheet[Any], rows: Sequence[Sequence[Value]], lang: str
) -> list[float]:
    """Make each column as wide as its texts, and return the widths.

    A long heading may take two lines.
    """
    widths: list[float] = []
    for place, column in enumerate(data.columns):
        heading = display_width(say(column.heading, lang))
        needed = max((_shown_width(row[place], column.kind, lang) for row in rows), default=0)
        two_lines = heading if heading <= NARROWEST else (heading + 1) // 2 + FILTER_BUTTON
        width = min(column.widest or WIDEST, max(NARROWEST, needed + 3, two_lines + 2))
        sheet.column_dimensions[get_column_letter(place + 1)].width = width
        widths.append(width)
    sheet.row_dimensions[1].height = 2 * LINE_HEIGHT + 2
    return widths


def _shown(value: Value, lang: str) -> str:
    """Return the text of a value; numbers need one line anyway."""
    return say(value, lang) if isinstance(value, Text) else ""


def _shown_width(value: Value, kind: CellKind, lang: str) -> int:
    if isinstance(value, Message | Filled | Joined | Within | Dated):
        return display_width(say(value, lang))
    if isinstance(value, Ranked):
        return len(f"{value.place} ({value.best}–{value.worst})") + 1
    if isinstance(value, str):
        return max(map(display_width, value.splitlines()), default=0)
    if value is None:
        return 0
    if isinstance(value, date):
        return DAY_WIDTH
    return len(str(value)) if kind is CellKind.WHOLE else 7


def _finish(sheet: WriteOnlyWorksheet, data: Sheet[Any], written: int, lang: str) -> None:
    """Add what depends on the number of rows: filter, tints, chart, print area."""
    last = f"{get_column_letter(len(data.columns))}{written + 1}"
    sheet.auto_filter.ref = f"A1:{last}"
    sheet.print_title_rows = "1:1"
    for place, column in enumerate(data.columns):
        letter = get_column_letter(place + 1)
        rules = [rule_of(tint) for tint in column.tints]
        rules += [word_rule_of(tint, f"{letter}2", lang) for tint in column.word_tints]
        for rule in rules if written else ():
            sheet.conditional_formatting.add(f"{letter}2:{letter}{written + 1}", rule)
    if data.draw:
        data.draw(sheet, written, lang)
    else:
        sheet.print_area = f"A1:{get_column_letter(data.printed or len(data.columns))}{written + 1}"


def new_sheet(book: Workbook, title: str) -> WriteOnlyWorksheet:
    """Add a sheet to a write-only workbook."""
    return add_sheet(book, safe_title(title))


def discard(book: Workbook) -> None:
    """Close the sheets of a workbook that will not be saved, and remove their temporary files."""
    for sheet in book.worksheets:
        sheet.close()
        sheet._writer.cleanup()  # noqa: SLF001  # openpyxl itself does it only when it saves.
