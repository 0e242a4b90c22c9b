"""A system administrator becomes nobody else: what takes two administrators, and notices."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts import agreements, service
from evalsys.foundation.accounts.models import AccountRequest, OneTimeLink, RequestKind, User
from tests.factories import make_organ, make_staff, make_user
from tests.foundation.accounts.phones import PASSWORD, give_password, make_known, set_up

pytestmark = pytest.mark.usefixtures("app")
NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def sysadmin(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SYSADMIN, display_name="系统管理员"))


@pytest.fixture
def secadmin(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SECADMIN, display_name="安全管理员"))


def asked() -> AccountRequest:
    db.session.rollback()
    return db.session.scalars(select(AccountRequest).order_by(AccountRequest.id.desc())).first()  # type: ignore[return-value]  # There is one.


def test_a_link_for_an_account_with_a_role_takes_the_security_administrator(
    sysadmin: FlaskClient, secadmin: FlaskClient
) -> None:
    user = make_known(Role.HR, display_name="孙丽")
    place = f"/accounts/{user.id}/link"
    page = sysadmin.get(place)
    assert "the security administrator agrees first" in page.text
    assert sysadmin.post(place, data={"reason": ""}).status_code == 422
    assert sysadmin.post(place, data={"reason": "忘记密码，已当面核对"}).status_code == 303
    assert db.session.scalars(select(OneTimeLink)).all() == []
    assert "has not decided yet" in sysadmin.get(place).text
    assert sysadmin.post(place, data={"reason": "再来"}).status_code == 409
    row = asked()
    assert f"/accounts/requests/{row.id}" in secadmin.get("/accounts").text
    assert "忘记密码" in secadmin.get(f"/accounts/requests/{row.id}").text
    assert sysadmin.post(f"/accounts/requests/{row.id}").status_code == 404
    data = {"decision": "agree"}
    assert secadmin.post(f"/accounts/requests/{row.id}", data=data).status_code == 303
    assert secadmin.post(f"/accounts/requests/{row.id}", data=data).status_code == 409
    assert place in sysadmin.get("/accounts").text
    assert "/link/" in sysadmin.post(place).text
    assert "agrees first" in sysadmin.get(place).text, "one agreement, one link"


def test_what_is_not_agreed_gives_no_link(sysadmin: FlaskClient, secadmin: FlaskClient) -> None:
    user = make_known(Role.LEADER)
    sysadmin.post(f"/accounts/{user.id}/link", data={"reason": "忘记密码"})
    answer = secadmin.post(f"/accounts/requests/{asked().id}", data={"decision": "refuse"})
    assert answer.status_code == 303
    with pytest.raises(DomainError, match="takes the agreement of the security"):
        agreements.issue_link(user, actor=make_user(Role.SYSADMIN).actor, now=NOW)


def test_an_account_without_a_role_gets_its_link_at_once(sysadmin: FlaskClient) -> None:
    user = make_user(Role.CITIZEN)
    assert "/link/" in sysadmin.post(f"/accounts/{user.id}/link").text


def test_the_person_and_the_others_of_the_duty_are_told_at_the_next_sign_in(
    app: Flask, sysadmin: FlaskClient, secadmin: FlaskClient
) -> None:
    organ = make_organ()
    user = make_known(Role.HR, display_name="孙丽", organ_id=organ.id)
    colleague = make_known(Role.HR, organ_id=organ.id)
    elsewhere = make_known(Role.HR, organ_id=make_organ().id)
    for one in (user, colleague, elsewhere):
        service.sign_in(one.name, PASSWORD, now=NOW)
    sysadmin.post(f"/accounts/{user.id}/link", data={"reason": "忘记密码"})
    secadmin.post(f"/accounts/requests/{asked().id}", data={"decision": "agree"})
    sysadmin.post(f"/accounts/{user.id}/link")
    for one, is_notified in ((user, True), (colleague, True), (elsewhere, False)):
        client = app.test_client()
        give_password(client, one)
        page = client.get("/").text
        is_shown = "系统管理员 gave out a link that sets the password of 孙丽" in page
        assert is_shown is is_notified
        assert ("agreed by: 安全管理员" in page) is is_notified
        again = app.test_client()
        give_password(again, one)
        assert "gave out a link" not in again.get("/").text, "shown once"
    client = app.test_client()
    give_password(client, user)
    assert "忘记密码" in client.get("/sign-ins").text, "and kept on one's own page"


def test_a_new_second_factor_takes_both_and_ends_all_sessions(
    app: Flask, sysadmin: FlaskClient, secadmin: FlaskClient
) -> None:
    user, client = make_known(Role.HR), app.test_client()
    give_password(client, user)
    set_up(client, datetime.now(UTC))
    place = f"/accounts/{user.id}/second-factor"
    assert place in sysadmin.get(f"/accounts/{user.id}").text
    assert sysadmin.post(place, data={"reason": "手机丢失"}).status_code == 303
    db.session.refresh(user)
    assert user.totp_since is not None
    secadmin.post(f"/accounts/requests/{asked().id}", data={"decision": "agree"})
    db.session.refresh(user)
    kept = [user.totp_since, user.totp_secret, user.totp_step]
    assert kept == [None, None, None]
    assert client.get("/sign-ins").status_code == 302
    owner = app.test_client()
    give_password(owner, user)
    assert "had the second factor of" in owner.get("/").text


def told(app: Flask, user: User) -> str:
    """The first page after signing in."""
    client = app.test_client()
    give_password(client, user)
    return client.get("/").text


def test_who_gets_another_account_or_colleague_is_told(
    app: Flask, sysadmin: FlaskClient, secadmin: FlaskClient
) -> None:
    """An accomplice's account is tied to a person, whose file it then opens, and let go again."""
    person, clerk = make_staff(name="徐海燕", number="040109"), make_staff(number="040115")
    own = make_known(Role.STAFF, staff_id=person.id)
    other = make_known(Role.STAFF, name="clerk", staff_id=clerk.id)
    stranger = make_known(Role.STAFF, staff_id=make_staff().id)
    for one in (own, stranger):
        service.sign_in(one.name, PASSWORD, now=NOW)
    place = f"/accounts/{other.id}/role"
    for number in ("040109", "040115"):
        assert secadmin.post(place, data={"role": "staff", "person": number}).status_code == 303
    words = "安全管理员 set role or owner of the account clerk"
    assert words in told(app, own)
    assert words not in told(app, stranger), "staff are too many to be told of each other"
    client = app.test_client()
    give_password(client, own)
    assert "Role or owner of an account set · clerk" in client.get("/sign-ins").text


