import io
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from evalsys.core.city import say
from evalsys.core.errors import N_, Dated, Joined, Within
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.charts import draw_bars
from evalsys.foundation.spreadsheets.model import (
    CellKind,
    Column,
    Frame,
    Ranked,
    Sheet,
    Tint,
    Value,
    WordTint,
)
from evalsys.foundation.spreadsheets.writer import MOST_FORMATS, new_sheet, write_sheet

Line = tuple[Value, ...]
DAY = date(2026, 11, 24)
FRAME = Frame("zh", "第三季度 & 排名", "审批局", "内部", "周敏")


def column(
    place: int, kind: CellKind = CellKind.TEXT, heading: str = "列", **more: object
) -> Column[Line]:
    return Column(heading, lambda row: row[place], kind, **more)  # type: ignore[arg-type]


def written(sheet: Sheet[Line], frame: Frame = FRAME) -> Worksheet:
    """Write a sheet and reopen it."""
    book, target = Workbook(write_only=True), io.BytesIO()
    title = say(sheet.title, frame.lang)
    assert write_sheet(new_sheet(book, title), sheet, frame, Progress()) == sheet.count
    book.save(target)
    return load_workbook(target).worksheets[0]


def sheet_of(columns: Sequence[Column[Line]], *rows: Line, **more: object) -> Sheet[Line]:
    return Sheet("表", columns, rows, len(rows), **more)  # type: ignore[arg-type]


def test_a_sheet_is_ready_to_work_with_as_it_opens() -> None:
    sheet = written(
        sheet_of([column(0), column(1, CellKind.SCORE)], ("甲科", Decimal("87.50")), frozen=1)
    )
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:B2"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.oddHeader.center.text == "表 · 第三季度 && 排名"
    assert sheet["A1"].font.bold


def test_numbers_stay_numbers_and_numbers_of_people_stay_text() -> None:
    columns = [column(0, CellKind.CODE), column(1, CellKind.SCORE), column(2, CellKind.PERCENT)]
    sheet = written(sheet_of(columns, ("0040217", Decimal("-3.25"), 0.018)))
    code, score, share = (sheet.cell(2, place) for place in (1, 2, 3))
    assert (code.value, code.data_type, code.number_format) == ("0040217", "s", "@")
    assert (score.value, score.number_format) == (-3.25, "0.00")
    assert (share.value, share.number_format) == (0.018, "0.0%")


def test_text_and_headings_that_look_like_formulas_stay_text() -> None:
    sheet = written(sheet_of([column(0, heading="=1+1")], ("=HYPERLINK(1)",), ("@x",)))
    for row in (1, 2, 3):
        assert sheet.cell(row, 1).data_type == "s"
        assert str(sheet.cell(row, 1).value)[0] == "'"


def test_each_rank_keeps_its_own_interval_and_can_be_sorted() -> None:
    ranks = [Ranked(1, 1, 3), Ranked(2, 1, 5), Ranked(3, 1, 3)]
    sheet = written(sheet_of([column(0, CellKind.RANK)], *((rank,) for rank in ranks)))
    shown = [(sheet.cell(row, 1).value, sheet.cell(row, 1).number_format) for row in (2, 3, 4)]
    assert shown == [(1, '0" (1–3)"'), (2, '0" (1–5)"'), (3, '0" (1–3)"')]


@pytest.mark.parametrize("kind", [*CellKind])
def test_no_two_columns_of_a_row_share_a_cell(kind: CellKind) -> None:
    values: list[tuple[Value, Value]] = (
        [(Ranked(2, 1, 3), Ranked(3, 1, 3)), (Ranked(1, 1, 3), Ranked(2, 1, 3))]
        if kind is CellKind.RANK
        else [("a", "b"), (N_("Section"), None)]
        if kind in {CellKind.TEXT, CellKind.CODE}
        else [(1, 2), (Decimal("3.5"), N_("too few"))]
    )
    sheet = written(sheet_of([column(0, kind), column(1, kind)], *values))
    for row, line in enumerate(values, start=2):
        expected = [
            one.place
            if isinstance(one, Ranked)
            else say(one, "zh")
            if isinstance(one, str)
            else one
            for one in line
        ]
        assert [sheet.cell(row, place).value for place in (1, 2)] == expected


