"""A hold over periods that share ballots, and whoever was measured in its period."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.cases.engine.service import take_step
from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.queries import get_period
from evalsys.results.closing.models import ProposalKind
from evalsys.results.closing.service import close_period, correct
from evalsys.supervision.holds.queries import blocked_in
from tests.factories import (
    make_chief,
    make_leader,
    make_period,
    make_posting,
    make_staff,
    make_user,
)
from tests.results.closing.city import CODE, NOW, TODAY, make_city
from tests.results.holds.test_holds import (
    REASONS,
    chief_of,
    give_too_many,
    hold_of,
    office,
    proposed,
)

SignIn = Callable[[User], FlaskClient]
HALF, LATER, ENDED = "2026-H2", date(2027, 1, 20), date(2026, 9, 30)

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def low(app: Flask) -> Section:
    """A section far below in a quarter and in its half-year, both with a sign."""
    low, _high = make_city()
    give_too_many(low, chief_of(low))
    make_period(HALF, policy=get_period(CODE).policy)
    return low


@pytest.fixture
def holds(low: Section) -> list[Subject]:
    """The holds of the section: of the quarter, then of the half-year."""
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    close_period(SYSTEM, HALF, now=NOW, on=LATER)
    query = select(Subject).where(Subject.kind == "anomaly", Subject.section_id == low.id)
    return list(db.session.scalars(query.order_by(Subject.id)))


@pytest.mark.parametrize("first", [0, 1])
def test_a_hold_of_either_period_holds_both_back(
    low: Section, holds: list[Subject], first: int
) -> None:
    one, other = holds[first], holds[1 - first]
    take_step(office(), one.id, "clear", REASONS, now=NOW)
    assert proposed(low) == []
    assert low.id in blocked_in(get_period(CODE).id) & blocked_in(get_period(HALF).id)
    take_step(office(), other.id, "clear", REASONS, now=NOW)
    assert proposed(low) == [ProposalKind.INTERVIEW] * 2


def test_what_was_proposed_before_a_hold_is_not_proposed_again(low: Section) -> None:
    period = get_period(CODE)
    period.policy.rules = {**period.policy.rules, "holds": False}
    db.session.commit()
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    assert proposed(low) == [ProposalKind.INTERVIEW]
    period.policy.rules = {**period.policy.rules, "holds": True}
    db.session.commit()
    close_period(SYSTEM, HALF, now=NOW + timedelta(days=90), on=LATER)
    assert proposed(low) == [ProposalKind.INTERVIEW]
    take_step(office(), hold_of(low).id, "clear", REASONS, now=NOW + timedelta(days=91))
    assert proposed(low) == [ProposalKind.INTERVIEW] * 2


@pytest.mark.parametrize("who", ["member", "chief", "leader", "head", "namesake"])
def test_whoever_was_measured_in_the_period_judges_nothing(low: Section, who: str) -> None:
    """All of them left the section before the hold was opened."""
    if who == "head":
        leader = make_user(Role.LEADER, organ_id=low.organ_id, display_name="郑文远")
        leader.disabled_at = datetime.combine(ENDED, time(8), UTC)
        actor = office(display_name="郑文远")
    else:
        person = make_staff(name="郑文远")
        if who in {"member", "namesake"}:
            make_posting(person, low, started_on=date(2026, 7, 1), ended_on=ENDED)
        elif who == "chief":
            make_chief(low, person, started_on=date(2019, 1, 1), ended_on=date(2026, 7, 20))
        else:
            make_leader(low, person, started_on=date(2026, 7, 1), ended_on=ENDED)
        mine = {"display_name": "郑文远"} if who == "namesake" else {"staff_id": person.id}
        actor = office(**mine)
    db.session.commit()
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    for name in ("clear", "confirm"):
        with pytest.raises((NotYourStep, NotFound)):
            take_step(actor, hold_of(low).id, name, REASONS, now=NOW)


def test_whoever_is_measured_does_not_see_it_by_another_account(
    low: Section, sign_in: SignIn
) -> None:
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    address = f"/cases/{hold_of(low).id}"
    mine = make_user(Role.SUPERVISOR, staff_id=chief_of(low).id)
    assert sign_in(mine).get(address).status_code == 404
    assert sign_in(make_user(Role.SUPERVISOR)).get(address).status_code == 200


def test_a_correction_in_between_takes_nobody_the_void(low: Section) -> None:
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    case = hold_of(low)
    one, other = office(), office()
    take_step(one, case.id, "confirm", REASONS, now=NOW)
    correct(SYSTEM, CODE, "核对", now=NOW)
    asked = {"staff": chief_of(low).number, "reasons": "评价单多于办件。"}
    take_step(one, case.id, "propose_void", asked, now=NOW)
    take_step(other, case.id, "void", REASONS, now=NOW)
    assert case.state == "voided"
    assert correct(SYSTEM, CODE, "按核查结论作废", now=NOW).version == 3
