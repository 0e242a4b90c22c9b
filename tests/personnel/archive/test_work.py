"""Work beside the score where people read it: archive, reference sheet, section page, workbooks."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from evalsys.cases.engine.models import FileView
from evalsys.cases.engine.service import take_step
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.exports.registers.archive import export_archive, request_archive
from evalsys.exports.service import export, request_export
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Staff
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter
from tests.test_permissions import ROLES, SEES, ask, member_number, shape
from tests.world import CLOSED, NOW, TODAY, Corner, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
Sheets = dict[str, list[list[Any]]]
BEFORE = NOW - timedelta(days=70)  # in the closed quarter
NOT_IN_IT = "不计入总和得分"
TITLE = "工作实绩（不计入得分）"
IN_TIME, LATE = "按期反馈的督办事项", "逾期反馈或逾期未反馈的督办事项"


def add_matter(world: World, corner: Corner, person: Staff, *, is_late: bool = False) -> None:
    """Let a matter of the closed quarter be answered at once, or never."""
    office = world.users[Role.SUPERVISOR].actor
    entry = MatterEntry(MatterSource.HOTLINE, corner.section.organ, "办证排队过久", "来电反映。")
    case = open_matter(office, entry, now=BEFORE)
    given = {"section": corner.section.code, "handler": person.number, "demand": "请办结。"}
    take_step(office, case.id, "accept", {}, now=BEFORE)
    take_step(office, case.id, "assign", given, now=BEFORE)
    if is_late:
        return
    own = world.users[Role.CHIEF].actor
    take_step(own, case.id, "sign", {}, now=BEFORE)
    answer = {"result": "已增设窗口。", "reply": "已办结。"}
    take_step(own, case.id, "feed_back", answer, now=BEFORE)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        world = make_world()
        corner = world.corners[Place.OWN]
        add_matter(world, corner, corner.member)
        add_matter(world, corner, corner.member, is_late=True)
        yield world


@pytest.fixture
def enter(sign_in: SignIn) -> SignIn:
    """Return a function that signs somebody in, who reads Chinese."""

    def enter(user: User) -> FlaskClient:
        client = sign_in(user)
        client.set_cookie("lang", "zh")
        return client

    return enter


def read(path: Path) -> Sheets:
    """Read a workbook with an independent reader."""
    book = CalamineWorkbook.from_path(path)
    return {title: book.get_sheet_by_name(title).to_python() for title in book.sheet_names}


@pytest.mark.parametrize("role", [Role.STAFF, Role.CHIEF, Role.LEADER, Role.HR])
@pytest.mark.parametrize("page", ["", "/reference"])
def test_who_may_open_the_archive_reads_the_work_beside_the_score(
    world: World, enter: SignIn, role: Role, page: str
) -> None:
    own = world.corners[Place.OWN].member
    text = enter(world.users[role]).get(f"/archive/{own.number}{page}").text
    assert NOT_IN_IT in text
    assert text.count("1（共 2）") == 2
    assert IN_TIME in text
    assert LATE in text
    assert "%" not in text.partition(TITLE)[2].partition("</table>")[0]


@pytest.mark.parametrize("role", ROLES)
def test_the_reference_is_open_to_whom_the_archive_is(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    for place in Place:
        answer = ask(client, app, "archive.reference", {"number": member_number(world, place)})
        is_own = role is Role.STAFF and place is Place.OWN
        is_reader = role in {Role.HR, Role.LEADER, Role.CHIEF} and place in SEES[role]
        if is_own or is_reader:
            assert answer.status_code == 200, place
        else:
            assert (answer.status_code, shape(answer)) == (404, nowhere), place


def test_each_figure_of_the_reference_has_its_source_days_and_moment(
    world: World, enter: SignIn
) -> None:
    own = world.corners[Place.OWN].member
    client = enter(world.users[Role.HR])
    path = f"/archive/{own.number}/reference?since=2026-07-01&until=2026-09-30"
    text = client.get(path).text
    source = "《督办台账》，2026年7月1日至2026年9月30日，读取于 2026-11-24 10:00"
    assert text.count(source) == text.count("<b>1")
    chief = world.corners[Place.OWN].chief
    assert "冻结结果第 2 版" in client.get(path.replace(own.number, chief.number)).text
    assert text.index("正面</th>") < text.index(IN_TIME) < text.index("反面</th>")
    assert text.index("反面</th>") < text.index(LATE) < text.index("中性，仅供了解</th>")
    client.set_cookie("lang", "en")
    english = client.get(path).text
    assert "Reference for assessment and appointment" in english
    assert "1 of 2" in english


def test_other_days_have_other_work_and_no_days_are_refused(world: World, enter: SignIn) -> None:
    own = world.corners[Place.OWN].member
    client = enter(world.users[Role.HR])
    early = client.get(f"/archive/{own.number}/reference?since=2026-01-01&until=2026-02-01")
    assert IN_TIME not in early.text
    chief = world.corners[Place.OWN].chief
    early = client.get(f"/archive/{chief.number}/reference?since=2026-01-01&until=2026-02-01")
    assert "冻结结果" not in early.text
    for days in ("since=2026-02-01&until=2026-01-01", "since=yesterday"):
        assert client.get(f"/archive/{own.number}/reference?{days}").status_code == 422


def test_the_owner_sees_that_somebody_drew_up_a_reference(world: World, enter: SignIn) -> None:
    own = world.corners[Place.OWN].member
    enter(world.users[Role.HR]).get(f"/archive/{own.number}/reference")
    owner = enter(world.users[Role.STAFF])
    assert "考核和使用参考" in owner.get(f"/archive/{own.number}").text.partition('id="looks"')[2]
    owner.get(f"/archive/{own.number}/reference")
    assert len(db.session.scalars(select(FileView)).all()) == 1


@pytest.mark.parametrize("page", ["", "/reference"])
def test_more_work_asks_no_more_questions(
    world: World, enter: SignIn, statements: list[str], page: str
) -> None:
    corner = world.corners[Place.OWN]
    client = enter(world.users[Role.STAFF])
    path = f"/archive/{corner.member.number}{page}"
    asked = []
    for _ in range(2):
        client.get(path)  # The first look is written down.
        db.session.expire_all()
        statements.clear()
        assert client.get(path).status_code == 200
        asked.append(len(statements))
        for _more in range(3):
            add_matter(world, corner, corner.member)
    assert asked[0] == asked[1] <= 12


def test_a_section_has_its_work_beside_its_result(world: World, enter: SignIn) -> None:
    section = world.corners[Place.OWN].section
    for role in (Role.CHIEF, Role.HR, Role.SUPERVISOR):
        text = enter(world.users[role]).get(f"/sections/{section.code}/{CLOSED}").text
        panel = text.partition(f">{TITLE}</h2>")[2]
        assert NOT_IN_IT in panel
        assert panel.count("1（共 2）") == 2
        assert (f"/matters?section={section.code}" in panel) == (role is not Role.HR)
    beside = world.corners[Place.SIBLING].section
    other = enter(world.users[Role.HR]).get(f"/sections/{beside.code}/{CLOSED}").text
    assert "1（共 2）" not in other


def test_the_archive_workbook_has_the_work_of_the_person(world: World, tmp_path: Path) -> None:
    own, path = world.corners[Place.OWN].member, tmp_path / "book.xlsx"
    actor: Actor = world.users[Role.HR].actor
    export_archive(request_archive(actor, own.number, lang="zh", now=NOW), path)
    book = read(path)
    assert list(book) == ["封面", "各期评价", TITLE, "记事"]
    rows = [dict(zip(book[TITLE][0], row, strict=True)) for row in book[TITLE][1:]]
    found = {row["指标"]: (row["数量"], row["总数"], row["性质"], row["来源"]) for row in rows}
    assert found[IN_TIME] == (1, 2, "正面", "督办台账")
    assert found[LATE] == (1, 2, "反面", "督办台账")
    assert {row["读取日期"] for row in rows} == {TODAY}


@pytest.mark.parametrize("name", ["ranking", "report"])
def test_the_ranking_workbook_has_the_work_of_sections(
    world: World, tmp_path: Path, name: str
) -> None:
    section, path = world.corners[Place.OWN].section, tmp_path / "book.xlsx"
    actor: Actor = world.users[Role.HR].actor
    export(request_export(actor, name, CLOSED, {}, lang="zh", now=NOW), path)
    head, *rows = read(path)[TITLE]
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert {row["科室编码"] for row in told} == {section.code}
    assert [row["数量"] for row in told if row["指标"] in {IN_TIME, LATE}] == [1, 1]
    assert "%" not in str(rows)
