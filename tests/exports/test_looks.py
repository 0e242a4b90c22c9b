"""The appearance of workbooks on screen and paper."""

import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.city import say
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.exports.approval import rules as export_large_rules
from evalsys.exports.books import file_name
from evalsys.exports.service import export, request_export
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.results.reports.sheets.ballots import rows as export_ballots
from evalsys.results.reports.sheets.registry import all_books
from evalsys.results.reports.sheets.request import clean_filters
from evalsys.scores.models import SectionScore
from tests.exports.books import column, make_closed_city, read
from tests.factories import make_user, save
from tests.results.closing.city import CODE, NOW

pytestmark = pytest.mark.usefixtures("app")


def opened(tmp_path: Path, name: str) -> Any:
    """Export a workbook and open it with openpyxl."""
    path = tmp_path / "book.xlsx"
    export(request_export(SYSTEM, name, CODE, {}, lang="zh", now=NOW), path)
    return load_workbook(path)


def test_the_report_has_all_sheets_of_a_period_in_their_order(tmp_path: Path) -> None:
    make_closed_city()
    assert list(read(tmp_path, "report", make_user(Role.HR).actor)) == [
        *("封面", "科长排名", "排名图", "工作实绩（不计入得分）", "人员明细"),
        *("评价分布", "分布图", "差评台账", "走势"),
    ]


