"""Adjusted scores and ranks: formulas F7, F8 and F10 of docs/formulas.md. Pure.

Figures are double precision. Published ones are rounded half up: scores to hundredths, shares to
thousandths. A unit is a member or a section.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from statistics import NormalDist
from typing import Final

from evalsys.scores.rules.formulas import THOUSANDTH, Z95, round_half_up

MIN_GROUP: Final = 5  # units
V_FLOOR: Final = 1e-6  # points squared: a standard error of 0.001, below anything printed
NORMAL: Final = NormalDist()
HALF_WIDTH: Final = Decimal(str(Z95))  # standard errors from theta to a limit
RANK_ERROR: Final = 0.05  # of all comparisons of one unit together


@dataclass(frozen=True, slots=True)
class Adjusted:
    """F7 of one unit, as published: theta, se and the interval in hundredths.

    Each follows from published figures (group mean, reliability, estimate, standard error), so that
    it can be recomputed by hand. `reliability` (lambda) and `pull` (B, the weight of mu) are shares
    in thousandths and add up to 1. The interval is not cut off at 100.
    """

    theta: Decimal
    se: Decimal
    lo: Decimal
    hi: Decimal
    reliability: Decimal
    pull: Decimal


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """F7 of a comparison group, unrounded, and its units in the given order."""

    k: int
    q: float
    tau2: float
    mu: float
    se_mu: float
    units: tuple[Adjusted, ...]

    def adjust(self, y: float, v: float) -> Adjusted:
        """Return F7 of a unit whose score is finer than the group's figures."""
        return _adjust(y, max(v, V_FLOOR), self.tau2, self.mu, self.se_mu**-2)


def shrink(units: Sequence[tuple[float, float]], *, min_group: int = MIN_GROUP) -> Shrinkage | None:
    """Return F7 for the (estimate y, variance V) of every unit, or None: the group is too small.

    A variance below V_FLOOR counts as V_FLOOR. It occurs where all ballots of a group agree; then
    the estimates are unchanged if they differ, and have no reliability if they are equal. Raises
    ValueError if a variance is negative or a figure is not finite.
    """
    if any(not (math.isfinite(y) and 0 <= v < math.inf) for y, v in units):
        raise ValueError("estimates must be finite and variances finite and not negative")
    k = len(units)
    if k < max(min_group, 2):
        return None
    ys = [float(y) for y, _ in units]
    vs = [max(v, V_FLOOR) for _, v in units]
    # math.fsum is exact: the result does not depend on the order of the units.
    w = [1 / v for v in vs]
    sum_w = math.fsum(w)
    ybar = math.fsum(a * y for a, y in zip(w, ys, strict=True)) / sum_w
    q = math.fsum(a * (y - ybar) ** 2 for a, y in zip(w, ys, strict=True))
    # The same as sum(w) - sum(w^2) / sum(w), but never 0 by cancellation.
    scale = math.fsum(a * (sum_w - a) for a in w) / sum_w
    tau2 = max(0.0, (q - (k - 1)) / scale)
    star = [1 / (tau2 + v) for v in vs]
    sum_star = math.fsum(star)
    mu = math.fsum(a * y for a, y in zip(star, ys, strict=True)) / sum_star
    adjusted = tuple(_adjust(y, v, tau2, mu, sum_star) for y, v in zip(ys, vs, strict=True))
    return Shrinkage(k, q, tau2, mu, math.sqrt(1 / sum_star), adjusted)


def publish(estimate: Decimal, mean: Decimal, reliability: Decimal, se: Decimal) -> Adjusted:
    """Return F7 of a unit from published figures, so that it can be recomputed by hand.

    `mean` is mu and `se` the standard error in hundredths, `reliability` lambda in thousandths.
    """
    theta = round_half_up(mean + reliability * (estimate - mean))
    half = HALF_WIDTH * se
    return Adjusted(
        theta=theta,
        se=se,
        lo=round_half_up(theta - half),
        hi=round_half_up(theta + half),
        reliability=reliability,
        pull=1 - reliability,
    )


