"""The mean of a group is printed too, so no hidden score follows from it and the others."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import sqrt
from statistics import mean

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.models import MemberScore, SectionScore
from evalsys.scores.rules.disclosure import EXACT, Extent
from evalsys.scores.rules.shrinkage import shrink
from evalsys.scores.service import freeze
from tests.factories import (
    compute,
    make_period,
    make_policy,
    make_ratings,
    make_section,
    make_staff,
    make_user,
)
from tests.scores.test_queries import put_aside

pytestmark = pytest.mark.usefixtures("app")

RULES = PolicyRules()
NOW = datetime(2027, 1, 8, 2, tzinfo=UTC)
BEST, GOOD, MIDDLE, LOW = (5, 5, 5, 5), (4, 4, 4, 4), (3, 3, 3, 3), (1, 1, 1, 1)


Levels = tuple[int, ...]


class Town:
    """Six sections of one member each: a small group is the easiest to see through."""

    def __init__(self, times: int = 1) -> None:
        self.policy = make_policy(RULES)
        self.levels: dict[int, Sequence[Levels]] = {}
        for better in range(6):
            self.one, self.person, self.ballots = self.add(
                times * (20 + 3 * better), times * 11, times * 6
            )
            if better == 2:
                found = self.one, self.person, self.ballots
        self.one, self.person, self.ballots = found

    def add(self, best: int, good: int, middle: int) -> tuple[Section, Staff, list[bytes]]:
        section = make_section()
        person = make_staff(section)
        levels = [BEST] * best + [GOOD] * good + [MIDDLE] * middle
        self.levels[section.id] = levels
        return section, person, make_ratings(person, section, levels)

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


def spread_of(rows: Sequence[SectionScore]) -> float:
    """Work out s2 of F6 from a section that prints its V and its ballots."""
    found = next(row for row in rows if row.extent in EXACT)
    assert found.variance is not None
    return found.variance * found.ballots


def scatter(people: Sequence[Sequence[Levels]]) -> float:
    """Pool the variance within some people: s2."""
    points = [[20.0 * sum(levels) / len(levels) for levels in own] for own in people]
    within = sum(sum((b - mean(own)) ** 2 for b in own) for own in points)
    return within / sum(len(own) - 1 for own in points)


def test_the_printed_spread_of_others_does_not_tell_a_ballot_that_was_set_aside() -> None:
    town = Town()
    period = make_period("2026-Q3", town.policy)
    first = town.freeze(period)
    before, freedom = spread_of([*first.values()]), sum(row.ballots - 1 for row in first.values())
    put_aside(town.ballots[-1])  # One of the MIDDLE ones: 60.
    rows = town.freeze(period)
    old = first[town.one.id]
    gone = before * freedom - spread_of([*rows.values()]) * (freedom - 1)
    distance = sqrt(max(gone, 0) * (old.ballots - 1) / old.ballots)
    assert abs(distance - abs(rate(old) - 60)) > 5, "it was 60"
    others = [town.levels[key] for key in town.levels if key != town.one.id]
    assert spread_of([*rows.values()]) == pytest.approx(scatter(others), rel=1e-9)


def test_ballots_below_the_minimum_are_not_in_the_printed_spread() -> None:
    town = Town()
    small = make_section()
    ballots = make_ratings(make_staff(small), small, [BEST, BEST, LOW])
    period = make_period("2026-Q3", town.policy)
    first = town.freeze(period)
    put_aside(ballots[-1])
    rows = town.freeze(period)
    told = [spread_of([*found.values()]) for found in (first, rows)]
    assert told == pytest.approx([scatter([*town.levels.values()])] * 2, rel=1e-9)


def test_the_mean_of_a_group_does_not_tell_how_many_ballots_a_coarse_score_has() -> None:
    town = Town(times=9)
    period = make_period("2026-Q3", town.policy)
    town.freeze(period)
    put_aside(town.ballots[300])
    rows = town.freeze(period)
    row = rows.pop(town.one.id)
    assert row.extent is Extent.WHOLE
    assert row.group_tau2
    spread = spread_of([*rows.values()])
    fits = [n for n in range(10, 800) if fits_with(row, [*rows.values()], spread / n)]
    assert row.ballots not in fits or len(fits) > 10


def fits_with(coarse: SectionScore, exact: Sequence[SectionScore], variance: float) -> bool:
    """Tell whether a variance of the coarse row gives the printed tau2 and mean of its group."""
    units = [(rate(row), row.variance or 0) for row in exact]
    found = shrink([*units, (float(round(rate(coarse))), variance)])
    assert found is not None
    tau2, mean = coarse.group_tau2 or 0, float(coarse.group_mean or 0)
    return abs(found.tau2 - tau2) < 0.0001 and abs(found.mu - mean) < 0.01


def test_a_coarse_score_has_the_place_of_what_is_printed_of_it() -> None:
    town = Town()
    near, *_ = town.add(16, 17, 0)  # 89.70
    period = make_period("2026-Q3", town.policy)
    town.freeze(period)
    put_aside(town.ballots[26])
    rows = town.freeze(period)
    coarse = rows[town.one.id]
    assert round(rate(coarse)) == 90 > rate(rows[near.id]) > rate(coarse)
    assert coarse.band_rank is not None
    assert coarse.band_rank < (rows[near.id].band_rank or 0)
    thetas = {key: rows[key].theta or Decimal(0) for key in rows}
    shown = thetas | {town.one.id: Decimal(round(thetas[town.one.id]))}
    for key, row in rows.items():
        assert row.rank == 1 + sum(other > shown[key] for other in shown.values())


def test_the_order_of_the_ranking_tells_no_more_than_its_figures(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    town = Town()
    near, *_ = town.add(16, 17, 0)  # 89.70: above 89.52, and below what is printed of it, 90.
    period = make_period("2026-Q3", town.policy, state=PeriodState.CLOSED, closed_at=NOW)
    town.freeze(period)
    put_aside(town.ballots[26])
    town.freeze(period)
    client = sign_in(make_user(Role.HR))
    for sort in ("rate", "total", "theta"):
        page = client.get(f"/ranking?period=2026-Q3&sort=-{sort}").text
        codes = re.findall(r"/sections/(\w+)/2026-Q3", page)
        assert codes.index(town.one.code) < codes.index(near.code), sort
