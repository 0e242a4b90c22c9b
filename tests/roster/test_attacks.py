"""The roster against an office that reaches too far, and a user who edits what was exported."""

import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.pages import today
from evalsys.core.permissions import Role
from evalsys.organisation.org.models import ChiefTerm, Organ, Posting, Section, Staff
from tests.factories import (
    make_chief,
    make_leader,
    make_organ,
    make_posting,
    make_section,
    make_staff,
    make_user,
)
from tests.roster.test_people import LONG, SignIn, client, fields, town

__all__ = ["client", "town"]  # fixtures


def person(number: str) -> Staff:
    return db.session.scalars(select(Staff).where(Staff.number == number)).one()


def posting(staff: Staff) -> Posting:
    return db.session.scalars(select(Posting).where(Posting.staff_id == staff.id)).one()


def checked(client: FlaskClient, number: str, **values: str) -> str:
    """Send a change; return the page of its trial run, without its tags."""
    sent = {**fields(client, number), "reason": "更正", **values}
    answer = client.post(f"/roster/people/{number}/change", data=sent, follow_redirects=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def imported(client: FlaskClient, book: Workbook) -> str:
    """Upload a workbook; return the page of its trial run, without its tags."""
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    answer = client.post(
        "/roster/import", data={"file": (file, "花名册.xlsx")}, follow_redirects=True
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def exported(client: FlaskClient) -> Workbook:
    return load_workbook(io.BytesIO(client.get("/roster/export").data))


@pytest.fixture
def other(town: tuple[Section, Section]) -> Organ:
    organ = make_organ(code="XX")
    make_staff(make_section(organ=organ, code="XX01"), since=LONG, number="000900", name="徐明")
    return organ


@pytest.fixture
def stranger(other: Organ, sign_in: SignIn) -> FlaskClient:
    """The office of the other organ."""
    client = sign_in(make_user(Role.HR, organ_id=other.id))
    client.set_cookie("lang", "zh")
    return client


def test_a_planned_leave_gives_nobody_to_another_organ(stranger: FlaskClient) -> None:
    staff, section = (
        person("000217"),
        db.session.scalars(select(Section).where(Section.code == "XX01")).one(),
    )
    posting(staff).ended_on = today() + timedelta(days=30)
    make_leader(section, staff, started_on=LONG)  # So that the other organ sees them.
    db.session.commit()
    text = checked(stranger, "000217", remark="由我单位改")
    assert "该工号属于其他单位的人" in text
    assert "由我单位改" not in text.partition("将变更的内容")[2]


def test_a_chief_of_a_foreign_section_too_is_not_dismissed_there(
    stranger: FlaskClient, town: tuple[Section, Section]
) -> None:
    make_chief(town[0], person("000900"), started_on=LONG)
    choices = stranger.get("/roster/people/000900/change").text.partition('name="leads"')[2]
    assert 'value="yes"' in choices.partition("</select>")[0]
    assert 'value="no"' not in choices.partition("</select>")[0]


def test_a_chief_who_left_before_their_term_began_is_refused_by_the_cell(
    client: FlaskClient, town: tuple[Section, Section]
) -> None:
    begun = today() - timedelta(days=5)
    make_chief(town[0], person("000217"), started_on=begun)
    day = (today() - timedelta(days=20)).isoformat()
    for values in ({"left_on": day}, {"section_code": "QY02", "posted_on": day}):
        text = checked(client, "000217", **values)
        assert f"自 {begun.isoformat()} 起任该科室负责人" in text
    assert db.session.scalars(select(ChiefTerm.ended_on)).all() == [None]


def test_a_planned_move_leaves_the_rest_of_a_person_to_be_changed(
    client: FlaskClient, town: tuple[Section, Section]
) -> None:
    staff = person("000217")
    posting(staff).ended_on = today() + timedelta(days=3)
    make_posting(staff, town[1], started_on=today() + timedelta(days=4))
    assert "有错误的行 0" in checked(client, "000217", remark="备用电话已交")
    assert "不变 3" in imported(client, exported(client))


def test_an_export_with_a_renamed_sheet_is_read_and_its_cover_is_not(client: FlaskClient) -> None:
    book = exported(client)
    for sheet, title in (("单位科室", "Sheet2"), ("人员", "Sheet3")):
        book[sheet].title = title
    for row in book["Sheet3"].iter_rows(min_row=2):
        for cell in row:  # As WPS writes days that were looked at.
            if isinstance(cell.value, str):
                cell.value = re.sub(r"^(\d{4})-0?(\d+)-0?(\d+)$", r"\1/\2/\3", cell.value)
    text = imported(client, book)
    assert "不变 3" in text
    assert "有错误的行 0" in text
    assert "封面" not in text