def test_the_personnel_office_is_told_of_a_new_account_of_its_own(
    app: Flask, sysadmin: FlaskClient, secadmin: FlaskClient
) -> None:
    officer, away = make_known(Role.HR), make_known(Role.HR, name="away", disabled_at=NOW)
    service.sign_in(officer.name, PASSWORD, now=NOW)
    sysadmin.post("/accounts/new", data={"name": "new.hand", "display_name": "赵新"})
    hand = db.session.scalars(select(User).where(User.name == "new.hand")).one()
    secadmin.post(f"/accounts/{hand.id}/role", data={"role": "hr"})
    secadmin.post(f"/accounts/{away.id}/enable", data={"reason": "回岗"})
    page = told(app, officer)
    assert "安全管理员 set role or owner of the account new.hand: 赵新" in page
    assert "安全管理员 enabled the account away again" in page


def test_two_accounts_of_one_administrator_do_not_agree_with_themselves() -> None:
    person = make_staff()
    maker = make_user(Role.SYSADMIN, staff_id=person.id)
    twin = make_user(Role.SECADMIN, staff_id=person.id)
    user = make_user(Role.HR)
    row = agreements.ask(maker.actor, user, RequestKind.LINK, "忘记密码", now=NOW)
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        agreements.decide(twin.actor, row.id, is_agreed=True, now=NOW)
    own = make_user(Role.SECADMIN, staff_id=make_staff().id)
    mine = make_user(Role.HR, staff_id=own.staff_id)
    row = agreements.ask(maker.actor, mine, RequestKind.LINK, "忘记密码", now=NOW)
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        agreements.decide(own.actor, row.id, is_agreed=True, now=NOW)


def test_a_request_holds_for_a_week() -> None:
    maker, guard = make_user(Role.SYSADMIN).actor, make_user(Role.SECADMIN).actor
    user = make_user(Role.HR)
    row = agreements.ask(maker, user, RequestKind.LINK, "忘记密码", now=NOW)
    with pytest.raises(DomainError, match="This request was decided, carried out or has"):
        agreements.decide(guard, row.id, is_agreed=True, now=NOW + timedelta(days=7))
    agreements.decide(guard, row.id, is_agreed=True, now=NOW)
    with pytest.raises(DomainError, match="takes the agreement of the security"):
        agreements.issue_link(user, actor=maker, now=NOW + timedelta(days=7))


def test_the_command_line_needs_no_agreement_and_is_told_all_the_same(app: Flask) -> None:
    user = make_known(Role.HR)
    service.sign_in(user.name, PASSWORD, now=NOW)
    agreements.issue_link(user, actor=SYSTEM, now=datetime.now(UTC))
    db.session.commit()
    done = app.test_cli_runner().invoke(args=["accounts", "reset-factor", user.name])
    assert done.exit_code == 0
    client = app.test_client()
    give_password(client, user)
    page = client.get("/").text
    assert "the command line gave out a link" in page
    assert "the command line had the second factor" in page


def test_an_account_is_tied_to_its_person_at_the_command_line_and_with_the_role(
    app: Flask, secadmin: FlaskClient
) -> None:
    user, staff = make_user(Role.HR), make_staff(number="040117")
    run = app.test_cli_runner().invoke
    assert run(args=["accounts", "person", user.name, "040117"]).exit_code == 0
    db.session.refresh(user)
    assert user.staff_id == staff.id
    assert run(args=["accounts", "person", user.name, "999"]).exit_code == 1
    place = f"/accounts/{user.id}/role"
    assert 'value="040117"' in secadmin.get(place).text
    wrong = secadmin.get(f"{place}?role=hr&organ=&section=&person=999")
    assert wrong.status_code == 422
    assert "no staff member with the number 999" in wrong.text
    assert "040117" in secadmin.get(f"{place}?role=hr&organ=&section=&person=040117").text
    data = {"role": "hr", "organ": "", "section": "", "person": ""}
    assert secadmin.post(place, data=data).status_code == 303
    db.session.refresh(user)
    assert user.staff_id is None
