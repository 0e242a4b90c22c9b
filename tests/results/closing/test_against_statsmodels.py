"""A closing of 14 sections against an independent computation by numpy and statsmodels.

The ratings are made up by seed, in the shape of real course ratings: a few hundred people of very
different popularity, from two ballots to many, some of whom change their section.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from statistics import NormalDist

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select
from statsmodels.stats.meta_analysis import combine_effects

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Posting
from evalsys.organisation.periods.service import open_period
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.history.plan import ImportPlan, PastRating
from evalsys.ratings.history.service import import_ratings
from evalsys.results.closing.service import close_period
from evalsys.scores.models import MemberScore, SectionScore

SECTIONS, PEOPLE, SEED = 14, 300, 20261124
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
DAYS = (LAST - FIRST).days + 1
NOW = datetime(2026, 7, 20, 2, tzinfo=UTC)
Key = tuple[str, str]  # section, staff number


def past_ratings() -> Iterator[PastRating]:
    """Ratings of the half-year and of the quarter before it."""
    dice = Random(SEED)  # noqa: S311
    row = 1
    for nth in range(PEOPLE):
        home, other = f"D{1 + nth % SECTIONS:02}", f"D{1 + dice.randrange(SECTIONS):02}"
        lowest = 2 if home in {"D03", "D04"} else 9  # Sections that are hardly rated.
        number = dice.choice((lowest, 12, 25, 60, 120))
        mean = 3.3 + 0.08 * (nth % SECTIONS) + dice.gauss(0, 0.4)
        moves = dice.random() < 0.1
        for _ in range(number):
            row += 1
            day = date(2025, 10, 1) + timedelta(dice.randrange(273))
            section = other if moves and day.month in {2, 5, 6} else home
            yield PastRating(
                row,
                "ETH",
                section,
                f"L{nth:04}",
                day,
                RaterGroup.RECIPIENT,
                None,
                Channel.IMPORT,
                (
                    some_level(dice, mean),
                    some_level(dice, mean),
                    None,
                    nearest_level(dice.gauss(mean, 1)),
                ),
            )


def some_level(dice: Random, mean: float) -> int | None:
    return nearest_level(dice.gauss(mean, 1)) if dice.random() < 0.7 else None


def nearest_level(value: float) -> int:
    return min(5, max(1, round(value)))


def hundredths(value: Decimal | float) -> Decimal:
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Section:
    """What we find for a section, with plain arithmetic from the rows of the file."""

    seats: list[tuple[str, int, list[Decimal]]] = field(default_factory=list)  # who, days, ballots

    @property
    def scored(self) -> list[tuple[Decimal, int, int]]:
        """Score, days and ballots of everybody with ten ballots."""
        return [
            (hundredths(sum(ballots, Decimal(0)) / len(ballots)), days, len(ballots))
            for _, days, ballots in self.seats
            if len(ballots) >= 10
        ]

    @property
    def total(self) -> Decimal:
        return sum((hundredths(m * days / DAYS) for m, days, _ in self.scored), Decimal(0))

    @property
    def maximum(self) -> Decimal:
        return sum(
            (hundredths(Decimal(100 * days) / DAYS) for _, days, _ in self.scored), Decimal(0)
        )

    @property
    def rate(self) -> Decimal:
        return hundredths(100 * self.total / self.maximum)

    @property
    def coverage(self) -> Decimal:
        days = sum(days for _, days, _ in self.seats)
        return hundredths(Decimal(100 * sum(days for _, days, _ in self.scored)) / days)

    @property
    def ballots(self) -> int:
        return sum(n for _, _, n in self.scored)

    @property
    def is_comparable(self) -> bool:
        return self.coverage >= 60 and self.ballots >= 30

    def variance(self, s2: float) -> float:
        days = np.array([days for _, days, _ in self.scored])
        numbers = np.array([n for _, _, n in self.scored])
        return float(np.sum((days / days.sum()) ** 2 * s2 / numbers))


def work_out() -> tuple[dict[str, Section], float]:
    """Return the sections by code, and s2 of F6 over all members."""
    ballots: dict[Key, list[Decimal]] = defaultdict(list)
    for row in past_ratings():
        if FIRST <= row.served_on <= LAST:
            answered = [level for level in row.levels if level is not None]
            points = hundredths(Decimal(20 * sum(answered)) / len(answered))
            ballots[row.section, row.staff].append(points)
    served: dict[Key, set[date]] = defaultdict(set)
    half_year = {FIRST + timedelta(n) for n in range(DAYS)}
    for posting in db.session.scalars(select(Posting)):
        end = posting.ended_on or LAST
        days = {day for day in half_year if posting.started_on <= day <= end}
        if days:
            served[posting.section.code, posting.staff.number] |= days
    assert ballots.keys() <= served.keys(), "each rating has a seat"
    few = {key for key, own in ballots.items() if len(own) < 3}  # All of one rater group.
    assert few, "some groups are too thin to weigh in"
    for key in few:
        del ballots[key]
    sections: dict[str, Section] = defaultdict(Section)
    for (code, who), days in sorted(served.items()):
        sections[code].seats.append((who, len(days), ballots.get((code, who), [])))
    groups = [np.array(own, dtype=float) for own in ballots.values() if len(own) >= 10]
    scatter = sum(float(((own - own.mean()) ** 2).sum()) for own in groups)
    return dict(sections), scatter / sum(len(own) - 1 for own in groups)


@pytest.fixture
def closed(app: Flask) -> dict[str, SectionScore]:
    """The frozen scores of the half-year, by section."""
    plan = ImportPlan("past.csv", create_org=True)
    import_ratings(SYSTEM, past_ratings(), plan, on=date(2026, 7, 20))
    with unit_of_work(SYSTEM) as unit:
        open_period(unit, "2026-H1", now=NOW)
    close_period(SYSTEM, "2026-H1", now=NOW, on=date(2026, 7, 20))
    return {row.section.code: row for row in db.session.scalars(select(SectionScore))}


def test_scores_and_ranks_of_sections_agree_with_an_independent_computation(
    closed: dict[str, SectionScore],
) -> None:
    sections, s2 = work_out()
    assert closed.keys() == sections.keys()
    assert len(sections) == SECTIONS
    for code, ours in closed.items():
        theirs = sections[code]
        assert (ours.total, ours.maximum) == (theirs.total, theirs.maximum)
        assert (ours.rate, ours.coverage) == (theirs.rate, theirs.coverage)
        assert (ours.ballots, ours.members) == (theirs.ballots, len(theirs.seats))
        assert ours.is_comparable is theirs.is_comparable
        assert ours.variance == pytest.approx(theirs.variance(s2), rel=1e-9)
    compared = sorted(code for code, section in sections.items() if section.is_comparable)
    assert 5 <= len(compared) < SECTIONS, "some are left out"
    y = np.array([float(sections[code].rate) for code in compared])
    v = np.array([sections[code].variance(s2) for code in compared])
    check_ranking([closed[code] for code in compared], y, v)
    assert all(closed[code].rank is None for code in sections.keys() - set(compared))


def published(y: float, reliability: float, mu: float) -> Decimal:
    """F7 from what is printed: y and mu to the hundredth, lambda to the thousandth."""
    mean, weight = hundredths(mu), Decimal(f"{reliability:.3f}")
    return hundredths(mean + weight * (Decimal(f"{y:.2f}") - mean))


def check_ranking(ours: list[SectionScore], y: np.ndarray, v: np.ndarray) -> None:
    """F7 and F8 by statsmodels and numpy."""
    k = len(ours)
    found = combine_effects(y, v, method_re="dl")
    tau2, mu = float(found.tau2), float(found.mean_effect_re)
    assert tau2 > 0
    pull = v / (tau2 + v)
    theta = [published(*unit) for unit in zip(y, 1 - pull, [mu] * k, strict=True)]
    se = np.sqrt(pull * tau2 + pull**2 / np.sum(1 / (tau2 + v)))
    distance = (y[None, :] - y[:, None]) / np.sqrt(v[None, :] + v[:, None])
    z = NormalDist().inv_cdf(1 - 0.05 / (2 * (k - 1)))
    assert 0 < int((distance > z).sum()) < k * (k - 1) / 2, "some differ, some do not"
    for i, row in enumerate(ours):
        assert row.group_size == k
        assert row.group_tau2 == pytest.approx(tau2, rel=1e-9)
        assert row.group_mean == hundredths(mu)
        assert (row.theta, row.se) == (theta[i], hundredths(float(se[i])))
        position = 1 + sum(other > theta[i] for other in theta)
        best = min(position, 1 + int((distance[i] > z).sum()))
        worst = max(position, k - int((distance[i] < -z).sum()))
        assert (row.rank, row.rank_best, row.rank_worst) == (position, best, worst)


def test_scores_of_members_agree_with_an_independent_computation(
    closed: dict[str, SectionScore],
) -> None:
    sections, s2 = work_out()
    theirs = {
        (code, who): (days, ballots)
        for code, section in sections.items()
        for who, days, ballots in section.seats
    }
    rows = db.session.scalars(select(MemberScore)).all()
    assert {(row.section.code, row.staff.number) for row in rows} == theirs.keys()
    adjusted = []
    for row in rows:
        days, ballots = theirs[row.section.code, row.staff.number]
        assert (row.days, row.ballots) == (days, len(ballots))
        if len(ballots) < 10:
            assert (row.score, row.contribution, row.variance) == (None, None, None)
            continue
        mean = hundredths(sum(ballots, Decimal(0)) / len(ballots))
        assert row.score == mean
        assert row.contribution == hundredths(mean * days / DAYS)
        assert row.variance == pytest.approx(s2 / len(ballots), rel=1e-9)
        if len(ballots) >= 30:
            adjusted.append((row, float(mean), s2 / len(ballots)))
    y, v = np.array([a[1] for a in adjusted]), np.array([a[2] for a in adjusted])
    found = combine_effects(y, v, method_re="dl")
    for (row, score, variance), weight in zip(adjusted, 1 / (found.tau2 + v), strict=True):
        theta = published(score, found.tau2 * weight, float(found.mean_effect_re))
        pull = variance * weight
        se = math.sqrt(pull * found.tau2 + pull**2 / float(np.sum(1 / (found.tau2 + v))))
        assert (row.theta, row.se) == (theta, hundredths(se))