@pytest.mark.parametrize("count", [4, 2_400])
def test_a_row_says_nothing_of_the_row_before(count: int) -> None:
    kinds: list[tuple[Value, object, str, str]] = [
        (DAY, datetime(2026, 11, 24), "d", "yyyy-mm-dd"),  # noqa: DTZ001  # A day in a sheet.
        ("#N/A", "'#N/A", "s", "General"),
        (None, None, "n", "General"),
        (7, 7, "n", "General"),
    ]
    rows = [(kinds[n % 4][0], kinds[(n + 1) % 4][0]) for n in range(count)]
    sheet = written(sheet_of([column(0), column(1)], *rows))
    for n in (*range(4), *range(count - 4, count)):
        for place in (0, 1):
            cell = sheet.cell(n + 2, place + 1)
            found = cell.value, cell.data_type, cell.number_format
            assert found == kinds[(n + place) % 4][1:], (n, place)


def test_more_intervals_than_excel_keeps_formats_become_text() -> None:
    rows = [(Ranked(place, place, place + 1),) for place in range(1, MOST_FORMATS + 2)]
    sheet = written(sheet_of([column(0, CellKind.RANK)], *rows))
    last = sheet.cell(MOST_FORMATS + 2, 1)
    assert last.value == f"{MOST_FORMATS + 1} ({MOST_FORMATS + 1}–{MOST_FORMATS + 2})"


def test_a_day_fits_its_column_and_a_text_ends_where_its_column_says() -> None:
    sheet = written(sheet_of([column(0), column(1, is_wide=True, widest=20)], (DAY, "长" * 40)))
    widths = [sheet.column_dimensions[letter].width for letter in "AB"]
    assert widths == [13, 20]
    assert sheet.row_dimensions[2].height == 4 * 15
    assert sheet["A2"].number_format == "yyyy-mm-dd"


def test_widths_count_chinese_twice_and_end_somewhere() -> None:
    sheet = written(
        sheet_of([column(0), column(1), column(2)], ("甲乙丙丁戊", "abcde", "长" * 200))
    )
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths == [13, 8, 46]


def test_words_follow_the_language() -> None:
    columns = [Column[Line](N_("Section"), lambda row: row[0])]
    english = Frame("en", "Q3", "Bureau", "", "")
    rows: tuple[Line, ...] = ((N_("too few"),),)
    sheet = written(Sheet(N_("Sheet"), columns, rows, len(rows)), english)
    assert (sheet["A1"].value, sheet["A2"].value, sheet.title) == ("Section", "too few", "Sheet")


def test_a_name_that_reads_as_a_message_does_stays_as_it_is() -> None:
    sheet = written(sheet_of([column(0), column(1)], (N_("Section"), "Section")))
    assert (sheet["A2"].value, sheet["B2"].value) == ("科室", "Section")


def test_texts_are_put_together_in_each_language() -> None:
    levels = Joined((N_("Satisfied"), Within(N_("Dissatisfied"))), N_(", "))
    day = Dated(DAY, N_("MMM y"))
    texts = [[say(text, lang) for lang in ("zh", "en")] for text in (levels, day)]
    assert texts == [["满意、不满意", "Satisfied, dissatisfied"], ["2026年11月", "Nov 2026"]]
    sheet = written(sheet_of([column(0), column(1)], (levels, day)))
    assert (sheet["A2"].value, sheet["B2"].value) == ("满意、不满意", "2026年11月")


def test_a_tint_paints_beside_the_number() -> None:
    columns = [column(0, CellKind.POINTS, tints=(Tint(60, 70, "1F4E7D", "FFFFFF"),))]
    sheet = written(sheet_of(columns, (65.0,)))
    rules = [rule for range_ in sheet.conditional_formatting for rule in range_.rules]
    assert [rule.formula for rule in rules] == [["60", "69.9999"]]
    assert sheet["A2"].number_format == '[<70]"↓ "0.0;0.0'  # The word beside the colour.


def test_only_the_columns_of_the_paper_form_are_printed() -> None:
    sheet = written(sheet_of([column(0), column(1)], ("a", "b"), printed=1))
    assert sheet.print_area == "'表'!$A$1:$A$2"