def _adjust(y: float, v: float, tau2: float, mu: float, sum_star: float) -> Adjusted:
    pull = v / (tau2 + v)
    se = math.sqrt(pull * tau2 + pull**2 / sum_star)
    reliability = round_half_up(1 - pull, THOUSANDTH)
    return publish(Decimal(str(y)), round_half_up(mu), reliability, round_half_up(se))


@dataclass(frozen=True, slots=True)
class Rank:
    """F8 of one unit among `of` units: never print `position` without `lo` and `hi`."""

    position: int
    lo: int
    hi: int
    of: int


def rank(thetas: Sequence[Decimal], units: Sequence[tuple[float, float]]) -> tuple[Rank, ...]:
    """Return F8 for every unit: position by theta, interval by the (y, V) before F7.

    `thetas` are the published ones, so units printed alike share a position. Raises ValueError if
    the two lists differ in length or a variance is negative.
    """
    if len(thetas) != len(units) or any(v < 0 for _, v in units):
        raise ValueError("every unit needs a theta and a variance that is not negative")
    k = len(units)
    ascending = sorted(thetas)
    better, worse = _count_differing(units)
    ranks = []
    for i, theta in enumerate(thetas):
        position = 1 + k - bisect_right(ascending, theta)
        lo, hi = min(position, 1 + better[i]), max(position, k - worse[i])
        ranks.append(Rank(position, lo, hi, k))
    return tuple(ranks)


def rank_z(k: int) -> float:
    """Return the quantile of F8, by Bonferroni over the k - 1 comparisons of a unit, k >= 2."""
    return NORMAL.inv_cdf(1 - RANK_ERROR / (2 * (k - 1)))


def _count_differing(units: Sequence[tuple[float, float]]) -> tuple[list[int], list[int]]:
    """Count for every unit those significantly better and those significantly worse."""
    k = len(units)
    if k < 2:  # noqa: PLR2004
        return [0] * k, [0] * k
    z2 = rank_z(k) ** 2
    order = sorted(range(k), key=lambda i: units[i][0])
    ys = [float(units[i][0]) for i in order]
    vs = [float(units[i][1]) for i in order]
    least, most = min(vs), max(vs)
    better, worse, all_above = [0] * k, [0] * k, [0] * (k + 1)
    for a in range(k):
        # Before `near` no pair differs, from `far` on every pair does; only between the two
        # are pairs compared. The slack leaves borderline pairs to the exact comparison.
        near = bisect_left(ys, ys[a] + math.sqrt(z2 * (vs[a] + least)) - 1e-9, a + 1)
        far = bisect_right(ys, ys[a] + math.sqrt(z2 * (vs[a] + most)) + 1e-9, a + 1)
        better[a] = k - far
        all_above[far] += 1
        for b in range(near, far):
            if (ys[b] - ys[a]) ** 2 > z2 * (vs[a] + vs[b]):
                better[a] += 1
                worse[b] += 1
    below = accumulate(all_above)
    worse = [own + passed for own, passed in zip(worse, below, strict=False)]
    place = {i: a for a, i in enumerate(order)}
    return [better[place[i]] for i in range(k)], [worse[place[i]] for i in range(k)]


def probability_below(theta: Decimal, se: Decimal, line: Decimal) -> Decimal:
    """Return F10 in thousandths, from the published theta and its standard error.

    Without any error the answer is 0 or 1; on the line itself it is 0.
    Raises ValueError if `se` is negative.
    """
    if se < 0:
        raise ValueError("a standard error cannot be negative")
    if se == 0:
        return Decimal("1.000") if theta < line else Decimal("0.000")
    return round_half_up(NORMAL.cdf(float((line - theta) / se)), THOUSANDTH)
