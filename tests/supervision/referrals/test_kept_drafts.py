"""Before a referral is sent, nobody whom it is about knows of it by any account of theirs."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.parties import name_party
from evalsys.cases.inbox.messages import count_unread
from evalsys.cases.notices.digests import find_digest
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.referrals.service import draft_by_hand
from tests.factories import make_staff, make_user
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, Referrals

SignIn = Callable[[User], FlaskClient]
SIDES = ("handler", "chief", "leader")


@pytest.fixture
def city(app: Flask) -> Iterator[Referrals]:
    with time_machine.travel(NOW, tick=False):
        yield Referrals()


def places(client: FlaskClient, city: Referrals, case: Subject) -> set[str]:
    """Where an account finds a referral: its page, the list of them, the page of the matter."""
    link = f'href="/cases/{case.id}"'
    pages = {
        "list": "/cases?kind=referral&which=all",
        "search": f"/cases?which=all&q={case.number}",
        "matter": f"/cases/{city.matter.id}",
        "start": "/",
    }
    answers = {name: client.get(path) for name, path in pages.items()}
    assert {one.status_code for one in answers.values()} == {200}
    found = {name for name, answer in answers.items() if link in answer.text}
    return found | ({"page"} if client.get(f"/cases/{case.id}").status_code == 200 else set())


@pytest.mark.parametrize("side", SIDES)
def test_a_draft_is_kept_from_them_until_it_is_sent(
    city: Referrals, sign_in: SignIn, side: str
) -> None:
    case = city.drafted()
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=getattr(city, side).staff_id))
    colleague = sign_in(city.second)
    assert places(own, city, case) == set()
    assert {"page", "list", "matter"} <= places(colleague, city, case)
    city.take(city.office, case, "send", **REASONED)
    assert {"page", "list", "matter"} <= places(own, city, case)


def test_one_that_was_taken_back_stays_unknown_to_them(city: Referrals, sign_in: SignIn) -> None:
    case = city.take(city.office, city.drafted(), "withdraw", reasons="已办结。")
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=city.handler.staff_id))
    assert places(own, city, case) == set()
    assert {"page", "list", "matter"} <= places(sign_in(city.second), city, case)


def test_who_drafted_one_sees_it_by_each_of_their_accounts(
    city: Referrals, sign_in: SignIn
) -> None:
    person = make_staff(city.section)
    own, other = (make_user(Role.SUPERVISOR, staff_id=person.id) for _ in range(2))
    case = draft_by_hand(own.actor, city.matter, now=NOW)
    db.session.commit()
    for account in (own, other):
        assert {"page", "list", "matter"} <= places(sign_in(account), city, case)


def test_a_message_of_a_draft_goes_once_its_reader_answers_for_the_matter(
    city: Referrals, sign_in: SignIn
) -> None:
    person = make_staff(city.beside)
    own = make_user(Role.SUPERVISOR, staff_id=person.id, mail_address="own@example.org")
    case = city.drafted()
    assert case.number in sign_in(own).get("/?show=messages").text
    assert find_digest(own.id, on=local_day(NOW)) is not None
    unread = count_unread(own.actor)
    name_party(city.matter, MatterDuty.HANDLER, person)
    db.session.commit()
    assert case.number not in sign_in(own).get("/?show=messages").text
    told = find_digest(own.id, on=local_day(NOW))
    assert told is None or case.number not in {line.number for line in told.lines}
    assert count_unread(own.actor) == unread - 1


def test_a_message_of_what_is_no_longer_theirs_says_so_instead_of_leading_nowhere(
    city: Referrals, sign_in: SignIn
) -> None:
    chief = db.session.get_one(User, city.chief.user_id)
    link = f'href="/cases/{city.matter.id}"'
    assert link in sign_in(chief).get("/?show=messages").text
    term = db.session.scalars(select(ChiefTerm).filter_by(staff_id=chief.staff_id)).one()
    term.ended_on = local_day(NOW) - timedelta(days=1)
    db.session.commit()
    page = sign_in(chief).get("/?show=messages&lang=en")
    assert link not in page.text
    assert "you cannot open it any more" in page.text
