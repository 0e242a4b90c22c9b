"""The spread of ballots: formulas F6 and F6b of docs/formulas.md. Pure.

Sums of ballots are exact; from the first division on the figures are double precision. Variances
are squared points.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from evalsys.scores.rules.formulas import round_half_up

TENTH: Final = Decimal("0.1")  # A finer standard error could tell the ballot of a small group.
FEWEST_POOLED: Final = 3  # members that are left over of the s2 of several groups


class Moments(NamedTuple):
    """All ballots of one member: their number, sum in hundredths and sum of squares of those."""

    n: int
    total: int
    squares: int


def _excess(ballots: Moments) -> int:
    """Return n times the sum of squared deviations from the member's own mean, in hundredths."""
    n, total, squares = ballots
    excess = n * squares - total * total
    if n < 0 or excess < 0 or (n == 0 and (total or squares)):
        raise ValueError(f"no ballots have these moments: {ballots}")
    return excess


def pooled_variance(members: Iterable[Moments]) -> float | None:
    """Return s2 of F6 over a comparison group, or None if no member has 2 ballots.

    Raises ValueError if no ballots can have these moments.
    """
    by_n: dict[int, int] = defaultdict(int)  # Grouped: few distinct n, so few fractions.
    freedom = 0
    for ballots in members:
        by_n[ballots.n] += _excess(ballots)
        freedom += max(ballots.n - 1, 0)
    scatter = sum((Fraction(excess, n * 100**2) for n, excess in by_n.items() if n), Fraction(0))
    return float(scatter / freedom) if freedom else None


def member_variance(s2: float, ballots: Mapping[str, int], weights: Mapping[str, int]) -> float:
    """Return v(M) of F6 from the number of ballots per rater group.

    Groups without ballots or weight count nowhere, as in F2. Raises ValueError if none is left.
    """
    counted = {group: n for group, n in ballots.items() if n > 0 and weights.get(group, 0) > 0}
    if not counted:
        raise ValueError("no ballots that count")
    weight = sum(weights[group] for group in counted)
    return s2 * math.fsum((weights[group] / weight) ** 2 / n for group, n in counted.items())


def rate_variance(seats: Iterable[tuple[int, float]]) -> float:
    """Return V of F6, the variance of R, from (days, v(M)) of the scored seats.

    Raises ValueError without seats.
    """
    known = list(seats)
    days = sum(served for served, _ in known)
    if days <= 0:
        raise ValueError("no scored seats")
    return math.fsum((served / days) ** 2 * variance for served, variance in known)


def own_variance(groups: Mapping[str, Moments], weights: Mapping[str, int], pooled: float) -> float:
    """Return v(M) of F6b: of the member's own ballots, group by group.

    A group of one ballot has no spread of its own and takes the `pooled` s2 of F6. Groups without
    ballots or weight count nowhere, as in F2. Raises ValueError if none is left.
    """
    counted = {
        group: ballots
        for group, ballots in groups.items()
        if ballots.n > 0 and weights.get(group, 0) > 0
    }
    if not counted:
        raise ValueError("no ballots that count")
    weight = sum(weights[group] for group in counted)
    return math.fsum(
        (weights[group] / weight) ** 2 * _sample_variance(ballots, pooled) / ballots.n
        for group, ballots in counted.items()
    )


def _sample_variance(ballots: Moments, pooled: float) -> float:
    if ballots.n == 1:
        return pooled
    return _excess(ballots) / (ballots.n * (ballots.n - 1) * 100**2)


def own_error(own: float, pooled: float) -> Decimal:
    """Return the published standard error of F6b in tenths: by the larger of the two variances.

    Near the ceiling few ballots seldom hold a bad one, so that their own spread is too small.
    """
    return round_half_up(math.sqrt(max(own, pooled)), TENTH)
