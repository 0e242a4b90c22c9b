"""Dates and reasons in a roster: status, leaving, chiefs; and its export, read again."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.organisation.org.models import ChiefTerm, Posting, Staff, StaffStatus, StatusKind
from evalsys.roster import service
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import RosterBatch
from evalsys.roster.people.sheets import RosterRequest, export_roster
from tests.factories import make_chief, make_organ, make_section, make_staff, save
from tests.roster.rosters import NOW, roster

TODAY = date(2026, 11, 23)
HEAD = ("工号", "姓名", "科室编码", "人员状态", "状态起始日期", "离开日期", "离开原因")
SECTIONS = ("科室编码", "负责人工号", "负责人任职日期")


def check(content: bytes, on: date = TODAY) -> RosterBatch:
    return check_roster(SYSTEM, content, Reading("花名册.xlsx", on, complete=False), now=NOW)


def write(content: bytes) -> RosterBatch:
    batch = check(content)
    assert batch.counts["error"] == 0, batch.report["findings"]
    return service.apply_roster(SYSTEM, batch.id, now=NOW)


def problems(batch: RosterBatch) -> list[tuple[str, str]]:
    found = batch.report["findings"]
    return [(one["column"], one["problem"]) for one in found if one["is_error"]]


def person(number: str) -> Staff:
    return db.session.scalars(select(Staff).where(Staff.number == number)).one()


def spans(model: Any, number: str) -> list[tuple[date, date | None]]:
    rows = select(model).where(model.staff_id == person(number).id).order_by(model.started_on)
    return [(row.started_on, row.ended_on) for row in db.session.scalars(rows)]


@pytest.fixture
def town(app: Flask) -> None:
    section, other = make_section(code="QY01"), make_section(code="QY02")
    make_staff(section, since=date(2025, 1, 1), number="000217", name="王海宁")
    make_staff(other, since=date(2025, 1, 1), number="000218", name="罗欣")


@pytest.mark.usefixtures("town")
def test_who_leaves_has_a_last_day_and_a_reason_and_it_can_be_undone() -> None:
    before = spans(Posting, "000217")
    row = ["000217", "王海宁", "QY01", None, None, "2026-11-20", "退休"]
    batch = write(roster([row], people_head=HEAD))
    assert spans(Posting, "000217") == [(date(2025, 1, 1), date(2026, 11, 20))]
    posting = db.session.scalars(select(Posting).where(Posting.ended_on.is_not(None))).one()
    assert posting.end_reason == "退休"
    assert check(roster([row], people_head=HEAD)).counts["writes"] == 0  # The same file again.
    service.undo_roster(SYSTEM, batch.id, now=NOW)
    assert spans(Posting, "000217") == before
    assert posting.end_reason is None


@pytest.mark.usefixtures("town")
def test_a_leave_may_be_announced_and_stays_as_it_is_until_then() -> None:
    row = ["000217", "王海宁", "QY01", None, None, "2026-12-31", "调出"]
    write(roster([row], people_head=HEAD))
    assert spans(Posting, "000217") == [(date(2025, 1, 1), date(2026, 12, 31))]
    assert check(roster([row[:3]])).counts["writes"] == 0


@pytest.mark.usefixtures("town")
def test_the_reason_of_a_transfer_stands_at_the_posting_that_ended() -> None:
    row = ["000217", "王海宁", "QY02", None, None, None, "轮岗"]
    write(roster([row], people_head=HEAD))
    ended = db.session.scalars(select(Posting).where(Posting.ended_on.is_not(None))).one()
    assert (ended.end_reason, ended.staff.number) == ("轮岗", "000217")


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (["QY01", None, None, "2024-12-31", None], "left_on"),  # before it began
        (["QY02", None, None, "2026-11-20", None], "left_on"),  # a transfer
        (["QY01", None, None, None, "退休"], "left_reason"),  # no day
        (["QY01", "休假", "2027-11-20", None, None], "status_on"),  # in the future
    ],
)
def test_what_cannot_be_is_refused_by_its_cell(cells: list[Any], column: str) -> None:
    batch = check(roster([["000217", "王海宁", *cells]], people_head=HEAD))
    assert [key for key, _ in problems(batch)] == [column]


@pytest.mark.usefixtures("town")
def test_who_left_is_not_taken_in_again_by_an_old_file() -> None:
    row = ["000217", "王海宁", "QY01", None, None, "2026-11-20", None]
    write(roster([row], people_head=HEAD))
    row[5] = "2026-11-19"
    assert [key for key, _ in problems(check(roster([row], people_head=HEAD)))] == ["left_on"]


@pytest.mark.usefixtures("town")
def test_a_status_begins_on_the_day_that_the_file_says_and_can_be_put_right() -> None:
    def given(status: str | None, since: str | None) -> RosterBatch:
        row = ["000217", "王海宁", "QY01", status, since, None, None]
        return write(roster([row], people_head=HEAD))

    given("借调", "2026-10-01")
    assert spans(StaffStatus, "000217") == [(date(2026, 10, 1), None)]
    given("借调", "2026-09-01")
    assert spans(StaffStatus, "000217") == [(date(2026, 9, 1), None)]
    given("在岗", "2026-11-02")
    assert spans(StaffStatus, "000217") == [(date(2026, 9, 1), date(2026, 11, 1))]
    row = ["000217", "王海宁", "QY01", "休假", "2026-10-01", None, None]
    assert [key for key, _ in problems(check(roster([row], people_head=HEAD)))] == ["status_on"]


@pytest.mark.usefixtures("town")
def test_a_chief_begins_on_the_day_that_the_file_says() -> None:
    def given(number: str, since: str) -> RosterBatch:
        return check(roster(sections=[["QY01", number, since]], sections_head=SECTIONS))

    first = given("000217", "2026-03-01")
    service.apply_roster(SYSTEM, first.id, now=NOW)
    assert spans(ChiefTerm, "000217") == [(date(2026, 3, 1), None)]
    assert [key for key, _ in problems(given("000218", "2026-02-01"))] == ["chief_since"]
    second = given("000218", "2026-06-01")
    service.apply_roster(SYSTEM, second.id, now=NOW)
    assert spans(ChiefTerm, "000217") == [(date(2026, 3, 1), date(2026, 5, 31))]
    assert spans(ChiefTerm, "000218") == [(date(2026, 6, 1), None)]
    assert given("000218", "2026-06-01").counts["writes"] == 0
    service.apply_roster(SYSTEM, given("000218", "2026-07-01").id, now=NOW)
    assert spans(ChiefTerm, "000218") == [(date(2026, 7, 1), None)]
    assert [key for key, _ in problems(given("000218", "2026-05-31"))] == ["chief_since"]


@pytest.fixture
def city(app: Flask) -> None:
    """Everything that a cell can hold, and what is announced for later."""
    organ = make_organ(code="YZ", name="审批局", credit_code="91350100M000100Y43")
    parent = make_section(organ=organ, code="QY", name="企业处", establishment=12)
    section = make_section(organ=organ, code="QY01", parent_id=parent.id, is_front_line=True)
    chief = make_staff(section, number="000001", name="阿依古丽·买买提", sex="女", window_no="08")
    make_chief(section, chief, started_on=date(2026, 1, 1))
    leaver = make_staff(section, number="000002", remark="=1+1", post="科员", rank="一级科员")
    posting = db.session.scalars(select(Posting).where(Posting.staff_id == leaver.id)).one()
    posting.ended_on, posting.end_reason = TODAY + timedelta(days=30), "退休"
    away = make_staff(section, number="000003", faces_recipients=False, post_since=TODAY)
    save(StaffStatus(staff_id=away.id, kind=StatusKind.SECONDED, started_on=date(2026, 5, 1)))


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_export_of_today_read_again_changes_nothing(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "roster.xlsx"
    export_roster(RosterRequest(Actor(Role.HR), TODAY, lang, NOW), path)
    batch = check(path.read_bytes())
    assert (batch.counts["error"], batch.report["findings"], batch.report["changes"]) == (0, [], [])
    assert batch.counts["writes"] == 0
    assert (batch.counts["unchanged"], batch.report["sections"]["unchanged"]) == (3, 2)


@pytest.mark.usefixtures("city")
def test_what_is_edited_in_the_export_is_all_that_changes(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    export_roster(RosterRequest(Actor(Role.HR), TODAY, "zh", NOW), path)
    book = load_workbook(path)
    sheet = book["人员"]
    head = next(row for row in sheet.iter_rows() if any(cell.value == "工号" for cell in row))
    places = {cell.value: cell.column for cell in head}
    line = next(
        row[0].row for row in sheet.iter_rows() if any(cell.value == "000003" for cell in row)
    )
    sheet.cell(line, places["职务"]).value = "副科长"
    book.save(path)
    changes = check(path.read_bytes()).report["changes"]
    assert [(one["code"], one["column"], one["after"]) for one in changes] == [
        ("000003", "post", "副科长")
    ]
