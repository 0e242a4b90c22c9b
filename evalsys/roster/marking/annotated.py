"""The file back to HR: the same sheets and rows, with red cells and a last column that says why.

It is written anew from what was safely read, because opening a stranger's workbook for editing
costs as much memory as the file likes. So the values stay and the decoration goes.
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
    """Return the workbook with the findings of a report; `words` say each finding in its order.

    `note` stands under the heading of the column of marks.
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
            found = marks.get((title, row), [])
            heads = [MARKS, *([note] if note else [])] if row == head else []
            sheet.row_dimensions[row].height = LINE_HEIGHT * max(len(found) + len(heads), 1)
            sheet.append(_cells(sheet, line, last, places, found, heads=heads))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _cells(  # noqa: PLR0913  # A row needs all of it.
    sheet: Any,
    line: RawLine,
    last: int,
    places: Mapping[str, int],
    found: Sequence[tuple[Mapping[str, Any], str]],
    *,
    heads: Sequence[str],
) -> list[Any]:
    """Return the cells of a row, painted, with the words of its findings at the end.

    In the row of headings `heads` stands above them.
    """
    paint = {}
    for finding, _ in sorted(found, key=lambda pair: pair[0]["is_error"]):
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
    texts = [text for _, text in found]
    words = "\n".join([*heads, *texts])
    mark = _cell(sheet, cut(words, LONGEST_TEXT) or None)
    is_bad = any(finding["is_error"] for finding, _ in found)
    mark.font = Font(bold=bool(heads), color=BAD_INK if is_bad or heads else INK)
    mark.alignment = Alignment(wrap_text=True, vertical="top")
    return [*cells, mark]


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell with the value as it was: text stays text, even if it begins with =."""
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, IMPOSSIBLE.sub("", value))
        cell.data_type = "s"
        cell.number_format = "@"
        return cell
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd"
    return cell
