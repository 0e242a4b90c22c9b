"""An uploaded roster with its errors marked: red cells, and a last column with the findings.

It is written anew from the parsed values, since editing an untrusted workbook takes unbounded
memory. Formatting is lost.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from evalsys.foundation.spreadsheets.characters import cut
from evalsys.foundation.spreadsheets.safe_text import IMPOSSIBLE, LONGEST_TEXT, safe_title
from evalsys.foundation.uploads.tables import RawLine, Table
from evalsys.roster.parsing import MARKS

BAD = PatternFill("solid", fgColor="FFC7CE")
ODD = PatternFill("solid", fgColor="E6EEF6")
BAD_INK, INK = "9C0006", "1A222B"
WIDTH, MARK_WIDTH = 14, 90
LINE_HEIGHT = 15  # points


def annotate(
    table: Table, report: Mapping[str, Any], words: Iterable[str], note: str = ""
) -> bytes:
    """Return the workbook with the findings of a report; `words` are their texts, in order.

    `note` is added to the heading of the last column.
    """
    marks: dict[tuple[str, int], list[tuple[Mapping[str, Any], str]]] = {}
    for finding, text in zip(report["findings"], words, strict=True):
        marks.setdefault((finding["sheet"], finding["row"]), []).append((finding, text))
    book = Workbook(write_only=True)
    for title, source in table.items():
        lines = source.lines
        sheet = book.create_sheet(safe_title(title or "CSV"))
        layout = report["layouts"].get(title, {"head": 0, "places": {}})
        head, places = layout["head"], layout["places"]
        last = max((len(line.values) for line in lines), default=0)
        for place in range(1, last + 1):
            sheet.column_dimensions[get_column_letter(place)].width = WIDTH
        sheet.column_dimensions[get_column_letter(last + 1)].width = MARK_WIDTH
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        if head:
            sheet.freeze_panes = f"A{head + 1}"
        row = 0
        for line in lines:
            for _ in range(line.number - row - 1):
                sheet.append(())
            row = line.number
            findings = marks.get((title, row), [])
            heads = [MARKS, *([note] if note else [])] if row == head else []
            sheet.row_dimensions[row].height = LINE_HEIGHT * max(len(findings) + len(heads), 1)
            sheet.append(_cells(sheet, line, last, places, findings, heads=heads))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _cells(  # noqa: PLR0913  # A row needs all of it.
    sheet: Any,
    line: RawLine,
    last: int,
    places: Mapping[str, int],
    findings: Sequence[tuple[Mapping[str, Any], str]],
    *,
    heads: Sequence[str],
) -> list[Any]:
    """Return the cells of a row, filled with colour, and a last cell with its findings.

    In the row of headings `heads` comes before the findings.
    """
    paint = {}
    for finding, _ in sorted(findings, key=lambda pair: pair[0]["is_error"]):
        place = places.get(finding["column"])
        if place is not None:
            paint[place] = BAD if finding["is_error"] else ODD
    cells = []
    for place in range(last):
        value = line.values[place] if place < len(line.values) else None
        cell = _cell(sheet, value)
        if place in paint:
            cell.fill = paint[place]
        if heads:
            cell.font = Font(bold=True, color=INK)
        cells.append(cell)
    texts = [text for _, text in findings]
    words = "\n".join([*heads, *texts])
    mark = _cell(sheet, cut(words, LONGEST_TEXT) or None)
    is_bad = any(finding["is_error"] for finding, _ in findings)
    mark.font = Font(bold=bool(heads), color=BAD_INK if is_bad or heads else INK)
    mark.alignment = Alignment(wrap_text=True, vertical="top")
    return [*cells, mark]


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell with an unchanged value: a string stays text, even if it begins with =."""
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, IMPOSSIBLE.sub("", value))
        cell.data_type = "s"
        cell.number_format = "@"
        return cell
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd"
    return cell
