"""A city with known true scores, and its closings.

Answers follow an ordered probit: the mood of a citizen falls on the quality of a section, and the
four answers scatter around it. At quality 0 nine answers of ten are five stars, as in published
figures; ballots then have a variance of about 75 squared points, at a true mean of 70 of about 650.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.assembly import ComputedResult, assemble
from evalsys.scores.seats import Ballots, ScoreData, SeatPlace, Service

SPAN = parse_period("2026-Q3")
SHARES = (0.003, 0.007, 0.02, 0.07, 0.9)  # of the levels 1-5 at quality 0
CUTS = tuple(NormalDist().inv_cdf(sum(SHARES[:level])) for level in range(1, 5))
SHARED = 0.8  # of the variance of an answer: the citizen's mood
BETWEEN = 0.15  # standard deviation of the quality of average sections
NORMAL = NormalDist()


@dataclass(frozen=True)
class Kind:
    """So many sections of a quality; each has `members` of `ballots` ballots."""

    sections: int
    members: int
    ballots: int
    true: float | None = None  # points; None: average


CITY = {
    "average": Kind(26, 3, 30),
    "true 88": Kind(6, 3, 30, 88),
    "true 80": Kind(4, 3, 30, 80),
    "few ballots": Kind(2, 3, 10),
    "true 72, 30 ballots": Kind(1, 3, 10, 72),
    "true 60, 30 ballots": Kind(1, 3, 10, 60),
}


@cache
def quality_of(points: float) -> float:
    """Return the quality at which the true mean of a ballot is so many points."""
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if true_mean(middle) < points else (low, middle)
    return low


def true_mean(quality: float) -> float:
    """Return the expected F1 of a ballot at a quality, in points."""
    return 100 - 20 * sum(NORMAL.cdf(cut - quality) for cut in CUTS)


def closing(
    city: Mapping[str, Kind], rules: PolicyRules, random: np.random.Generator
) -> tuple[ComputedResult, dict[int, tuple[str, float]]]:
    """Return a computed closing, and section id -> (its kind, its true mean)."""
    ballots: list[Ballots] = []
    services: list[Service] = []
    truth: dict[int, tuple[str, float]] = {}
    for name, kind in city.items():
        for _ in range(kind.sections):
            section = len(truth) + 1
            spread = random.normal(0, BETWEEN)
            quality = spread if kind.true is None else quality_of(kind.true)
            truth[section] = (name, true_mean(quality))
            for place in range(kind.members):
                staff = 100 * section + place
                ballots.append(_ballots(section, staff, quality, kind.ballots, random))
                services.append(Service(section, staff, SPAN.days, False, True))  # noqa: FBT003
    places = [SeatPlace(section, SectionKind.WINDOW, None) for section in truth]
    data = ScoreData(ballots, {}, services, places, ())
    return assemble(SPAN, rules, data), truth


def closings(
    city: Mapping[str, Kind], rules: PolicyRules, times: int, seed: int
) -> Iterator[tuple[ComputedResult, dict[int, tuple[str, float]]]]:
    """Yield so many closings; the same seed gives the same ballots."""
    random = np.random.default_rng(seed)
    for _ in range(times):
        yield closing(city, rules, random)


def _ballots(
    section: int, staff: int, quality: float, n: int, random: np.random.Generator
) -> Ballots:
    mood = random.normal(0, SHARED**0.5, (n, 1))
    answers = quality + mood + random.normal(0, (1 - SHARED) ** 0.5, (n, 4))
    levels = 1 + np.searchsorted(CUTS, answers)
    scores = levels.sum(axis=1) * 500  # hundredths: four levels of 20 points, equal weights
    counts = [int((levels[:, place] == level).sum()) for place in range(4) for level in range(1, 6)]
    return Ballots(
        section_id=section,
        staff_id=staff,
        rater_group="recipient",
        ballots=n,
        n=n,
        total=int(scores.sum()),
        squares=int((scores * scores).sum()),
        bad=int((levels <= 2).any(axis=1).sum()),
        satisfied=int((scores >= 8000).sum()),
        top=int((scores == 10000).sum()),
        levels=tuple(counts),
    )
