"""The list of people, one person's page and change, as the personnel office uses them."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.pages import today
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import (
    ChiefTerm,
    Posting,
    Section,
    Staff,
    StaffStatus,
    StatusKind,
)
from tests.factories import make_chief, make_organ, make_section, make_staff, make_user, save

SignIn = Callable[[User], FlaskClient]
LONG = date(2025, 1, 1)


@pytest.fixture
def town(app: Flask) -> tuple[Section, Section]:
    organ = make_organ(code="YZ")
    first, second = make_section(organ=organ, code="QY01"), make_section(organ=organ, code="QY02")
    make_staff(first, since=LONG, number="000217", name="王海宁", post="科员")
    make_staff(second, since=LONG, number="000218", name="单雄信")
    away = make_staff(first, since=LONG, number="000219", name="罗欣")
    save(StaffStatus(staff_id=away.id, kind=StatusKind.SECONDED, started_on=LONG))
    gone = make_staff(first, since=LONG, number="000220", name="范晓东")
    db.session.scalars(select(Posting).where(Posting.staff_id == gone.id)).one().ended_on = LONG
    db.session.commit()
    return first, second


@pytest.fixture
def client(town: tuple[Section, Section], sign_in: SignIn) -> FlaskClient:
    client = sign_in(make_user(Role.HR))
    client.set_cookie("lang", "zh")
    return client


def found(client: FlaskClient, asked: str = "") -> list[str]:
    text = client.get(f"/roster?{asked}").text
    return re.findall(r'<th scope="row"><a href="/roster/people/(\d+)"', text)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("", ["000217", "000219", "000218"]),
        ("q=whn", ["000217"]),
        ("q=shan+xiong", ["000218"]),
        ("q=000218", ["000218"]),
        ("q=晓东", ["000220"]),  # A search finds who left as well.
        ("section=QY02", ["000218"]),
        ("status=seconded", ["000219"]),
        ("status=on_duty", ["000217", "000218"]),
        ("status=left", ["000220"]),
        (f"on={LONG}", ["000217", "000219", "000220", "000218"]),
        ("q=%25", []),
        ("on=2026-13-45", ["000217", "000219", "000218"]),
    ],
)
def test_people_are_found(client: FlaskClient, asked: str, numbers: list[str]) -> None:
    assert found(client, asked) == numbers


def test_the_office_of_an_organ_has_its_own_people(client: FlaskClient, sign_in: SignIn) -> None:
    other = make_organ(code="XX")
    make_staff(make_section(organ=other, code="XX01"), number="000900")
    own = sign_in(make_user(Role.HR, organ_id=other.id))
    assert found(own) == ["000900"]
    assert own.get("/roster/people/000217").status_code == 404
    assert own.get("/roster/people/000217/change").status_code == 404


def test_a_person_has_their_dated_postings_and_terms(
    client: FlaskClient, town: tuple[Section, Section]
) -> None:
    staff = db.session.scalars(select(Staff).where(Staff.number == "000219")).one()
    make_chief(town[0], staff, started_on=LONG)
    text = client.get("/roster/people/000219").text
    for word in ("罗欣", town[0].name, "2025年1月1日", "借调", "至今", "科长"):
        assert word in text, word


def fields(client: FlaskClient, number: str) -> dict[str, str]:
    """The values of the form as a browser would send them."""
    text = client.get(f"/roster/people/{number}/change").text
    inputs = re.findall(r'<input [^>]*?name="(\w+)"[^>]*?value="([^"]*)"', text)
    values = {name: value for name, value in inputs if name != "csrf_token"}
    for name, options in re.findall(
        r'<select [^>]*?name="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL
    ):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        first = re.search(r'<option value="([^"]*)"', options)
        values[name] = (chosen or first)[1]  # type: ignore[index]
    return values


def send(client: FlaskClient, number: str, **values: str) -> str:
    """Send a change and agree to it; return the page of what it changes."""
    sent = {**fields(client, number), **values}
    answer = client.post(f"/roster/people/{number}/change", data=sent)
    assert answer.status_code == 303, answer.text
    place = answer.headers["Location"]
    shown = client.get(place).text
    assert client.post(f"{place}/write").status_code == 303
    return shown


def test_a_transfer_is_shown_before_it_is_written_and_keeps_its_reason(client: FlaskClient) -> None:
    day = today() - timedelta(days=3)
    shown = send(
        client, "000217", section_code="QY02", posted_on=day.isoformat(), reason="轮岗交流"
    )
    assert "轮岗交流" in shown
    assert "不在文件中" not in shown
    assert "科室编码" in shown
    assert "还没有写入" in shown or "尚未写入" in shown
    assert found(client, "section=QY02") == ["000217", "000218"]
    ended = db.session.scalars(select(Posting).where(Posting.end_reason.is_not(None))).one()
    assert (ended.end_reason, ended.ended_on) == ("轮岗交流", day - timedelta(days=1))
    assert "轮岗交流" in client.get("/roster/people/000217").text


def test_leave_status_post_and_chief_are_changed_without_a_file(client: FlaskClient) -> None:
    send(client, "000217", post="副科长", status="休假", reason="任命")
    staff = db.session.scalars(select(Staff).where(Staff.number == "000217")).one()
    assert staff.post == "副科长"
    assert "休假" in client.get("/roster/people/000217").text
    send(client, "000217", leads="yes", reason="任命")
    assert db.session.scalars(select(ChiefTerm.staff_id)).all() == [staff.id]
    send(client, "000218", left_on=today().isoformat(), reason="退休")
    assert "退休" in client.get("/roster/people/000218").text
    send(client, "000217", post="", reason="更正")
    db.session.expire_all()
    assert staff.post is None


def test_a_new_name_is_found_by_its_sound(client: FlaskClient) -> None:
    send(client, "000217", name="吕海宁", reason="改名")
    assert (found(client, "q=lvhai"), found(client, "q=wanghai")) == (["000217"], [])


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"reason": ""}, "请填写原因"),
        ({"reason": "无"}, "没有任何改动"),
        ({"reason": "无", "name": ""}, 'href="#name"'),
        ({"reason": "无", "posted_on": ""}, "没有任何改动"),  # A blank cell leaves it as it is.
        ({"reason": "无", "posted_on": "2026-13-01"}, "posted_on"),
        ({"reason": "无", "section_code": "NONE"}, "section_code"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: FlaskClient, values: dict[str, str], word: str
) -> None:
    sent = {**fields(client, "000217"), **values}
    answer = client.post("/roster/people/000217/change", data=sent)
    assert answer.status_code in {400, 409, 422}
    assert word in answer.text


def test_two_who_change_one_person_are_told(client: FlaskClient) -> None:
    sent = fields(client, "000217")
    send(client, "000217", post="主任", reason="任命")
    answer = client.post(
        "/roster/people/000217/change", data={**sent, "rank": "一级科员", "reason": "定级"}
    )
    assert answer.status_code == 409
    assert "其间有人改过此人" in answer.text
    again = re.search(r'name="rank"[^>]*value="([^"]*)"', answer.text)
    assert again is not None
    assert again[1] == "一级科员"  # What was typed is not lost.


def test_the_roster_of_a_day_leaves_with_a_line_in_the_log(client: FlaskClient) -> None:
    answer = client.get(f"/roster/export?on={LONG}")
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"
