"""The second factor at sign-in, at set-up and before irreversible actions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from cryptography.fernet import InvalidToken
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import ASKED_AGAIN, ROLE_ACTIONS, Action, Role
from evalsys.core.sealing import cipher_for
from evalsys.foundation.accounts.factor.rules import FACTOR_ROLES
from evalsys.foundation.accounts.factor.service import SECRET
from evalsys.foundation.accounts.models import RecoveryCode, User
from evalsys.organisation.org.models import Staff
from tests.applications import make_app
from tests.foundation.accounts.phones import PASSWORD, Phone, give_password, make_known, set_up
from tests.roster.rosters import roster

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
HALF_MINUTE = timedelta(seconds=30)
SECTIONS = [["YZ", "审批局", "QY01", "企业登记科", "窗口", "000217", "2026.01"]]
PEOPLE = [["000217", "王海宁", "QY01"], ["000218", "罗欣", "QY01"]]


@pytest.fixture
def demanding(app: Flask, clock: time_machine.Traveller) -> Flask:
    """The application as in production: the second factor is required."""
    app.config["SECOND_FACTOR"] = "required"
    return app


def enrolled(app: Flask, role: Role = Role.HR) -> tuple[User, FlaskClient, Phone, list[str]]:
    """A user with a second factor, and the client that set it up."""
    user, client = make_known(role), app.test_client()
    assert give_password(client, user).startswith("/second-factor")
    phone, codes = set_up(client, datetime.now(UTC))
    return user, client, phone, codes


@pytest.mark.parametrize("role", [role for role in Role if role in ROLE_ACTIONS])
def test_the_password_alone_opens_nothing_to_who_decides_or_administers(
    demanding: Flask, role: Role
) -> None:
    if role in {Role.CITIZEN, Role.SYSTEM}:
        return
    user, client = make_known(role), demanding.test_client()
    place = give_password(client, user)
    is_demanded = role in FACTOR_ROLES
    assert place == ("/second-factor" if is_demanded else "/")
    answer = client.get("/sign-ins")
    assert answer.status_code == (302 if is_demanded else 200)
    if is_demanded:
        assert "Set up the second step" in client.get(place, follow_redirects=True).text
        assert user.signed_in_at is None
        set_up(client, NOW)
        assert client.get("/sign-ins").status_code == 200
        db.session.refresh(user)
        assert user.signed_in_at == NOW


def test_every_role_that_may_do_what_is_asked_again_needs_one_but_a_chief() -> None:
    able = {role for role, actions in ROLE_ACTIONS.items() if actions & ASKED_AGAIN}
    assert able - FACTOR_ROLES == {Role.CHIEF, Role.SYSTEM}


def test_the_page_shows_the_secret_twice_and_keeps_it_over_a_wrong_code(demanding: Flask) -> None:
    user, client = make_known(), demanding.test_client()
    give_password(client, user)
    page = client.get("/second-factor/set-up").text
    assert "<svg" in page
    offer = page.split('name="offer"')[1].split('value="')[1].split('"')[0]
    again = client.post("/second-factor/set-up", data={"offer": offer, "code": "000000"})
    assert again.status_code == 422
    assert "This code is not right" in again.text
    key = page.split('class="factor-key"')[1].split(">")[1].split("<")[0]
    assert key in again.text
    assert len(key.split()) == 8, "in groups of four"
    forged = client.post("/second-factor/set-up", data={"offer": "made up", "code": "000000"})
    assert "Scan the new code" in forged.text


def test_a_code_is_taken_once_and_half_a_minute_early_or_late(
    demanding: Flask, clock: time_machine.Traveller
) -> None:
    user, _client, phone, _codes = enrolled(demanding)
    again = demanding.test_client()
    give_password(again, user)
    used = again.post("/second-factor", data={"code": phone.code(NOW)})
    assert used.status_code == 422, "the code that set it up is used up"
    clock.move_to(NOW + 10 * HALF_MINUTE)
    late = datetime.now(UTC)
    for steps, is_right in ((-2, False), (2, False), (-1, True), (1, True)):
        client = demanding.test_client()
        give_password(client, user)
        answer = client.post("/second-factor", data={"code": phone.code(late, steps)})
        assert (answer.status_code == 303) is is_right, steps
    client = demanding.test_client()
    give_password(client, user)
    earlier = client.post("/second-factor", data={"code": phone.code(late)})
    assert earlier.status_code == 422, "a step before the last one that was taken"


def test_full_width_digits_and_blanks_are_the_same_code(
    demanding: Flask, clock: time_machine.Traveller
) -> None:
    user, _client, phone, _codes = enrolled(demanding)
    clock.move_to(NOW + 2 * HALF_MINUTE)
    client = demanding.test_client()
    give_password(client, user)
    code = phone.code(datetime.now(UTC))
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    answer = client.post("/second-factor", data={"code": f"{wide[:3]} {wide[3:]}"})
    assert answer.status_code == 303


def test_a_recovery_code_opens_once_and_misread_signs_are_put_right(demanding: Flask) -> None:
    user, _client, _phone, codes = enrolled(demanding)
    assert len(set(codes)) == 10
    for typed, is_right in (
        (codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l"), True),
        (codes[0], False),
        (codes[1], True),
    ):
        client = demanding.test_client()
        give_password(client, user)
        answer = client.post("/second-factor", data={"code": typed})
        assert (answer.status_code == 303) is is_right
    kept = db.session.scalars(select(RecoveryCode)).all()
    assert sum(row.used_at is not None for row in kept) == 2
    assert not any(
        code.replace("-", "").encode() in row.code_hash for code in codes for row in kept
    )


def test_recovery_codes_of_somebody_else_open_nothing(demanding: Flask) -> None:
    _user, _client, _phone, codes = enrolled(demanding)
    other, *_ = enrolled(demanding)
    client = demanding.test_client()
    give_password(client, other)
    assert client.post("/second-factor", data={"code": codes[0]}).status_code == 422


def test_new_recovery_codes_end_the_earlier_ones(demanding: Flask) -> None:
    user, client, _phone, codes = enrolled(demanding)
    page = client.post("/second-factor/codes").text
    assert codes[0] not in page
    other = demanding.test_client()
    give_password(other, user)
    assert other.post("/second-factor", data={"code": codes[0]}).status_code == 422


def test_five_wrong_codes_lock_and_are_written_down(
    demanding: Flask, clock: time_machine.Traveller
) -> None:
    user, _client, phone, codes = enrolled(demanding)
    client = demanding.test_client()
    give_password(client, user)
    pages = [client.post("/second-factor", data={"code": "000000"}).text for _ in range(6)]
    assert "This code is not right" in pages[3]
    assert "no further one is taken" in pages[4]
    assert "no further one is taken" in pages[5]
    assert client.post("/second-factor", data={"code": codes[0]}).status_code == 422
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.ACCOUNT_LOCK))
    assert [line.details["second_factor"] for line in lines] == [True]
    clock.move_to(NOW + timedelta(minutes=30))
    fresh = demanding.test_client()
    give_password(fresh, user)
    code = phone.code(datetime.now(UTC))
    assert fresh.post("/second-factor", data={"code": code}).status_code == 303


def test_a_session_from_before_the_upgrade_is_led_to_the_set_up(app: Flask) -> None:
    user, client = make_known(), app.test_client()
    assert give_password(client, user) == "/"
    assert client.get("/sign-ins").status_code == 200
    app.config["SECOND_FACTOR"] = "required"
    answer = client.get("/policies", follow_redirects=True)
    assert "Set up the second step of signing in" in answer.text


def test_who_need_not_may_and_is_asked_from_then_on(app: Flask, clock: object) -> None:
    user, client = make_known(Role.STAFF), app.test_client()
    give_password(client, user)
    assert "Set it up" in client.get("/sign-ins").text
    set_up(client, NOW)
    assert "10 recovery codes are left" in client.get("/sign-ins").text
    other = app.test_client()
    assert give_password(other, user) == "/second-factor"
    assert other.get("/sign-ins").status_code == 302


def test_it_is_asked_again_before_what_cannot_be_taken_back_and_leads_there(
    demanding: Flask, clock: time_machine.Traveller
) -> None:
    _user, client, phone, _codes = enrolled(demanding, Role.SYSADMIN)
    assert client.get("/accounts/new").status_code == 200, "just given"
    clock.move_to(NOW + timedelta(minutes=11))
    assert client.get("/accounts").status_code == 200, "reading is not asked again"
    answer = client.get("/accounts/new")
    assert answer.headers["Location"] == "/second-factor?next=/accounts/new"
    assert client.post("/accounts/new", data={"name": "new"}).status_code == 303
    db.session.rollback()
    assert db.session.scalar(select(User).where(User.name == "new")) is None
    assert "Confirm that it is you" in client.get("/second-factor?next=/accounts/new").text
    data = {"code": phone.code(datetime.now(UTC))}
    back = client.post("/second-factor?next=/accounts/new", data=data)
    assert back.headers["Location"] == "/accounts/new"
    assert client.get("/accounts/new").status_code == 200


def test_closing_correcting_lifting_and_writing_a_roster_are_asked_again(
    demanding: Flask, clock: time_machine.Traveller
) -> None:
    """Also after what was shown before was sent: a roster that was checked is not written."""
    _user, client, phone, _codes = enrolled(demanding)
    content = roster(sections=SECTIONS, people=PEOPLE)
    sent = {"file": (BytesIO(content), "花名册.xlsx")}
    batch = client.post("/roster/import", data=sent).headers["Location"]
    clock.move_to(NOW + timedelta(minutes=11))
    for path in ("/roster/import", "/tickets", "/periods", batch):
        assert client.get(path).status_code == 200, "looking is not asked again"
    asked = ("/periods/2026-Q3/close", "/periods/2026-Q3/correct", "/tickets/ceiling")
    for path in (*asked, f"{batch}/undo"):
        place = client.get(path).headers["Location"]
        assert place.startswith("/second-factor?next="), path
        assert client.post(path).headers["Location"].startswith("/second-factor")
    answer = client.post(f"{batch}/write")
    assert answer.headers["Location"] == f"/second-factor?next={batch}"
    assert db.session.scalar(select(func.count()).select_from(Staff)) == 0
    client.post(answer.headers["Location"], data={"code": phone.code(datetime.now(UTC))})
    assert client.post(f"{batch}/write").headers["Location"] == batch
    assert db.session.scalar(select(func.count()).select_from(Staff)) == 2


def test_a_changed_password_keeps_the_factor_of_this_browser_and_ends_the_others(
    demanding: Flask, clock: object
) -> None:
    user, client, _phone, codes = enrolled(demanding)
    other = demanding.test_client()
    give_password(other, user)
    other.post("/second-factor", data={"code": codes[0]})
    new = "windmill-turnip-choir"
    data = {"old": PASSWORD, "new": new, "again": new}
    assert client.post("/password", data=data).status_code == 303
    assert client.get("/sign-ins").status_code == 200
    assert other.get("/sign-ins").status_code == 302


def test_the_database_alone_gives_no_code_away(
    demanding: Flask, migrated: str, tmp_path: Path
) -> None:
    user, _client, phone, codes = enrolled(demanding)
    db.session.refresh(user)
    assert user.totp_secret is not None
    assert phone.secret.encode() not in user.totp_secret
    written = str([line.details for line in db.session.scalars(select(AuditEvent))])
    for secret in (phone.secret, codes[0], codes[0].replace("-", "")):
        assert secret not in written
    elsewhere = make_app("sqlite://", tmp_path, SECRET_KEY="of another installation")
    with elsewhere.app_context(), pytest.raises(InvalidToken):
        cipher_for(SECRET).decrypt(user.totp_secret)


def test_own_sessions_are_listed_and_ended(
    app: Flask, clock: time_machine.Traveller, sign_in: Callable[[User], FlaskClient]
) -> None:
    user = make_known(Role.STAFF)
    office, phone = app.test_client(), app.test_client()
    agents = {
        office: "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36",
        phone: "Mozilla/5.0 (Linux; Android 14) Chrome/116 MicroMessenger/8.0",
    }
    for client, agent in agents.items():
        client.environ_base["HTTP_USER_AGENT"] = agent
        give_password(client, user)
    foreign = sign_in(make_known(Role.STAFF))
    page = office.get("/sign-ins").text
    assert "Chrome · Windows" in page
    assert "微信 · Android" in page
    key = page.split('name="key" value="')[1].split('"')[0]
    assert foreign.post("/sign-ins/end", data={"key": key}).status_code == 303
    assert phone.get("/sign-ins").status_code == 200, "nobody ends a session of somebody else"
    assert office.post("/sign-ins/end", data={"key": key}).status_code == 303
    assert phone.get("/sign-ins").status_code == 302
    give_password(phone, user)
    assert office.post("/sign-ins/end", data={"key": "others"}).status_code == 303
    assert phone.get("/sign-ins").status_code == 302
    assert office.get("/sign-ins").status_code == 200