def test_the_report_of_a_leader_has_no_single_ballots(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    score = db.session.scalars(select(SectionScore).where(SectionScore.section_id == low.id)).one()
    chief = make_user(Role.CHIEF, staff_id=score.chief_id)
    titles = list(read(tmp_path, "report", chief.actor))
    assert "差评台账" not in titles
    assert "人员明细" in titles


@pytest.mark.only("sqlite", "the looks of a sheet do not depend on the database")
def test_every_sheet_is_ready_to_work_with_and_to_print(tmp_path: Path) -> None:
    make_closed_city()
    books = [opened(tmp_path, name).worksheets for name in all_books()]
    for sheet in chain.from_iterable(books):
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.page_setup.fitToWidth == 1
        assert "2026年第三季度" in sheet.oddHeader.center.text
        assert "审核" in sheet.oddFooter.center.text
    for sheet in chain.from_iterable(book[1:] for book in books):
        assert sheet.print_title_rows == "$1:$1"
        assert re.fullmatch("[B-Z]2", sheet.freeze_panes)
        assert range_boundaries(sheet.auto_filter.ref)[2:] == (sheet.max_column, sheet.max_row)
        assert all(cell.font.bold and cell.data_type == "s" for cell in sheet[1])


def test_charts_are_native_and_can_be_edited(tmp_path: Path) -> None:
    make_closed_city()
    charts = {
        sheet.title: [type(chart).__name__ for chart in sheet._charts]  # noqa: SLF001  # No other way.
        for sheet in opened(tmp_path, "report").worksheets
    }
    assert {title: found for title, found in charts.items() if found} == {
        "排名图": ["BarChart"],
        "分布图": ["BarChart"],
        "走势": ["LineChart"],
    }


def test_a_proposal_has_a_colour_beside_its_words(tmp_path: Path) -> None:
    make_closed_city()
    sheet = opened(tmp_path, "ranking")["科长排名"]
    rules = [rule for where in sheet.conditional_formatting for rule in where.rules]
    formulas = " ".join(rule.formula[0] for rule in rules)
    assert '"建议约谈"' in formulas
    assert '"建议表彰"' in formulas
    assert "建议约谈" in [row[14] for row in sheet.iter_rows(values_only=True)]


def test_the_printed_ranking_says_in_which_group_a_place_holds(tmp_path: Path) -> None:
    make_closed_city()
    sheet = opened(tmp_path, "ranking")["科长排名"]
    last = range_boundaries(sheet.print_area.split("!")[1].replace("$", ""))[2]
    assert "比较组" in [cell.value for cell in sheet[1][:last]]


def test_numbers_of_people_and_codes_are_text_and_scores_are_numbers(tmp_path: Path) -> None:
    make_closed_city()
    sheet = opened(tmp_path, "members")["人员明细"]
    headings = [cell.value for cell in sheet[1]]
    number, score = headings.index("工号"), headings.index("得分（未调整）")
    for row in sheet.iter_rows(min_row=2):
        assert (row[number].data_type, row[number].number_format) == ("s", "@")
        assert row[number].value.isdigit()
        assert row[score].data_type == ("s" if row[score].value == "样本不足" else "n")


def test_a_name_that_is_a_formula_stays_a_name_on_every_sheet_chart_and_cover(
    tmp_path: Path,
) -> None:
    low, _ = make_closed_city()
    section = db.session.get_one(Section, low.id)
    section.name = '=HYPERLINK("http://x.invalid")'
    section.organ.name = "@SUM(1+1)"
    save(section)
    for name in all_books():
        for sheet in opened(tmp_path, name).worksheets:
            cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
            formulas = [cell.value for cell in cells if cell.data_type == "f"]
            assert name == "recount" or not formulas
            assert not [formula for formula in formulas if re.search("HYPERLINK|@|x.inv", formula)]
            assert not [
                cell for cell in cells if cell.data_type == "s" and cell.value[0] in "=+-@＝＋－＠"
            ]


def test_a_search_that_is_a_formula_is_only_text_on_the_cover(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    filters = clean_filters({"search": "=1+1", "section": low.code, "nonsense": "x", "kind": " "})
    assert filters == {"search": "=1+1", "section": low.code}
    request = request_export(SYSTEM, "ranking", CODE, {"organ": ""}, lang="zh", now=NOW)
    assert say(request.filter_words, "zh") == "无；排序：名次"


def test_the_cover_says_how_many_people_are_named(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    for name, people in (("ranking", 1), ("members", 2), ("ratings", 2), ("report", 2)):
        cover = {row[0]: row[1] for row in read(tmp_path, name, section=low.code)["封面"]}
        assert cover["涉及人数"] == str(people)


def test_an_export_of_many_people_is_marked_on_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    low, _ = make_closed_city()
    monkeypatch.setattr(export_large_rules, "MANY", 2)
    read(tmp_path, "members", section=low.code)
    read(tmp_path, "members")
    lines = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == Action.EXCHANGE_EXPORT)
        .order_by(AuditEvent.id)
    ).all()
    assert [line.details.get("many_persons", False) for line in lines] == [False, True]
    assert [line.details["persons"] for line in lines] == [2, 13]


def test_the_file_says_what_of_which_period_whose_and_when() -> None:
    low, _ = make_closed_city()
    request = request_export(SYSTEM, "ranking", CODE, {"section": low.code}, lang="zh", now=NOW)
    assert file_name(request) == f"科室绩效_科长排名_2026-Q3_{low.organ.name}_20261021.xlsx"


def test_the_page_and_its_workbook_have_the_same_sections(
    tmp_path: Path, sign_in: Callable[[User], FlaskClient]
) -> None:
    low, _ = make_closed_city()
    client = sign_in(make_user(Role.HR))
    query = "proposal=interview&sort=-total"
    page = client.get(f"/ranking?period={CODE}&{query}").text
    (link,) = re.findall(r'href="(/export/ranking/[^"]+)"', page)
    answer = client.get(f"{link.replace('&amp;', '&')}&lang=zh")
    path = tmp_path / "sent.xlsx"
    path.write_bytes(answer.data)
    rows = load_workbook(path)["科长排名"].iter_rows(min_row=2, values_only=True)
    assert [row[1] for row in rows] == [low.name]
    assert page.count("/sections/") == 1


def test_ballots_read_in_small_chunks_are_the_same_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_city()
    at_once = read(tmp_path, "ratings")["评价明细"]
    monkeypatch.setattr(export_ballots, "CHUNK", 1)
    assert read(tmp_path, "ratings")["评价明细"] == at_once


def test_whose_few_ballots_are_hidden_in_one_book_is_hidden_in_the_filtered_one(
    tmp_path: Path,
) -> None:
    _, high = make_closed_city()
    whole = read(tmp_path, "ratings")["评价明细"]
    part = read(tmp_path, "ratings", section=high.code)["评价明细"]
    assert "不列示" not in column(part, "工号")
    assert part[1:] == [row for row in whole[1:] if row[0] == high.name]
    assert len(column(read(tmp_path, "members", section=high.code)["人员明细"], "工号")) == 3
