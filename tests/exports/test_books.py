import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent, unaudited_unit
from evalsys.core.errors import DomainError, NotAllowed, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.exports.books import write_book
from evalsys.exports.service import may_export, request_export
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import Cancelled, Progress
from evalsys.organisation.org.models import Section
from evalsys.ratings.ballots.models import Tally
from evalsys.ratings.counting.tallies import add_reasons
from evalsys.results.reports.sheets.registry import all_books
from evalsys.scores.models import SectionScore
from tests.exports.books import column, make_closed_city, read
from tests.factories import make_period, make_staff, make_user
from tests.results.closing.city import CODE, NOW

pytestmark = pytest.mark.usefixtures("app")


def test_the_ranking_has_the_headings_of_the_personnel_office_in_their_order(
    tmp_path: Path,
) -> None:
    make_closed_city()
    headings = read(tmp_path, "ranking")["科长排名"][0]
    assert headings[:16] == [
        *("名次", "科室", "科长", "应评人数", "有效人数", "有效评价数", "总和得分"),
        *("人均得分（未调整）", "同规模组名次", "差评率"),
        *("调整后得分", "调整后下限", "调整后上限", "环比", "建议措施", "备注"),
    ]


@pytest.mark.parametrize(("book", "raw"), [("ranking", "人均得分"), ("members", "得分")])
def test_an_adjusted_interval_stands_beside_its_own_score_and_no_other(
    tmp_path: Path, book: str, raw: str
) -> None:
    make_closed_city()
    headings = list(read(tmp_path, book).values())[1][0]
    place = headings.index("调整后得分")
    assert headings[place + 1 : place + 3] == ["调整后下限", "调整后上限"]
    assert abs(headings.index(f"{raw}（未调整）") - place) > 1
    assert not {"下限", "上限", "区间"} & set(headings)


def test_the_sum_of_a_chief_is_the_sum_of_the_visible_members_to_the_hundredth(
    tmp_path: Path,
) -> None:
    make_closed_city()
    book = read(tmp_path, "report")
    ranking, members = book["科长排名"], book["人员明细"]
    parts: dict[str, Decimal] = {}
    for section, part in zip(column(members, "科室"), column(members, "计入总和"), strict=True):
        if isinstance(part, float):
            parts[section] = parts.get(section, Decimal(0)) + Decimal(f"{part:.2f}")
    sums = dict(zip(column(ranking, "科室"), column(ranking, "总和得分"), strict=True))
    assert parts == {section: Decimal(f"{total:.2f}") for section, total in sums.items()}


def test_the_workbook_says_what_the_frozen_result_says(tmp_path: Path) -> None:
    low, high = make_closed_city()
    ranking = read(tmp_path, "ranking")["科长排名"]
    for section, words in ((low, "建议约谈"), (high, "建议表彰")):
        score = db.session.scalars(
            select(SectionScore).where(SectionScore.section_id == section.id)
        ).one()
        (row,) = [row for row in ranking[1:] if row[1] == section.name]
        named = dict(zip(ranking[0], row, strict=True))
        assert named["总和得分"] == float(score.total)
        assert named["人均得分（未调整）"] == float(score.rate or 0)
        assert named["建议措施"] == words
        assert named["名次区间"] == f"{score.rank_best}–{score.rank_worst}"


def test_the_cover_says_of_what_by_whom_and_what_each_column_means(tmp_path: Path) -> None:
    make_closed_city()
    book = read(tmp_path, "report", make_user(Role.HR, display_name="周敏").actor)
    cover = book["封面"]
    facts = {row[0]: row[1] for row in cover if row[1]}
    assert cover[0][0] == "2026年第三季度全套表格"
    assert facts["导出人"] == "周敏"
    assert facts["导出时间"] == "2026-10-21 10:00 (UTC+8)"
    assert facts["筛选与排序"] == "无；排序：名次"
    digest = db.session.scalars(select(SectionScore)).first()
    assert digest is not None
    assert facts["结果校验码（SHA-256）"] == digest.result.digest
    defined = {(row[0], row[1]) for row in cover}
    for title, table in book.items():
        if title != "封面":
            assert {(title, heading) for heading in table[0]} <= defined


