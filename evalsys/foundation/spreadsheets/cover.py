"""The cover sheet of every workbook: facts, and definitions of all columns."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from evalsys.core.city import say
from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.facts import Facts
from evalsys.foundation.spreadsheets.model import (
    ACCENT,
    ACCENT_TINT,
    LINE,
    MEANING,
    MUTE,
    Frame,
    Sheet,
)
from evalsys.foundation.spreadsheets.styles import ink_of, lines_in, paint, set_height, set_up_print

COVER = NP_("sheet", "Cover")
HEADINGS = (
    N_("Sheet"),
    N_("Column"),
    NP_("sheet", "Format"),
    NP_("sheet", "Meaning"),
)
WIDTHS = (32, 26, 32, 80)
NOTE = N_(
    "Scores are evidence for an assessment, not its grade; the system only proposes, and every "
    "measure is decided by a named person in due procedure."
)


def write_cover(
    sheet: WriteOnlyWorksheet, facts: Facts, sheets: Sequence[Sheet[Any]], frame: Frame
) -> None:
    """Write the cover: facts, then the definition of every column."""
    for letter, width in zip("ABCD", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    set_up_print(sheet, frame)
    lines = chain(_top(sheet, facts, frame), _dictionary(sheet, sheets, frame.lang))
    for row, cells in enumerate(lines, start=1):
        needed = max((lines_in(str(cell.value), WIDTHS[-1]) for cell in cells[3:]), default=1)
        set_height(sheet, row, needed)
        sheet.append(cells)


def _top(sheet: WriteOnlyWorksheet, facts: Facts, frame: Frame) -> Iterator[list[Cell]]:
    """Yield title, place, facts and the note."""
    yield [paint(sheet, frame.title, font=ink_of(size=18, bold=True))]
    yield [paint(sheet, frame.organisation, font=ink_of(size=12, color=MUTE))]
    yield []
    for label, value in facts:
        yield [
            paint(sheet, say(label, frame.lang), font=ink_of(color=MUTE), border=_thin()),
            paint(sheet, say(value, frame.lang), font=ink_of(), border=_thin()),
            *(paint(sheet, "", border=_thin()) for _ in WIDTHS[2:]),
        ]
    yield []
    yield [paint(sheet, say(NOTE, frame.lang), font=ink_of(bold=True))]
    yield []


def _dictionary(
    sheet: WriteOnlyWorksheet, sheets: Sequence[Sheet[Any]], lang: str
) -> Iterator[list[Cell]]:
    """Yield the heading and a row for every column of every sheet."""
    heading = {
        "font": ink_of(color=ACCENT, bold=True),
        "fill": PatternFill("solid", ACCENT_TINT),
        "border": Border(bottom=Side("medium", ACCENT)),
    }
    yield [paint(sheet, say(words, lang), **heading) for words in HEADINGS]
    plain = {
        "font": ink_of(),
        "border": _thin(),
        "alignment": Alignment(vertical="top", wrap_text=True),
    }
    for line in _definitions(sheets):
        yield [paint(sheet, say(words, lang), **plain) for words in line]


def _thin() -> Border:
    return Border(bottom=Side("thin", LINE))


def _definitions(sheets: Sequence[Sheet[Any]]) -> Iterator[tuple[Text, ...]]:
    for sheet in sheets:
        for column in sheet.columns:
            yield sheet.title, column.heading, MEANING[column.kind], column.meaning
