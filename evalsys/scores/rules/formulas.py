"""Score formulas F1-F5 and F9 of docs/formulas.md. Pure: no database, no clock, no Flask.

Levels are whole numbers 1-5, points 20 x level, weights whole numbers 0-100. Scores are
Decimals 20.00-100.00. Sums are exact; every formula rounds once, at its end, half up.
None means "too few ballots to say", never zero.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from statistics import NormalDist
from typing import Final

from evalsys.organisation.policies.rules import DIMENSIONS

WORST, BEST, BAD = 1, 5, 2  # levels; BAD and below make a bad review
POINTS: Final = 20  # points of one level
HUNDREDTH: Final = Decimal("0.01")
THOUSANDTH: Final = Decimal("0.001")
FULL: Final = Decimal(100)  # the best score
Z95: Final = 1.96  # F7 is published with this figure, so that Excel gives the same hundredth
WILSON_Z: Final = NormalDist().inv_cdf(0.975)
MIN_N_DISPLAY: Final = 10  # ballots
LEADER: Final = "leader"  # the rater group of one person
MIN_COVERAGE: Final = Decimal(60)  # percent
MIN_BALLOTS: Final = 30
SATISFIED: Final = Decimal(80)  # points of a ballot


def half_up(numerator: int, denominator: int) -> int:
    """Round a quotient to a whole number, halves away from zero. The denominator is above 0."""
    steps = (2 * abs(numerator) + denominator) // (2 * denominator)
    return steps if numerator >= 0 else -steps


def round_half_up(value: Fraction | Decimal | float, step: Decimal = HUNDREDTH) -> Decimal:
    """Round to whole steps, halves away from zero, as ROUND does in Excel.

    A float counts as its shortest decimal form: 0.285 becomes 0.29. Raises ValueError if the value
    is infinite or not a number.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be rounded")
    exact = Decimal(str(value)) if isinstance(value, float) else value
    (above, below), (more, parts) = exact.as_integer_ratio(), step.as_integer_ratio()
    return half_up(above * parts, below * more) * step