def test_a_member_of_whom_too_few_spoke_has_no_number_anywhere(tmp_path: Path) -> None:
    make_closed_city()
    members = read(tmp_path, "members")["人员明细"]
    (row,) = [row for row in members[1:] if row[1] == "0000777"]
    named = dict(zip(members[0], row, strict=True))
    assert named["有效评价数"] == "<10"
    assert named["得分（未调整）"] == "样本不足"
    assert {named[name] for name in ("服务态度", "调整后得分", "调整后下限", "计入总和")} == {"—"}


def test_every_book_can_be_had_in_english(tmp_path: Path) -> None:
    make_closed_city()
    books = [read(tmp_path, name, lang="en") for name in all_books()]
    assert {next(iter(book)) for book in books} == {"Cover"}
    for title, table in (sheet for book in books for sheet in book.items()):
        assert not re.search("[\u4e00-\u9fff]", title)
        assert not [word for word in table[0] if re.search("[\u4e00-\u9fff]", str(word))] or (
            title in {"Cover", "Trend"}  # Names of the organisation stay as they are.
        )


def test_a_chief_gets_the_own_section_only_as_on_the_page(tmp_path: Path) -> None:
    make_closed_city()
    mine = db.session.scalars(
        select(SectionScore).where(SectionScore.chief_id.is_not(None))
    ).first()
    assert mine is not None
    chief = make_user(Role.CHIEF, staff_id=mine.chief_id)
    sections = set(column(read(tmp_path, "members", chief.actor)["人员明细"], "科室"))
    assert sections == {mine.section.name}


def test_a_section_out_of_scope_is_absent_from_the_workbook_too() -> None:
    low, _ = make_closed_city()
    stranger = make_user(Role.CHIEF, staff_id=make_staff(low).id)
    with pytest.raises(NotFound):
        request_export(stranger.actor, "members", CODE, {}, lang="zh", now=NOW)


def test_single_ballots_are_for_the_personnel_office_only() -> None:
    make_closed_city()
    leader = make_user(Role.LEADER)
    assert [name for name in all_books() if may_export(leader.actor, name)] == [
        *("ranking", "members", "distribution", "report", "recount"),
    ]
    for name in ("ratings", "bad-reviews"):
        with pytest.raises(NotAllowed):
            request_export(leader.actor, name, CODE, {}, lang="zh", now=NOW)


def test_single_ballots_name_nobody_whom_too_few_rated(tmp_path: Path) -> None:
    _, high = make_closed_city()
    rows = read(tmp_path, "ratings")["评价明细"]
    assert "0000777" not in {row[1] for row in rows[1:]}
    assert len([row for row in rows if row[0] == high.name]) == 2 * 46
    assert len(rows) - 1 == 472  # Three ballots are too few to be listed at all.


