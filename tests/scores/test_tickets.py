"""What was asked for and handled on each seat, read from the tallies (F13)."""

from datetime import date

import pytest
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.models import COMMAND_LINE, IssuingTally
from evalsys.results.closing.correction import Cause, compare_with
from evalsys.results.closing.service import close_period
from evalsys.scores.models import MemberScore
from evalsys.scores.seats import Issued
from evalsys.scores.service import check_result
from evalsys.scores.tickets import beside_ballots
from tests.factories import compute, make_section, make_staff, save
from tests.results.closing.city import CODE, NOW, TODAY, make_city

SPAN = parse_period(CODE)
MONDAY, TUESDAY, BEFORE = date(2026, 8, 3), date(2026, 8, 4), date(2026, 6, 30)


def give(day: date, seat: tuple[int, int], tickets: int, *, by: int = 1, invited: int = 0) -> None:
    place = {"served_on": day, "section_id": seat[0], "staff_id": seat[1], "issuer_id": by}
    save(IssuingTally(**place, tickets=tickets, invitations=invited, for_colleagues=0))


def serve(day: date, seat: tuple[int, int], services: int) -> None:
    place = {"served_on": day, "section_id": seat[0], "staff_id": seat[1]}
    save(ServicesHandled(**place, services=services, entered_on=day))


@pytest.mark.usefixtures("app")
def test_days_without_a_number_of_services_are_on_neither_side() -> None:
    section = make_section()
    clerk, other, idle = ((section.id, make_staff(section).id) for _ in range(3))
    give(MONDAY, clerk, 4, invited=2)
    give(MONDAY, clerk, 3, by=COMMAND_LINE)
    serve(MONDAY, clerk, 9)
    give(TUESDAY, clerk, 5)
    give(BEFORE, clerk, 50)
    serve(BEFORE, clerk, 50)
    give(TUESDAY, other, 6)
    serve(TUESDAY, idle, 8)
    assert beside_ballots(SPAN, [CODE]).issued == {
        clerk: Issued(14, 7, 9),
        other: Issued(6, 0, None),
        idle: Issued(0, 0, 8),
    }


@pytest.mark.usefixtures("app")
def test_a_number_entered_after_the_closing_is_a_cause_of_a_correction() -> None:
    low, _high = make_city()
    result = close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    check_result(result)
    seats = select(MemberScore.staff_id).where(MemberScore.section_id == low.id)
    serve(MONDAY, (low.id, db.session.scalars(seats.limit(1)).one()), 12)
    rules = PolicyRules.from_json(result.policy.rules)
    difference = compare_with(result, compute(SPAN, rules))
    assert dict(difference.causes) == {Cause.TICKETS: 1}
