"""A form that is submitted twice, as by a double click, is carried out once."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from evalsys.cases.engine.models import Deadline, DeadlineChange
from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.core.sendings import Sending
from evalsys.foundation.accounts.models import OneTimeLink, User
from evalsys.organisation.periods.models import Period
from evalsys.organisation.policies.models import Policy
from evalsys.ratings.ballots.models import Ticket
from evalsys.ratings.ballots.service import seal_contact
from evalsys.ratings.contacts.lifting import lift_contacts
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.services.service import plan_entries
from tests.factories import make_section, make_staff, make_user
from tests.foundation.accounts.phones import Phone, give_password, make_known
from tests.personnel.feedback.reviews import LOW, PHONE, Hall
from tests.personnel.feedback.reviews import NOW as HALL_NOW
from tests.results.closing.city import NOW
from tests.world import NOW as LATER
from tests.world import make_world

SignIn = Callable[[User], FlaskClient]
LINK = r'value="[^"]*(/link/[^"]+)"'
Fields = dict[str, str]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hr(app: Flask, sign_in: SignIn) -> FlaskClient:
    """A client of the personnel office, with CSRF protection as in production."""
    app.config["WTF_CSRF_ENABLED"] = True
    client = sign_in(make_user(Role.HR))
    client.set_cookie("lang", "zh")
    return client


def form_of(client: FlaskClient, path: str, name: str) -> Fields:
    """Return the initial data of the form that has a field of some name."""
    page = client.get(path).text
    [form] = [one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'"{name}"' in one]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        kind, is_on = re.search(r'type="(\w+)"', tag), " checked" in tag
        key, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if key and (is_on or not kind or kind[1] not in {"checkbox", "radio"}):
            fields[key[1]] = unescape(value[1]) if value else ""
    for key, options in re.findall(
        r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)"[^>]* selected|selected[^>]*value="([^"]*)"', options)
        fields[key] = (chosen[1] or chosen[2]) if chosen else ""
    return fields


def twice(client: FlaskClient, path: str, fields: Fields) -> list[TestResponse]:
    return [client.post(path, data=fields) for _ in range(2)]


def count(model: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0  # type: ignore[arg-type]  # A model.


def lead_to(answers: list[TestResponse]) -> list[str | None]:
    assert [answer.status_code for answer in answers] == [303, 303]
    return [answer.location for answer in answers]


def at_once(app: Flask, client: FlaskClient, path: str, fields: Fields) -> list[TestResponse]:
    """Post the same form four times concurrently."""
    cookies = [cookie for name in ("session", "lang") if (cookie := client.get_cookie(name))]
    others = [app.test_client() for _ in range(4)]
    for other in others:
        for cookie in cookies:
            other.set_cookie(cookie.key, cookie.value)
    db.session.remove()
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda one: one.post(path, data=fields), others))


def test_one_draft_is_made(hr: FlaskClient) -> None:
    fields = form_of(hr, "/policies/draft", "interview_line") | {
        "reason": "令",
        "interview_line": "61",
    }
    first, second = lead_to(twice(hr, "/policies/draft", fields))
    assert first == second
    assert count(Policy) == 1
    assert "已发送两次，只办理了一次" in hr.get(second or "").text


def test_one_period_is_opened_by_two_posts_at_the_same_moment(app: Flask, hr: FlaskClient) -> None:
    fields = form_of(hr, "/periods/open", "code") | {"code": "2027-Q1"}
    answers = at_once(app, hr, "/periods/open", fields)
    assert {(answer.status_code, answer.location) for answer in answers} == {
        (303, "/periods/2027-Q1")
    }
    assert count(Period) == 1
    lines = select(AuditEvent).where(AuditEvent.action == Action.PERIOD_OPEN)
    assert len(db.session.scalars(lines).all()) == 1


def test_a_second_person_is_asked_once_to_stop_a_clock(
    app: Flask, clock: time_machine.Traveller, sign_in: SignIn
) -> None:
    clock.move_to(LATER)
    hr = sign_in(make_world().users[Role.HR])
    app.config["WTF_CSRF_ENABLED"] = True
    running = db.session.scalars(select(Deadline).filter_by(rule="plan_wd")).first()
    assert running is not None
    path, before = f"/deadlines/{running.id}", count(DeadlineChange)
    fields = form_of(hr, path, "reason") | {"reason": "材料较多", "kind": "pause"}
    lead_to(twice(hr, path, fields))
    assert count(DeadlineChange) == before + 1


def test_a_call_that_reached_nobody_is_one_try(
    app: Flask, clock: time_machine.Traveller, sign_in: SignIn
) -> None:
    clock.move_to(HALL_NOW)
    Hall().leave({**LOW, "valid_until": date(2026, 11, 27), "contact": seal_contact(PHONE)})
    lift_contacts(date(2026, 11, 24))
    hr = sign_in(make_user(Role.HR))
    app.config["WTF_CSRF_ENABLED"] = True
    [path] = set(re.findall(r"/feedback/calls/\w+", hr.get("/feedback/calls").text))
    fields = form_of(hr, path, "said") | {"reached": "not_reached"}
    lead_to(twice(hr, path, fields))
    assert "1 time" in hr.get("/feedback/calls").text


def test_what_was_entered_is_told_as_entered(hr: FlaskClient) -> None:
    make_staff(make_section(), number="000217")
    fields = form_of(hr, "/handled/enter", "services")
    fields |= {"number": "000217", "services": "7", "served_on": "2026-10-20"}
    lead_to(twice(hr, "/handled/enter", fields))
    assert count(ServicesHandled) == 1


def test_what_was_refused_may_be_sent_again(hr: FlaskClient) -> None:
    section = make_section()
    fields = form_of(hr, "/handled/enter", "services")
    fields |= {"number": "000217", "services": "7", "served_on": "2026-10-20"}
    assert hr.post("/handled/enter", data=fields).status_code == 422
    assert count(Sending) == 0
    make_staff(section, number="000217")
    assert hr.post("/handled/enter", data=fields).status_code == 303


def test_the_double_of_what_is_refused_says_why(
    app: Flask, hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*args: Any, **more: Any) -> Any:
        time.sleep(0.5)  # So that the second post comes while the first is carried out.
        return plan_entries(*args, **more)

    monkeypatch.setattr("evalsys.ratings.services.views.plan_entries", slowly)
    fields = form_of(hr, "/handled/enter", "services")
    fields |= {"number": "nobody", "services": "7", "served_on": "2026-10-20"}
    for answer in at_once(app, hr, "/handled/enter", fields):
        assert answer.status_code == 422
        assert "没有这个工号" in answer.text


def test_a_page_that_is_opened_again_may_send_the_same_again(
    hr: FlaskClient, clock: time_machine.Traveller
) -> None:
    for seconds in (0, 2):
        clock.move_to(NOW + timedelta(seconds=seconds))
        fields = form_of(hr, "/policies/draft", "reason") | {"reason": "令"}
        lead_to([hr.post("/policies/draft", data=fields)] * 2)
    assert count(Policy) == 2


def test_after_a_minute_a_post_is_meant_and_no_note_is_left(
    hr: FlaskClient, clock: time_machine.Traveller
) -> None:
    fields = form_of(hr, "/policies/draft", "reason") | {"reason": "令"}
    hr.post("/policies/draft", data=fields)
    assert count(Sending) == 1
    clock.move_to(NOW + timedelta(minutes=2))
    hr.post("/policies/draft", data=fields)
    assert (count(Policy), count(Sending)) == (2, 1)


def test_who_waits_too_long_is_told_what_to_do(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalsys.core.sendings.WAITS", 0.2)
    # As if still at work.
    monkeypatch.setattr("evalsys.core.sendings._finish", lambda *_, **__: None)
    fields = form_of(hr, "/policies/draft", "reason") | {"reason": "第9号令"}
    first, second = twice(hr, "/policies/draft", fields)
    assert (first.status_code, second.status_code) == (303, 409)
    assert "还在办理中" in second.text
    assert "第9号令" in second.text
    assert count(Policy) == 1


def shown(answers: list[TestResponse], pattern: str) -> list[str]:
    """Return what all answers show alike: the secret that matches a pattern."""
    assert {answer.status_code for answer in answers} == {200}
    first, *others = [re.findall(pattern, answer.text) for answer in answers]
    assert first
    assert all(other == first for other in others)
    return first


def test_the_double_of_a_new_account_shows_the_link_that_works(app: Flask, sign_in: SignIn) -> None:
    admin = sign_in(make_user(Role.SYSADMIN))
    app.config["WTF_CSRF_ENABLED"] = True
    fields = form_of(admin, "/accounts/new", "name") | {"name": "zhouwei", "display_name": "周伟"}
    [link] = shown(at_once(app, admin, "/accounts/new", fields), LINK)
    assert app.test_client().get(link).status_code == 200
    made = db.session.scalars(select(User).filter_by(name="zhouwei")).one()
    path, token = f"/accounts/{made.id}/link", {"csrf_token": fields["csrf_token"]}
    [link] = shown(at_once(app, admin, path, token), LINK)
    assert app.test_client().get(link).status_code == 200
    assert count(OneTimeLink) == 2


def test_what_is_shown_twice_lies_nowhere_in_clear(
    app: Flask, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    admin = sign_in(make_user(Role.SYSADMIN))
    app.config["WTF_CSRF_ENABLED"] = True
    fields = form_of(admin, "/accounts/new", "name") | {"name": "zhouwei", "display_name": "周伟"}
    [link] = shown(twice(admin, "/accounts/new", fields), LINK)
    kept = db.session.scalars(select(Sending.page)).one()
    assert kept is not None
    assert link.encode() not in kept
    assert fields["csrf_token"].encode() not in kept
    clock.move_to(NOW + timedelta(seconds=2))
    other = form_of(admin, "/accounts/new", "name") | {"name": "zhouwei", "display_name": "周伟"}
    assert link not in admin.post("/accounts/new", data=other).text


def test_the_double_of_a_set_up_shows_the_recovery_codes(app: Flask) -> None:
    app.config["SECOND_FACTOR"] = "required"
    client = app.test_client()
    give_password(client, make_known())
    app.config["WTF_CSRF_ENABLED"] = True
    fields = form_of(client, "/second-factor/set-up", "offer")
    page = client.get("/second-factor/set-up").text
    key = re.search(r'class="factor-key"[^>]*>([^<]+)<', page)
    offer = re.search(r'name="offer"[^>]*value="([^"]+)"', page)
    assert key
    assert offer
    code = Phone(key[1].replace(" ", "")).code(NOW)
    answers = twice(client, "/second-factor/set-up", fields | {"offer": offer[1], "code": code})
    assert len(shown(answers, r"<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</li>")) == 10
    token = {"csrf_token": fields["csrf_token"]}
    answers = twice(client, "/second-factor/codes", token)
    assert len(shown(answers, r"<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</li>")) == 10


def test_the_double_of_a_ticket_shows_the_same_slip(
    app: Flask, clock: time_machine.Traveller, sign_in: SignIn
) -> None:
    clock.move_to(HALL_NOW)
    section = make_section()
    clerk = make_staff(section, number="000217")
    counter = sign_in(make_user(Role.COUNTER, organ_id=section.organ_id, staff_id=make_staff().id))
    app.config["WTF_CSRF_ENABLED"] = True
    fields = form_of(counter, "/tickets", "served_on") | {
        "staff": clerk.number,
        "event_no": "2026-1",
    }
    codes = shown(at_once(app, counter, "/tickets", fields), r'name="codes" value="([^"]+)"')
    assert len(codes) == 1
    assert count(Ticket) == 1
