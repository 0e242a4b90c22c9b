"""The mean of a group is printed too, so no hidden score follows from it and the others."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.org.models import Section
from evalsys.periods.models import Period
from evalsys.periods.rules import parse_period
from evalsys.policies.rules import PolicyRules
from evalsys.scores.disclosure import Extent
from evalsys.scores.models import MemberScore, SectionScore
from evalsys.scores.service import compute, freeze
from tests.factories import make_period, make_policy, make_ratings, make_section, make_staff
from tests.scores.test_queries import put_aside

pytestmark = pytest.mark.usefixtures("app")

RULES = PolicyRules()
NOW = datetime(2027, 1, 8, 2, tzinfo=UTC)
BEST, GOOD, MIDDLE, LOW = (5, 5, 5, 5), (4, 4, 4, 4), (3, 3, 3, 3), (1, 1, 1, 1)


class Town:
    """Six sections of one member each: a small group is the easiest to see through."""

    def __init__(self) -> None:
        self.policy = make_policy(RULES)
        for better in range(6):
            section = make_section()
            person = make_staff(section)
            levels = [BEST] * (20 + 3 * better) + [GOOD] * 11 + [MIDDLE] * 6
            ballots = make_ratings(person, section, levels)
            if better == 2:
                self.one, self.person, self.ballots = section, person, ballots

    def freeze(self, period: Period) -> dict[int, SectionScore]:
        with unit_of_work(SYSTEM) as unit:
            computed = compute(parse_period(period.code), RULES)
            result = freeze(unit, period, computed, now=NOW, reason="更正")
        query = select(SectionScore).where(SectionScore.result_id == result.id)
        return {row.section_id: row for row in db.session.scalars(query)}


def seen_through(rows: Sequence[SectionScore], hidden: Section) -> float:
    """What the printed mean says of one score, to whoever knows everything else of the group."""
    found = next(row for row in rows if row.group_mean is not None)
    assert found.group_mean is not None
    assert found.group_tau2 is not None
    weights = {row.section_id: 1 / (found.group_tau2 + (row.variance or 0)) for row in rows}
    others = [row for row in rows if row.section_id != hidden.id]
    rest = sum(weights[row.section_id] * rate(row) for row in others)
    return (float(found.group_mean) * sum(weights.values()) - rest) / weights[hidden.id]


def rate(row: SectionScore) -> float:
    assert row.rate is not None
    return float(row.rate)


def test_a_score_in_whole_points_is_no_finer_in_the_mean_of_its_group() -> None:
    town = Town()
    period = make_period("2026-Q3", town.policy)
    first = town.freeze(period)
    finer = seen_through([*first.values()], town.one)
    assert abs(finer - rate(first[town.one.id])) < 0.1, "an exact score may follow"
    put_aside(town.ballots[26])  # One of the GOOD ones: 89.52 of 100 is left.
    rows = town.freeze(period)
    row = rows[town.one.id]
    assert row.extent is Extent.WHOLE
    exact, whole = rate(row), float(round(rate(row)))
    assert abs(exact - whole) > 0.25
    assert abs(seen_through([*rows.values()], town.one) - whole) < 0.1
    assert row.theta is not None
    assert row.reliability is not None
    assert row.group_mean is not None
    own = row.group_mean + Decimal(str(row.reliability)) * (Decimal(str(exact)) - row.group_mean)
    assert abs(row.theta - own) < Decimal("0.011"), "the own score is adjusted as it is"


def test_a_score_that_is_not_printed_is_not_in_the_mean_of_its_group() -> None:
    town = Town()
    town.freeze(make_period("2026-Q3", town.policy))
    make_ratings(town.person, town.one, [LOW] * 3, base_period="2026-Q4")
    rows = town.freeze(make_period("2026-H2", town.policy))
    hidden = rows.pop(town.one.id)
    assert hidden.extent is Extent.NONE
    assert (hidden.group_mean, hidden.theta, hidden.rank) == (None, None, None)
    assert {row.group_size for row in rows.values()} == {5}
    for row in rows.values():
        again = seen_through([*rows.values()], db.session.get_one(Section, row.section_id))
        assert abs(again - rate(row)) < 0.1, "the mean follows from what is printed"
    members = select(MemberScore).where(MemberScore.extent == Extent.NONE)
    assert [(one.theta, one.group_mean) for one in db.session.scalars(members)] == [(None, None)]
