"""The roster template: two sheets with validation lists and an example row, and notes."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from evalsys.core.city import in_terms
from evalsys.foundation.uploads.reading.limits import ReadLimits
from evalsys.roster.columns import PEOPLE, SECTIONS
from evalsys.roster.words import RosterColumn, SheetKind

A4 = 9
LAST_ROW = ReadLimits().rows
INK, TINT, LINE, MUTE = "1A222B", "E6EEF6", "A9C3DD", "525D69"
SIDE = Side("thin", color=LINE)
EDGE = Border(left=SIDE, right=SIDE, top=SIDE, bottom=SIDE)
NOTES_TITLE = {"zh": "说明", "en": "Notes"}
NOTES_HEADINGS = {
    "zh": ("工作表", "列", "必填", "怎么填", "可选值", "示例"),
    "en": ("Sheet", "Column", "Needed", "How to fill it in", "Choices", "Example"),
}
NEEDED = {"zh": ("必填", "新人员建议填"), "en": ("needed", "advised for new people")}
NOTES_WIDTHS = (14, 22, 14, 58, 44, 24)
GENERAL = {
    "zh": (
        "只有“工号”“姓名”“科室编码”三列必填；其余单元格空白表示保持原值，写 <清空> 表示清除原值。",
        "按工号认人：工号已有的更新，没有的新增。",
        "科室编码与原来不同就是调动：在原科室计到前一天，历史保留。",
        "工号、编码、身份证号、手机号各列已设为“文本”；改成“数值”会丢失前面的零和最后几位。",
        "身份证号、手机号只用来发现填错，校验后不保存（个人信息保护法第六条）；可以不填。",
        "日期可写 2026-03-16、2026.03、202603、2026年3月；只写到月的按当月 1 日。",
        "除科室“启用日期”外，不接受将来的日期。",
        "科室都已在系统里时，可以没有“单位科室”表。列的顺序可以变，多余的列不读取，表头上方可以有标题行。",
        "上传后先试运行，不写入任何数据；有错误时可以下载标错的文件。",
        f"每张表最多 {LAST_ROW:,} 行，文件不超过 5 MB。",
        "“示例”开头的行只是样子，导入时自动跳过，可以删除。",
    ),
    "en": (
        "Only staff number, name and section code are needed.",
        "A blank cell leaves the value as it is; <清空> or <clear> empties it.",
        "The staff number identifies a person: known numbers are updated, others are added.",
        "Another section code is a transfer: the old posting ends the day before; history stays.",
        "Columns of numbers and codes have the format “Text”. Keep it, or zeros in front get lost.",
        "Identity and phone numbers only help to find slips: they are checked and not kept.",
        "(Personal Information Protection Law, article 6.) Both columns may stay blank.",
        "Dates: 2026-03-16, 2026.03 or 202603; a month means its first day.",
        "Only the start of a section may lie in the future.",
        "The sheet of sections may be missing if they are all known.",
        "Columns may stand in any order, further ones are not read; titles may stand above them.",
        "A file is first checked, and nothing written; with errors you get it back marked.",
        f"At most {LAST_ROW:,} rows in a sheet and 5 MB in a file.",
        "The row that begins with 示例 is an example; it is skipped, and may be deleted.",
    ),
}


def make_template(lang: str = "zh") -> bytes:
    """Return the template as a workbook; its notes and headings in Chinese or English."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for kind in (SECTIONS, PEOPLE):
        sheet = book.create_sheet(kind.en if lang == "en" else kind.zh)
        _fill_sheet(sheet, kind, lang)
    _fill_notes(book.create_sheet(NOTES_TITLE[lang]), lang)
    for sheet in book.worksheets:
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.active = 1  # The sheet of people, which every import has.
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def heading(column: RosterColumn, lang: str) -> str:
    """Return the heading of a column, starred as in the customer's own form."""
    return (column.en if lang == "en" else column.zh) + ("*" if column.is_starred else "")


def _fill_sheet(sheet: Worksheet, kind: SheetKind, lang: str) -> None:
    for place, column in enumerate(kind.columns, start=1):
        letter = get_column_letter(place)
        words = heading(column, lang)
        column_format = sheet.column_dimensions[letter]
        column_format.width = max(column.width, len(words) + 2 if lang == "en" else 0)
        if column.is_text:
            column_format.number_format = "@"
        _paint_heading(sheet, 1, place, words)
        example = sheet.cell(row=2, column=place)
        example.value = int(column.example) if _is_number(column) else column.example or None
        example.font = Font(italic=True, color=MUTE)
        example.number_format = "@" if column.is_text else "0"
        if column.choices:
            sheet.add_data_validation(_list_of(column, f"{letter}2:{letter}{LAST_ROW + 1}"))
    sheet.freeze_panes = "A2" if kind is SECTIONS else "D2"
    sheet.row_dimensions[1].height = 30


def _is_number(column: RosterColumn) -> bool:
    return not column.is_text and column.example.isdigit()


def _paint_heading(sheet: Worksheet, row: int, place: int, words: str) -> None:
    cell = sheet.cell(row=row, column=place, value=words)
    cell.font = Font(bold=True, color=INK)
    cell.fill = PatternFill("solid", fgColor=TINT)
    cell.border = EDGE
    cell.alignment = Alignment(vertical="center", wrap_text=True)


def _list_of(column: RosterColumn, cells: str) -> DataValidation:
    validation = DataValidation(
        type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True, sqref=cells
    )
    validation.error = "、".join(column.choices)
    validation.errorTitle = column.zh
    validation.errorStyle = "warning"  # Allows <清空>.
    validation.showErrorMessage = True
    return validation


def _fill_notes(sheet: Worksheet, lang: str) -> None:
    for row, text in enumerate(GENERAL[lang], start=1):
        _paint_note(sheet, row, in_terms(text))
    row = len(GENERAL[lang]) + 2
    for place, words in enumerate(NOTES_HEADINGS[lang], start=1):
        sheet.column_dimensions[get_column_letter(place)].width = NOTES_WIDTHS[place - 1]
        _paint_heading(sheet, row, place, words)
    for kind in (SECTIONS, PEOPLE):
        for column in kind.columns:
            row += 1
            _write_line(sheet, row, _line(kind, column, lang))


def _paint_note(sheet: Worksheet, row: int, text: str) -> None:
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(NOTES_WIDTHS))
    cell = sheet.cell(row=row, column=1, value=text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row].height = 20


def _line(kind: SheetKind, column: RosterColumn, lang: str) -> Sequence[str]:
    needed, advised = NEEDED[lang]
    english = lang == "en"
    return (
        kind.en if english else kind.zh,
        column.en if english else column.zh,
        needed if column.is_needed else advised if column.is_starred else "",
        in_terms(column.note_en if english else column.note),
        "、".join(column.choices),
        column.example,
    )


def _write_line(sheet: Worksheet, row: int, texts: Sequence[str]) -> None:
    for place, text in enumerate(texts, start=1):
        cell = sheet.cell(row=row, column=place, value=text or None)
        cell.number_format = "@"
        cell.border = EDGE
        cell.alignment = Alignment(wrap_text=True, vertical="top")