def ballot_score(levels: Mapping[str, int | None], weights: Mapping[str, int]) -> Decimal:
    """Return F1, the weighted mean of the points of the answered dimensions.

    A dimension that is None or absent was skipped. Raises ValueError if a dimension or a level
    is unknown, a weight is missing or outside 0-100, or nothing that counts was answered.
    """
    answered = {name: level for name, level in levels.items() if level is not None}
    if not answered:
        raise ValueError("a ballot needs at least one answered dimension")
    if unknown := answered.keys() - set(DIMENSIONS):
        raise ValueError(f"unknown dimensions: {sorted(unknown)}")
    if any(not WORST <= level <= BEST for level in answered.values()):
        raise ValueError(f"levels outside {WORST}-{BEST}: {answered}")
    if any(not 0 <= weights.get(name, -1) <= 100 for name in answered):  # noqa: PLR2004
        raise ValueError(f"every answered dimension needs a weight of 0-100: {dict(weights)}")
    weight = sum(weights[name] for name in answered)
    if weight == 0:
        raise ValueError("all answered dimensions have weight 0")
    points = sum(weights[name] * POINTS * level for name, level in answered.items())
    # Integers only: this runs once per ballot. Adding half before flooring rounds half up.
    return Decimal((200 * points + weight) // (2 * weight)) * HUNDREDTH


def counted_ballots(tallies: Mapping[str, tuple[int, int]], weights: Mapping[str, int]) -> int:
    """Return n of F2: the ballots of the rater groups that are switched on.

    A group without a weight, or with weight 0, is switched off and counts nowhere.
    """
    return sum(n for group, (n, _) in tallies.items() if weights.get(group, 0) > 0)


def weighs_in(group: str, n: int, *, min_n_group: int) -> bool:
    """Return whether a rater group has enough ballots for its weight (F2).

    The leader in charge is one person, whose single ballot suffices.
    """
    return n >= (1 if group == LEADER else max(min_n_group, 1))


def member_score(
    tallies: Mapping[str, tuple[int, int]], weights: Mapping[str, int], *, min_n: int
) -> Decimal | None:
    """Return F2, the weighted mean of the group means, or None below `min_n` ballots.

    `tallies` holds per rater group that weighs in (ballots, sum of their F1 scores in hundredths).
    Raises ValueError if a tally cannot come from ballots of 20-100 points or a weight is negative.
    """
    return _mean_of_groups(tallies, weights, min_n, 1, POINTS * 100)


def dimension_score(
    tallies: Mapping[str, tuple[int, int]], weights: Mapping[str, int], *, min_n: int
) -> Decimal | None:
    """Return F2d, the mean points of one dimension, or None below `min_n` answers.

    `tallies` holds per rater group (ballots that answered the dimension, sum of their levels).
    Raises ValueError if a tally cannot come from levels of 1-5 or a weight is negative.
    """
    return _mean_of_groups(tallies, weights, min_n, POINTS * 100, WORST)


def _mean_of_groups(
    tallies: Mapping[str, tuple[int, int]],
    weights: Mapping[str, int],
    min_n: int,
    hundredths: int,
    lowest: int,
) -> Decimal | None:
    """Mix exact group means in units of some hundredths; a ballot gives `lowest` to 5 x that."""
    for n, total in tallies.values():
        if n < 0 or not n * lowest <= total <= n * lowest * BEST:
            raise ValueError(f"{n} ballots cannot sum to {total}")
    if any(weight < 0 for weight in weights.values()):
        raise ValueError(f"negative weight: {dict(weights)}")
    if counted_ballots(tallies, weights) < max(min_n, 1):
        return None
    above, below, weight = 0, 1, 0  # The sum of the weighted means, as a quotient.
    for group, (n, total) in tallies.items():
        own = weights.get(group, 0)
        if n and own:
            above, below = above * n + own * total * below, below * n
            weight += own
    return half_up(hundredths * above, below * weight) * HUNDREDTH


def share(days: int, period_days: int) -> Decimal:
    """Return F3, the share of the period that the member served in the section, for display.

    F4 takes the exact fraction. Raises ValueError unless 0 < days <= period_days.
    """
    _check_share(days, period_days)
    return half_up(100 * days, period_days) * HUNDREDTH


def _check_share(days: int, period_days: int) -> None:
    if not 0 < days <= period_days:
        raise ValueError(f"{days} days do not fit into a period of {period_days}")


@dataclass(frozen=True, slots=True)
class Seat:
    """One member in one section for `days` of the period; `score` is F2 from `n` ballots."""

    member: int | str
    days: int
    score: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class ChiefScore:
    """F4 and F5 of one section in one period.

    `contributions` follow the order of the seats, None where the member has no score; `total` (S)
    is their sum and `maximum` (S_max) what it would be if every scored member had 100. `rate` (R)
    is None if nobody has a score. `coverage` is a percentage with two places. `ballots` counts the
    scored members only: a total over all would give away the hidden number of a thin member.
    """

    contributions: tuple[Decimal | None, ...]
    total: Decimal
    maximum: Decimal
    rate: Decimal | None
    coverage: Decimal
    members: int
    scored_members: int
    ballots: int


def contribution(score: Decimal, days: int, period_days: int) -> Decimal:
    """Return one row of F4: the member's score times the exact share of the period."""
    _check_share(days, period_days)
    above, below = score.as_integer_ratio()
    return half_up(100 * above * days, below * period_days) * HUNDREDTH


def chief_score(seats: Sequence[Seat], period_days: int) -> ChiefScore:
    """Return F4 and F5 of a section.

    Every row is rounded to the hundredth and S is the sum of the rounded rows, so that the column
    on the page adds up to the figure below it. S_max is added up in the same way.
    Raises ValueError if a member has two seats or a share is not above 0 and at most 1.
    """
    if twice := [m for m, times in Counter(seat.member for seat in seats).items() if times > 1]:
        raise ValueError(f"members with two seats in one section: {twice}")
    rows = tuple(
        None if seat.score is None else contribution(seat.score, seat.days, period_days)
        for seat in seats
    )
    scored = [seat for seat in seats if seat.score is not None]
    total = sum((row for row in rows if row is not None), Decimal("0.00"))
    for seat in seats:
        _check_share(seat.days, period_days)
    full = (contribution(FULL, seat.days, period_days) for seat in scored)
    maximum = sum(full, Decimal("0.00"))
    days = sum(seat.days for seat in seats)
    scored_days = sum(seat.days for seat in scored)
    return ChiefScore(
        contributions=rows,
        total=total,
        maximum=maximum,
        rate=score_rate(total, maximum),
        coverage=half_up(100 * 100 * scored_days, max(days, 1)) * HUNDREDTH,
        members=len(seats),
        scored_members=len(scored),
        ballots=sum(seat.n for seat in scored),
    )


def score_rate(total: Decimal, maximum: Decimal) -> Decimal | None:
    """Return F5, S as a percentage of S_max, or None if S_max is 0."""
    if not maximum:
        return None
    (above, below), (most, parts) = total.as_integer_ratio(), maximum.as_integer_ratio()
    return half_up(100 * 100 * above * parts, below * most) * HUNDREDTH


def is_comparable(
    coverage: Decimal,
    ballots: int,
    *,
    min_coverage: Decimal = MIN_COVERAGE,
    min_ballots: int = MIN_BALLOTS,
) -> bool:
    """Return whether a section may be compared and ranked (F4, F7), by the figures it prints."""
    return coverage >= min_coverage and ballots >= min_ballots


class SizeBand(IntEnum):
    """The bands within which S itself is ranked (F5), each named by its smallest section."""

    UP_TO_5 = 1
    UP_TO_15 = 6
    UP_TO_30 = 16
    OVER_30 = 31


def size_band(members: int) -> SizeBand:
    """Return the band of a section with so many members. Raises ValueError if there are none."""
    if members < 1:
        raise ValueError("a section without members has no size band")
    return max(band for band in SizeBand if band <= members)


@dataclass(frozen=True, slots=True)
class ShareOfBallots:
    """F9: `hits` of `n` ballots as a share 0-1 in thousandths, with its 95 % interval."""

    hits: int
    n: int
    share: Decimal
    lo: Decimal
    hi: Decimal


def share_of_ballots(hits: int, n: int) -> ShareOfBallots | None:
    """Return F9, or None without ballots. Raises ValueError unless 0 <= hits <= n."""
    if hits == n == 0:
        return None
    lo, hi = wilson(hits, n)
    exact = half_up(1000 * hits, n) * THOUSANDTH
    return ShareOfBallots(
        hits, n, exact, round_half_up(lo, THOUSANDTH), round_half_up(hi, THOUSANDTH)
    )


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the Wilson 95 % interval of a share, unrounded.

    Raises ValueError unless n is positive and 0 <= hits <= n.
    """
    if not 0 <= hits <= n or n == 0:
        raise ValueError(f"{hits} of {n} is not a share")
    p, z2 = hits / n, WILSON_Z**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = WILSON_Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At the two ends the bound is exactly 0 or 1; floating point would miss it by a hair.
    return (0.0 if hits == 0 else centre - half, 1.0 if hits == n else centre + half)