def test_the_register_lists_every_bad_ballot_and_no_other(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    register = read(tmp_path, "bad-reviews")["差评台账"]
    assert len(register) - 1 == 80  # Two people with forty ballots of level 2 each.
    assert set(column(register, "科室")) == {low.name}
    assert set(column(register, "服务态度")) == {"不满意"}
    assert column(register, "序号") == [float(number) for number in range(1, 81)]


def test_reasons_are_totals_and_stand_on_no_line_of_levels(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    [one, two] = db.session.scalars(
        select(Tally.staff_id).where(Tally.section_id == low.id, Tally.bad == 40)
    ).all()
    seats = {(low.id, one): {1: 25, 2: 12}, (low.id, two): {1: 30, 2: 3}}
    with unaudited_unit():
        add_reasons(
            {
                ("2026-Q3", *seat, reason): number
                for seat, ticked in seats.items()
                for reason, number in ticked.items()
            }
        )
    book = read(tmp_path, "bad-reviews")
    for title in ("差评台账", "差评工单"):
        assert not [word for word in book[title][0] if "原因" in str(word) and "差评" in str(word)]
    table = book["差评原因"]
    late, papers = table[0].index("超过规定或承诺的时间"), table[0].index("要求提供清单以外的材料")
    lines = {row[2]: (row[late], row[papers]) for row in table[1:]}
    assert lines["全科室"] == (55, 15)
    rest = [row for number, row in lines.items() if number != "全科室"]
    assert sorted(row[0] for row in rest) == [25, 30]
    assert {row[1] for row in rest} == {"不列示"}, "12 would give the 3 away"


def test_the_order_of_single_ballots_says_no_more_than_the_rows(tmp_path: Path) -> None:
    make_closed_city()
    rows = read(tmp_path, "ratings")["评价明细"][1:]
    seats: dict[tuple[str, str], list[list[Any]]] = {}
    for row in rows:
        seats.setdefault((row[0], row[1]), []).append([row[3], *(row[4:8])])
    for ballots in seats.values():
        assert ballots == sorted(ballots, key=lambda row: [str(cell) for cell in row])


def test_nothing_is_exported_of_an_open_period() -> None:
    make_period("2026-Q4")
    with pytest.raises(DomainError, match="is not closed yet: until then there are only"):
        request_export(SYSTEM, "ranking", "2026-Q4", {}, lang="zh", now=NOW)


def test_an_export_leaves_a_line_with_scope_filter_and_rows(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    read(tmp_path, "members", section=low.code)
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.EXCHANGE_EXPORT)
    ).one()
    assert line.details["book"] == "members"
    assert line.details["filters"] == {"section": low.code}
    assert line.details["rows"] == 2


def test_a_cancelled_export_leaves_no_file_and_no_line(tmp_path: Path) -> None:
    class Impatient(Progress):
        def advance(self, n: int = 1) -> None:
            raise Cancelled

    make_closed_city()
    request = request_export(SYSTEM, "ratings", CODE, {}, lang="zh", now=NOW)
    with pytest.raises(Cancelled):
        write_book(request, tmp_path / "book.xlsx", Impatient(), 0)
    assert list(tmp_path.glob("*.xlsx")) == []


def test_the_page_sends_the_file_under_its_chinese_name(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    make_closed_city()
    answer = sign_in(make_user(Role.HR)).get(f"/export/ranking/{CODE}?lang=zh&sort=-total")
    assert answer.status_code == 200
    assert quote("科长排名") in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    book = load_workbook(io.BytesIO(answer.data))
    totals = [row[6] for row in book["科长排名"].iter_rows(min_row=2, values_only=True)]
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.HR, "/export/nothing/2026-Q3", 404),
        (Role.HR, "/export/ranking/2026-Q9", 404),
        (Role.HR, "/export/ranking/2025-Q1", 404),
        (Role.LEADER, "/export/ratings/2026-Q3", 404),
        (Role.SYSADMIN, "/export/ranking/2026-Q3", 404),
        (Role.STAFF, "/export/ranking/2026-Q3", 404),
    ],
)
def test_a_bad_address_or_a_wrong_role_gets_no_file(
    role: Role, path: str, status: int, sign_in: Callable[[User], FlaskClient]
) -> None:
    make_closed_city()
    assert sign_in(make_user(role)).get(path).status_code == status


def test_every_link_to_an_export_on_a_page_gives_a_file(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    make_closed_city()
    client = sign_in(make_user(Role.HR))
    section = db.session.scalars(select(Section.code)).first()
    links: set[str] = set()
    for page in ("/ranking", f"/sections/{section}/{CODE}", f"/periods/{CODE}"):
        html = client.get(page).text
        links |= set(re.findall(r'href="(/export/[^"]+)"', html))
    assert {link.split("/")[2].split("?")[0] for link in links} == set(all_books())
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200