def test_a_chart_is_native_and_names_its_cells() -> None:
    draw = draw_bars("图", value=2, error=3)
    columns = [column(0), column(1, CellKind.SCORE), column(2, CellKind.SCORE)]
    sheet = written(sheet_of(columns, ("甲科", 87.0, 1.2), ("乙科", 83.0, 1.4), draw=draw))
    (chart,) = sheet._charts  # noqa: SLF001  # There is no other way to read a chart.
    (series,) = chart.series
    assert series.val.numRef.f == "'表'!$B$2:$B$3"
    assert series.errBars.plus.numRef.f == "'表'!$C$2:$C$3"


def test_a_tint_of_words_paints_the_strictest_of_them_only() -> None:
    tints = (WordTint(N_("Very dissatisfied"), "A9C3DD"), WordTint(N_("Dissatisfied"), "E6EEF6"))
    sheet = written(sheet_of([column(0, word_tints=tints)], ("非常不满意",)))
    rules = [rule for range_ in sheet.conditional_formatting for rule in range_.rules]
    assert [rule.formula for rule in rules] == [
        ['ISNUMBER(SEARCH("非常不满意",A2))'],
        ['ISNUMBER(SEARCH("不满意",A2))'],
    ]
    assert all(rule.stopIfTrue for rule in rules)


def test_a_long_remark_breaks_into_lines_and_its_row_is_high_enough() -> None:
    sheet = written(sheet_of([column(0, is_wide=True)], ("长" * 60,), ("短",)))
    assert sheet.column_dimensions["A"].width == 46
    assert sheet["A2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height == 45  # 120 characters wide: three lines.
    assert sheet.row_dimensions[3].height is None


def test_a_sheet_title_that_is_a_formula_or_too_long_is_mended() -> None:
    book = Workbook(write_only=True)
    titles = ("=1+1", "a" * 40, "甲/乙[丙]:*?")
    assert [new_sheet(book, title).title for title in titles] == ["_=1+1", "a" * 31, "甲 乙 丙"]


GROWTH = """
import sys
from pathlib import Path
from openpyxl import Workbook
from evalsys.foundation.spreadsheets.writer import new_sheet, write_sheet
from evalsys.foundation.spreadsheets.model import Column, Frame, CellKind, Sheet
from evalsys.foundation.jobs.handlers import Progress

def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])

kinds = (CellKind.CODE, CellKind.TEXT, CellKind.WHOLE, CellKind.SCORE)
columns = [
    Column(str(n), lambda row, n=n: f"{row:06}" if n < 2 else row, kind)
    for n, kind in enumerate(kinds)
]
for rows in (5_000, 50_000):
    book = Workbook(write_only=True)
    sheet = Sheet("a", columns, iter(range(rows)), rows)
    write_sheet(new_sheet(book, "a"), sheet, Frame("zh", "", "", "", ""), Progress())
    book.save(sys.argv[1])
    print(peak())
"""


def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, str(tmp_path / "a.xlsx")],
        check=True,
        capture_output=True,
        text=True,
    )
    few, many = (int(line) for line in done.stdout.split())
    assert many - few < 6_000  # kB; 50,000 rows kept as objects would take 40,000 and more.


@pytest.mark.parametrize("rows", [0, 2_001])
def test_a_second_reader_finds_the_same_rows(rows: int, tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    lines: list[Line] = [(f"{n:06}", n) for n in range(rows)]
    sheet = sheet_of([column(0, CellKind.CODE), column(1, CellKind.WHOLE)], *lines)
    write_sheet(new_sheet(book, "表"), sheet, FRAME, Progress())
    book.save(tmp_path / "a.xlsx")
    read = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("表").to_python()
    assert read[1:] == [[code, float(n)] for code, n in lines]  # type: ignore[arg-type]


def test_head_and_foot_of_a_page_hold_no_more_than_excel_takes() -> None:
    book = Workbook(write_only=True)
    sheet = Sheet("表" * 40, [column(0)], [("甲",)], 1)
    write_sheet(new_sheet(book, "表" * 40), sheet, Frame("zh", *["𠮷&" * 200] * 5), Progress())
    target = io.BytesIO()
    book.save(target)
    read = load_workbook(io.BytesIO(target.getvalue())).worksheets[0]
    for part in (read.oddHeader, read.oddFooter):
        texts = [place.text or "" for place in (part.left, part.center, part.right)]
        assert sum(len(text.encode("utf-16-le")) // 2 for text in texts) <= 220
        assert not any(text.count("&") % 2 for text in texts[:2])
