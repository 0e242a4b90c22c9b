"""The four-eyes rule, and its use by every step that needs it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.queries import get_user
from evalsys.foundation.accounts.second_person import (
    accounts_of,
    check_second_person,
    is_second_person,
)
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.service import draft_policy
from evalsys.ratings.tickets.limits import VALID
from tests.factories import make_staff, make_user, with_limits

pytestmark = pytest.mark.usefixtures("app")
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
SignIn = Callable[[User], FlaskClient]


def test_two_accounts_of_one_person_are_one_person() -> None:
    person = make_staff()
    first, twin = (make_user(Role.HR, staff_id=person.id) for _ in range(2))
    other = make_user(Role.HR, staff_id=make_staff().id)
    assert not is_second_person(first.actor, first.id)
    assert not is_second_person(twin.actor, first.id)
    assert is_second_person(other.actor, first.id)
    assert not is_second_person(twin.actor, other.id, first.id), "every earlier step counts"
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        check_second_person(twin.actor, first.id)
    assert set(db.session.scalars(accounts_of(first.id))) == {first.id, twin.id}


def test_an_account_without_a_person_is_itself() -> None:
    first, second = make_user(Role.HR), make_user(Role.HR)
    assert is_second_person(second.actor, first.id)
    assert not is_second_person(first.actor, first.id)
    assert set(db.session.scalars(accounts_of(first.id))) == {first.id}


@pytest.mark.parametrize("name", ["王丽", "王 丽", "王\u3000丽", "王\xa0丽", "王\u200b丽"])
def test_one_name_is_one_person_while_nobody_knows_whose_it_is(name: str) -> None:
    known = make_user(Role.HR, display_name="王丽", staff_id=make_staff().id)
    unknown = make_user(Role.HR, display_name=name)
    assert not is_second_person(unknown.actor, known.id)
    assert not is_second_person(known.actor, unknown.id)
    namesake = make_user(Role.HR, display_name="王丽", staff_id=make_staff().id)
    assert is_second_person(namesake.actor, known.id), "two known persons of one name"
    assert set(db.session.scalars(accounts_of(known.id))) == {known.id, unknown.id}
    assert set(db.session.scalars(accounts_of(unknown.id))) == {known.id, unknown.id, namesake.id}


def test_the_system_is_never_a_second_person_and_nobody_stands_behind_its_steps() -> None:
    user = make_user(Role.HR)
    assert not is_second_person(SYSTEM, user.id)
    assert is_second_person(user.actor, None)


def make_draft(officer: User) -> Policy:
    with unit_of_work(officer.actor) as unit:
        return draft_policy(unit, with_limits({VALID: 7}), reason="市政府令第9号", now=NOW)


def test_adopting_a_policy_takes_a_second_person(sign_in: SignIn) -> None:
    person = make_staff()
    officer = make_user(Role.HR, staff_id=person.id, display_name="周敏")
    twin = make_user(Role.HR, staff_id=person.id, display_name="周敏")
    other = make_user(Role.HR, display_name="孙丽")
    page = f"/policies/{make_draft(officer).version}/adopt"
    for account in (officer, twin):
        client = sign_in(account)
        text = client.get(page).text
        assert "another one of the city" in text
        assert "Agree and adopt" not in text
        answer = client.post(page)
        assert answer.status_code == 403
        assert "two persons" in answer.text
    client = sign_in(other)
    assert "周敏 · " in client.get(page).text
    assert client.post(page).status_code == 303
    db.session.rollback()
    policy = db.session.scalars(select(Policy)).one()
    assert (policy.state, policy.adopted_by) == (PolicyState.ADOPTED, other.id)


def test_no_spelling_of_a_name_makes_a_second_person(sign_in: SignIn) -> None:
    """The two accounts come by the page: one of the roster, one typed with a blank as in print."""
    person = make_staff(name="王丽", number="040777")
    creator, granter = sign_in(make_user(Role.SYSADMIN)), sign_in(make_user(Role.SECADMIN))
    typed = {"040777": "人事一", "wl2": "王\u3000丽"}
    for name, words in typed.items():
        assert creator.post("/accounts/new", data={"name": name, "display_name": words}).text
    own, other = (db.session.scalars(select(User).where(User.name == name)).one() for name in typed)
    assert (own.staff_id, own.display_name) == (person.id, "王丽")  # Whatever was typed.
    for user in (own, other):
        answer = granter.post(f"/accounts/{user.id}/role", data={"role": "hr", "person": ""})
        assert answer.status_code == 303
    granter.post(f"/accounts/{own.id}/role", data={"role": "hr", "person": "040777"})
    db.session.expire_all()
    draft = make_draft(own)
    adopting = sign_in(other).post(f"/policies/{draft.version}/adopt")
    assert (adopting.status_code, draft.state) == (403, PolicyState.DRAFT)


def test_nobody_grants_a_role_to_a_second_account_of_their_own(sign_in: SignIn) -> None:
    person = make_staff()
    secadmin = make_user(Role.SECADMIN, staff_id=person.id)
    own = make_user(Role.CITIZEN, staff_id=person.id)
    client = sign_in(secadmin)
    answer = client.post(f"/accounts/{own.id}/role", data={"role": "hr", "organ": ""})
    assert answer.status_code == 409
    db.session.rollback()
    assert db.session.get_one(User, own.id).role is Role.CITIZEN


@pytest.mark.parametrize("typed", ["王　丽", " 王\u200b丽 ", "王\u00a0丽"])
def test_a_name_typed_with_other_signs_is_still_one_name(app: Flask, typed: str) -> None:
    known = make_user(Role.HR, display_name="王丽", staff_id=make_staff().id)
    command = ["accounts", "create", "second", "--role", "hr", "--display-name", typed]
    assert app.test_cli_runner().invoke(args=command).exit_code == 0
    second = get_user("second")
    assert second.display_name == "王丽"
    assert not is_second_person(second.actor, known.id)
    assert not is_second_person(known.actor, second.id)
