"""Whoever answers for a matter judges nothing of it by another account of theirs."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import duties_of
from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.cases.inbox.waiting import waits_for
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.objections.service import file_objection
from tests.factories import make_chief, make_staff, make_user
from tests.supervision.hotline.lists import CHOSEN, as_csv, name_columns, row, send
from tests.supervision.objections.office import CHANGED, CLOSED, GROUNDS, UPHELD, Objections
from tests.supervision.office import at
from tests.supervision.referrals.office import REASONED, Referrals

SignIn = Callable[[User], FlaskClient]
CHECKED: dict[str, Any] = {"asked_on": "2026-02-12", "answer": "satisfied"}
SIDES = ("handler", "chief")


@pytest.fixture(autouse=True)
def noon(app: Flask) -> Iterator[None]:
    with time_machine.travel(at(CLOSED, 12), tick=False):
        yield


def second_account(who: Actor, role: Role = Role.SUPERVISOR) -> User:
    """Another account of a person."""
    return make_user(role, staff_id=who.staff_id)


def waiting(actor: Actor) -> set[int]:
    return set(db.session.scalars(select(Subject.id).where(waits_for(actor, CLOSED))))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("move", "entry"),
    [
        ("close", {**CHECKED, "conclusion": "属实。"}),
        ("send_back", {**CHECKED, "missing": "仍未更换。"}),
    ],
)
def test_nobody_checks_their_own_answer(side: str, move: str, entry: dict[str, Any]) -> None:
    city = Objections()
    case = city.fed_back()
    own = second_account(getattr(city, side)).actor
    with pytest.raises(NotYourStep):
        city.take(own, case, move, **entry)
    assert case.id not in waiting(own)
    assert case.id in waiting(city.second)
    assert city.take(city.second, case, move, **entry).state != "fed_back"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("objector", ["chief", "head"])
@pytest.mark.parametrize(("move", "entry"), [("change", CHANGED), ("revoke", UPHELD)])
def test_nobody_excuses_their_own_lateness(
    side: str, objector: str, move: str, entry: dict[str, Any]
) -> None:
    city = Objections()
    matter = city.opened(city.concluded())
    case = file_objection(getattr(city, objector), matter, GROUNDS, now=at(CLOSED, 11))
    own = second_account(getattr(city, side)).actor
    with pytest.raises(NotYourStep):
        city.take(own, case, move, now=at(CLOSED, 12), **entry)
    assert case.id not in waiting(own)
    assert city.take(city.second, case, move, now=at(CLOSED, 12), **entry).state != "filed"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("move", ["send", "withdraw"])
def test_nobody_sends_or_stops_their_own_referral(side: str, move: str) -> None:
    city = Referrals()
    case = city.drafted()
    own = second_account(getattr(city, side)).actor
    with pytest.raises(NotYourStep):
        city.take(own, case, move, **REASONED)
    assert case.id not in waiting(own)
    assert city.take(city.second.actor, case, move, **REASONED).state != "drafted"


@pytest.mark.parametrize("side", SIDES)
def test_nobody_answers_their_own_referral_as_the_discipline_organ(side: str) -> None:
    city = Referrals()
    case = city.sent()
    own = second_account(getattr(city, side), Role.DISCIPLINE).actor
    with pytest.raises(NotYourStep):
        city.take(own, case, "receive", receiver="吴静")
    assert case.id not in waiting(own)
    city.take(city.watch.actor, case, "receive", receiver="吴静")
    for move in ("file_clue", "return_it", "open_none"):
        with pytest.raises(NotYourStep):
            city.take(own, case, move, **REASONED)
    assert city.take(city.watch.actor, case, "open_none", **REASONED).state == "no_case"


def test_who_led_the_section_meanwhile_is_recused_and_who_left_before_is_not() -> None:
    city = Objections()
    left, before = make_staff(city.beside), make_staff(city.beside)
    for staff, since, until in (
        (before, date(2025, 1, 1), date(2026, 1, 31)),
        (left, date(2026, 2, 1), date(2026, 2, 12)),
    ):
        make_chief(city.section, staff, started_on=since, ended_on=until)
    case = city.fed_back()
    with pytest.raises(NotYourStep):
        city.take(
            make_user(Role.SUPERVISOR, staff_id=left.id).actor,
            case,
            "close",
            **CHECKED,
            conclusion="属实。",
        )
    free = make_user(Role.SUPERVISOR, staff_id=before.id).actor
    assert city.take(free, case, "close", **CHECKED, conclusion="属实。").state == "closed"
    assert db.session.scalar(select(ChiefTerm.id).where(ChiefTerm.staff_id == left.id))


def test_the_office_keeps_what_it_opened_and_the_owner_their_own_steps() -> None:
    city = Objections()
    case = city.assigned()
    assert MatterDuty.OFFICE in duties_of(city.office, case, CLOSED)
    own = second_account(city.handler).actor
    assert duties_of(own, case, CLOSED) == {MatterDuty.HANDLER}
    assert city.take(city.chief, case, "sign").state == "handling"


@pytest.mark.parametrize("side", SIDES)
def test_the_page_of_their_own_matter_offers_no_check(side: str, sign_in: SignIn) -> None:
    city = Objections()
    case = city.fed_back()
    client = sign_in(second_account(getattr(city, side)))
    assert client.get(f"/matters/{case.id}/refer").status_code == 404
    page = client.get(f"/cases/{case.id}?lang=en")
    assert page.status_code == 200
    assert "Close the matter" not in page.text
    other = sign_in(second_account(city.chief_beside))
    assert "Check with the petitioner" in other.get(f"/cases/{case.id}?lang=en").text


@pytest.mark.parametrize("side", SIDES)
def test_nobody_enters_or_leaves_out_what_their_own_caller_says(side: str, sign_in: SignIn) -> None:
    city = Objections()
    other = sign_in(make_user(Role.SUPERVISOR))
    path = name_columns(other, send(other, as_csv([row("RX-1")])).location, CHOSEN).location
    other.post(f"{path}/write")
    db.session.rollback()
    ticket = db.session.scalars(select(HotlineTicket)).one()
    assert ticket.matter is not None
    city.take(city.office, ticket.matter, "accept")
    city.take(city.office, ticket.matter, "assign", **city.assignment())
    own, page = sign_in(second_account(getattr(city, side))), f"/hotline/{ticket.id}"
    call = {"called_on": "2026-02-11", "reached": "yes", "in_limit": "yes", "solved": "yes"}
    sent = {"call": call, "leave-out": {"reason": "恶意拨打"}}
    for name, data in sent.items():
        assert f"{page}/{name}" not in own.get(page).text
        assert own.get(f"{page}/{name}").status_code == 403
        assert own.post(f"{page}/{name}", data=data).status_code == 403
        assert f"{page}/{name}" in other.get(page).text
        assert other.post(f"{page}/{name}", data=data).status_code == 303
    again = {"reason": "查实不属恶意拨打"}
    assert own.post(f"{page}/count-again", data=again).status_code == 403
    assert other.post(f"{page}/count-again", data=again).status_code == 303
