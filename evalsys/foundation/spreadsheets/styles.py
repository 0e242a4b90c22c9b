"""Styles of cells and the print set-up."""

import unicodedata
from typing import Any

from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.formatting.rule import CellIsRule, FormulaRule, Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.properties import PageSetupProperties

from evalsys.core.city import say
from evalsys.foundation.spreadsheets.characters import length
from evalsys.foundation.spreadsheets.model import INK, Frame, Tint, WordTint
from evalsys.foundation.spreadsheets.safe_text import safe_text

FONT = "Microsoft YaHei"  # Windows and WPS have it, others substitute a sans-serif.
LINE_HEIGHT = 15.0  # points of a line of text in a cell
A4 = 9
MARGIN = 12 / 25.4  # inches


def ink_of(*, color: str = INK, size: int = 10, bold: bool = False) -> Font:
    """Return the font of a cell."""
    return Font(FONT, size, bold=bold, color=color)


def paint(sheet: WriteOnlyWorksheet, text: str, **styles: Any) -> Cell:
    """Return a string cell with a safe text and some styles."""
    cell = WriteOnlyCell(sheet, safe_text(text))
    cell.data_type = "s"
    for name, style in styles.items():
        setattr(cell, name, style)
    return cell


def display_width(text: str) -> int:
    """Return the width of a text in characters; East Asian ones count double."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


def lines_in(text: str, width: float) -> int:
    """Return the number of lines of a text in a cell of a width in characters."""
    fits = max(1, int(width * 1.05) - 1)  # Widths are counted in a larger font; less the edges.
    return sum(max(1, -(-display_width(part) // fits)) for part in text.split("\n"))


def set_height(sheet: WriteOnlyWorksheet, row: int, lines: int) -> None:
    """Set the height of the next row, which not every program adjusts by itself."""
    if lines > 1:
        sheet.row_dimensions[row].height = LINE_HEIGHT * lines


def rule_of(tint: Tint) -> Rule:
    """Return the conditional format of a number."""
    return CellIsRule(
        operator="between",
        formula=[str(tint.low), str(tint.high - 0.0001)],
        font=Font(color=tint.ink, bold=tint.ink != INK),
        fill=PatternFill(bgColor=tint.fill, fill_type="solid"),
    )


def word_rule_of(tint: WordTint, first: str, lang: str) -> Rule:
    """Return the conditional format of a text; `first` is the top cell of its range."""
    words = say(tint.words, lang).replace('"', '""')
    return FormulaRule(
        formula=[f'ISNUMBER(SEARCH("{words}",{first}))'],
        stopIfTrue=True,
        font=Font(color=tint.ink, bold=tint.ink != INK),
        fill=PatternFill(bgColor=tint.fill, fill_type="solid"),
    )


def set_up_print(sheet: WriteOnlyWorksheet, frame: Frame) -> None:
    """Set up printing: A4 landscape, fit to width, with header and footer."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = sheet.page_margins
    margins.left = margins.right = MARGIN
    margins.top = margins.bottom = 2 * MARGIN
    margins.header = margins.footer = MARGIN / 2
    # Excel allows 255 UTF-16 code units in a header or footer, codes included.
    sheet.oddHeader.left.text = _printed(frame.organisation, 70)
    sheet.oddHeader.center.text = _printed(f"{sheet.title} · {frame.title}", 90)
    sheet.oddHeader.right.text = _printed(frame.remark, 60)
    sheet.oddFooter.left.text = _printed(frame.foot, 140)
    sheet.oddFooter.center.text = _printed(frame.signs, 70) or None
    sheet.oddFooter.right.text = "&P / &N"
    for part in (sheet.oddHeader, sheet.oddFooter):
        for place in (part.left, part.center, part.right):
            place.size = 9


def _printed(text: str, most: int) -> str:
    """Return a text for a header or footer, truncated and with & escaped."""
    characters = [character.replace("&", "&&") for character in safe_text(text)]
    while sum(map(length, characters)) > most:
        characters.pop()
    return "".join(characters)
