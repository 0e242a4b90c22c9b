"""A ticket that came back twice: who answered for its first matter judges none of the later."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.models import Subject
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.objections.service import file_objection
from evalsys.supervision.referrals.service import draft_by_hand
from tests.factories import make_staff, make_user
from tests.supervision.objections.office import CLOSED, GROUNDS, Objections
from tests.supervision.office import at

SignIn = Callable[[User], FlaskClient]
CLOSING: dict[str, Any] = {"asked_on": "2026-02-12", "answer": "satisfied", "conclusion": "属实。"}
SIDES = ("handler", "leader")


@pytest.fixture
def city(app: Flask) -> Iterator[Objections]:
    with time_machine.travel(at(CLOSED, 12), tick=False):
        yield Objections()


def elsewhere(city: Objections) -> dict[str, Any]:
    """An assignment to a section whose people had nothing to do with the first matter."""
    return city.assignment(section="SP02", handler=make_staff(city.beside).number)


def third(city: Objections) -> Subject:
    """The third matter of a ticket: the first was of one section, the second of another."""
    city.take(city.second, city.fed_back(), "close", **CLOSING)
    second = city.taken_in(follows=True)
    city.take(city.office, second, "accept")
    city.take(city.office, second, "assign", **elsewhere(city))
    city.take(city.chief_beside, second, "sign")
    city.take(city.chief_beside, second, "feed_back", result="已补齐。", reply="已办结。")
    city.take(city.office, second, "close", **CLOSING)
    last = city.taken_in(follows=True)
    assert last.origin_id == second.id
    return last


def own_account(city: Objections, side: str) -> User:
    """The account in the supervision office of somebody who answered for the first matter."""
    return make_user(Role.SUPERVISOR, staff_id=getattr(city, side).staff_id)


def offered(client: FlaskClient, case: Subject, step: str) -> bool:
    """Whether a step has a page; one that has none is not taken either."""
    path = f"/cases/{case.id}/step/{step}"
    is_there = client.get(path).status_code == 200
    assert (client.post(path, data={}).status_code != 404) is is_there
    return is_there


@pytest.mark.parametrize("side", SIDES)
def test_who_answered_for_the_first_takes_no_step_in_the_third(
    city: Objections, sign_in: SignIn, side: str
) -> None:
    case = third(city)
    own = own_account(city, side)
    mine, other = sign_in(own), sign_in(make_user(Role.SUPERVISOR))
    assert not offered(mine, case, "accept")
    assert own.id not in {user.id for user in holders(case, MatterDuty.OFFICE, CLOSED)}
    assert offered(other, case, "accept")
    if case.state == "taken_in":
        city.take(city.office, case, "accept")
    assert not offered(mine, case, "assign")
    assert offered(other, case, "assign")
    city.take(city.office, case, "assign", **elsewhere(city))
    city.take(city.chief_beside, case, "sign")
    city.take(city.chief_beside, case, "feed_back", result="已补齐。", reply="已办结。")
    assert not offered(mine, case, "check")
    assert offered(other, case, "check")
    city.take(city.second, case, "close", **CLOSING)


@pytest.mark.parametrize("side", SIDES)
def test_nor_in_its_referral(city: Objections, sign_in: SignIn, side: str) -> None:
    case = third(city)
    city.take(city.office, case, "accept")
    city.take(city.office, case, "assign", **elsewhere(city))
    referral = draft_by_hand(city.office, case, now=at(CLOSED, 12))
    own = own_account(city, side)
    path = f"/cases/{referral.id}/step/send"
    assert sign_in(own).get(path).status_code == 404
    assert sign_in(make_user(Role.SUPERVISOR)).get(path).status_code == 200


def test_who_checked_the_first_decides_on_no_objection_to_the_third(
    city: Objections, sign_in: SignIn
) -> None:
    case = third(city)  # Its first matter was checked by `second`, the one after it by `office`.
    free = [make_user(Role.SUPERVISOR) for _ in range(2)]
    city.take(free[0].actor, case, "accept")
    city.take(free[0].actor, case, "assign", **city.assignment())
    city.take(city.handler, case, "sign")
    city.take(city.handler, case, "feed_back", result="已补齐。", reply="已办结。")
    city.take(free[0].actor, case, "close", **CLOSING)
    objection = file_objection(city.chief, city.opened(case), GROUNDS, now=at(CLOSED, 12))
    path = f"/cases/{objection.id}/step/review"
    for checked in (city.second, city.office, free[0].actor):
        account = city.user(checked.user_id)
        assert sign_in(account).get(path).status_code == 404
        assert account.id not in {one.id for one in holders(objection, MatterDuty.OFFICE, CLOSED)}
    assert sign_in(free[1]).get(path).status_code == 200
