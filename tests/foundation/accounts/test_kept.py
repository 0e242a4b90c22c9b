"""Kept posts: nothing typed is lost by a timeout, lost session, expired token or conflict."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import KeptPost, SignInSession, User
from evalsys.foundation.accounts.passwords import hash_password
from evalsys.foundation.jobs.models import Job
from tests.foundation.accounts.phones import PASSWORD, give_password, make_known, set_up
from tests.world import CLOSED, Place, World, make_world

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TEXT = "补录三月漏报的评价，附核对记录"
CORRECT = f"/periods/{CLOSED}/correct"
SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def world(app: Flask, clock: time_machine.Traveller) -> World:
    with app.test_request_context():
        made = make_world()
    made.city.password_hash = hash_password(PASSWORD)
    db.session.commit()
    return made


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    client = app.test_client()
    give_password(client, world.city)
    return client


def corrections() -> int:
    """Return the number of corrections started."""
    db.session.rollback()
    asked = Job.kind.in_(["closing.preview", "closing.correct"])
    return len(db.session.scalars(select(Job).where(asked)).all())


def sign_in_again(client: FlaskClient, user: User, place: str) -> str:
    """Sign in after a rejected post; return the page of the redirect."""
    page = client.get(give_password(client, user, place)).text
    assert 'name="password"' not in page
    return page


def test_what_met_a_time_out_stands_in_its_form_after_sign_in(
    client: FlaskClient, world: World, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=31))
    before = corrections()
    answer = client.post(CORRECT, data={"reason": TEXT})
    assert answer.headers["Location"] == f"/login?next={CORRECT}"
    page = sign_in_again(client, world.city, answer.headers["Location"])
    assert re.search(rf'<textarea[^>]*name="reason"[^>]*>\s*{TEXT}', page)
    assert "What you sent at 2026-11-24 10:31 was not stored." in page
    assert corrections() == before, "nothing is sent by itself"
    assert client.post(CORRECT, data={"reason": TEXT}).status_code == 303
    assert corrections() == before + 1
    assert "was not stored" not in client.get(CORRECT).text


@pytest.mark.parametrize("cause", ["ended", "other tab"])
def test_what_met_a_lost_session_stands_there_too(
    app: Flask, client: FlaskClient, world: World, cause: str
) -> None:
    if cause == "ended":
        db.session.scalars(select(SignInSession).where(SignInSession.user == world.city)).one()
        elsewhere = app.test_client()
        give_password(elsewhere, world.city)
        elsewhere.post("/sign-ins/end", data={"key": "others"})
    else:
        client.post("/logout")
    answer = client.post(CORRECT, data={"reason": TEXT})
    assert TEXT in sign_in_again(client, world.city, answer.headers["Location"])


def test_nobody_else_who_signs_in_there_sees_it(
    client: FlaskClient, world: World, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=31))
    client.post(CORRECT, data={"reason": TEXT})
    other = make_known(Role.HR)
    give_password(client, other)
    assert TEXT not in client.get(CORRECT).text
    kept = db.session.scalars(select(KeptPost).where(KeptPost.path == CORRECT)).one()
    assert client.get(f"/kept/{kept.id}").status_code == 404
    assert TEXT.encode() not in kept.sealed, "the database alone says nothing"


def test_what_met_an_expired_token_stands_there_without_signing_in(
    app: Flask, client: FlaskClient
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(CORRECT, data={"reason": TEXT, "csrf_token": "old"})
    assert (answer.status_code, answer.headers["Location"]) == (303, CORRECT)
    page = client.get(CORRECT).text
    assert TEXT in page
    assert ">The page was open for too long" in page, "and no tick before it"


def test_what_was_typed_for_one_account_is_never_shown_to_another(
    app: Flask, client: FlaskClient, world: World
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(CORRECT).text)
    assert token is not None
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/logout")
    other = make_known(Role.HR)
    give_password(client, other)
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(CORRECT, data={"reason": TEXT, "csrf_token": token[1]})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "was opened under another account" in client.get("/").text
    assert TEXT not in client.get(CORRECT).text
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/logout")
    give_password(client, world.city)
    assert TEXT in client.get(CORRECT).text, "its author finds it again"


def test_what_met_the_question_for_the_second_factor_stands_there_too(
    client: FlaskClient, clock: time_machine.Traveller, world: World
) -> None:
    phone, _codes = set_up(client, datetime.now(UTC))
    clock.shift(timedelta(minutes=11))
    publish = f"/periods/{CLOSED}/publish"
    answer = client.post(publish, data={"note": TEXT})
    place = answer.headers["Location"]
    assert place == f"/second-factor?next={publish}"
    data = {"code": phone.code(datetime.now(UTC))}
    assert client.post(place, data=data).headers["Location"] == publish
    assert TEXT in client.get(publish).text


def test_a_button_of_another_page_is_shown_and_sent_only_by_hand(
    client: FlaskClient, world: World, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=31))
    job = world.jobs[Role.HR]
    path = f"/jobs/{job.id}/cancel"
    answer = client.post(path, data={"why": TEXT})
    page = sign_in_again(client, world.city, answer.headers["Location"])
    assert TEXT in page
    assert f'action="{path}"' in page
    assert "Send it now" in page


def test_files_are_not_kept_and_that_is_said(
    client: FlaskClient, world: World, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=31))
    file = (BytesIO(b"%PDF-1.7"), "核对记录.pdf")
    answer = client.post(CORRECT, data={"reason": TEXT, "file": file})
    page = sign_in_again(client, world.city, answer.headers["Location"])
    assert "choose them again: 核对记录.pdf" in page


def test_no_password_and_nothing_of_another_site_is_kept(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=31))
    client.post("/password", data={"old": PASSWORD, "new": "windmill", "again": "windmill"})
    headers = {"Sec-Fetch-Site": "cross-site"}
    client.post(CORRECT, data={"reason": TEXT}, headers=headers)
    app.test_client().post(CORRECT, data={"reason": TEXT})
    kept = db.session.scalars(select(KeptPost.path)).all()
    assert kept == ["/inbox"], "what the world has kept itself"


def test_a_draft_is_kept_unchecked_filled_in_and_forgotten(
    client: FlaskClient, world: World
) -> None:
    assert f'formaction="/drafts?to={CORRECT}"' in client.get(CORRECT).text
    answer = client.post(f"/drafts?to={CORRECT}", data={"reason": TEXT})
    assert answer.headers["Location"] == CORRECT
    page = client.get(CORRECT).text
    assert "Draft of 2026-11-24 10:00." in page
    assert TEXT in page
    kept = db.session.scalars(select(KeptPost).where(KeptPost.path == CORRECT)).one()
    assert client.post(f"/kept/{kept.id}/forget", data={"to": CORRECT}).status_code == 303
    assert TEXT not in client.get(CORRECT).text


def test_a_kept_text_is_gone_after_a_week(
    client: FlaskClient, world: World, clock: time_machine.Traveller
) -> None:
    client.post(f"/drafts?to={CORRECT}", data={"reason": TEXT})
    clock.shift(timedelta(days=7))
    give_password(client, world.city)
    assert TEXT not in client.get(CORRECT).text


def test_who_was_slower_reads_who_was_faster_and_keeps_the_text(
    world: World, sign_in: SignIn
) -> None:
    case = world.cases[Place.OWN]
    chief = sign_in(world.users[Role.CHIEF])
    path = f"/cases/{case.id}/step/file_plan"
    names = re.findall(r'<(?:textarea|input|select)[^>]*name="(\w+)"', chief.get(path).text)
    data = {name: TEXT for name in names if name != "csrf_token"}
    if "due_on" in data:
        data["due_on"] = "2026-12-20"
    first = chief.post(path, data=data)
    assert first.status_code == 303, first.text
    late = chief.post(path, data=dict.fromkeys(data, f"{TEXT}，另附"))
    assert late.status_code == 409
    assert "was moved on at 2026-11-24 10:00 by: Section chief" in late.text
    assert TEXT in late.text
    assert f'href="/cases/{case.id}"' in late.text


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/cases/99999", "/cases"),
        ("/cases/99999/step/verify", "/cases"),
        ("/periods/2020-Q1/publish", "/periods"),
        ("/nothing", None),
    ],
)
def test_every_error_page_leads_back_to_the_page_above(
    client: FlaskClient, path: str, back: str | None
) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert ("Back to where you were" in page.text) is (back is not None)
    if back:
        assert f'<a href="{back}">' in page.text
