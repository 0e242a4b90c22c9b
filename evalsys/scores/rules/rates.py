"""Issue and response rate: formula F13 of docs/formulas.md. Pure.

Tickets per service handled, and ballots per rating asked for. Whoever gives tickets to pleased
citizens only has few of them, and no number of ballots shows it. Source of the overdispersion:
D. J. Spiegelhalter, "Handling over-dispersion of performance indicators" (2005).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple, TypeVar

from evalsys.scores.rules.formulas import HUNDREDTH, half_up, round_half_up
from evalsys.scores.rules.funnel import (
    INNER,
    OUTER,
    FunnelLine,
    GroupStanding,
    deviation,
    standing,
)

WINSORISED: Final = 10  # one of so many units at either end
LEAST_VARIANCE: Final = 0.02 * 0.98  # Nobody counts services more exactly than to 2 %.
MIN_UNITS: Final = 5

Number = TypeVar("Number", float, Fraction)


class NotCompared(StrEnum):
    """Why a section with enough ballots is not compared: too few tickets for its services.

    ISSUE: of the section as a whole. UNSCORED: of its members without a score.
    """

    ISSUE = "issue"
    UNSCORED = "unscored"


class Rate(NamedTuple):
    """Tickets of services, or ballots of ratings asked for."""

    hits: int
    n: int

    @property
    def percent(self) -> Decimal | None:
        """The rate as published: percent in hundredths; None if nothing is known."""
        return half_up(100 * 100 * self.hits, self.n) * HUNDREDTH if self.n else None


@dataclass(frozen=True, slots=True)
class RateFunnel:
    """The published figures of a group: its rate in percent and the overdispersion phi >= 1."""

    mean: Decimal
    phi: Decimal

    def variance(self, n: float) -> float:
        """Return the variance of the rate of n, in squared percent."""
        p = float(self.mean) / 100
        return 100**2 * max(p * (1 - p), LEAST_VARIANCE) * float(self.phi) / n

    def deviation(self, rate: Rate) -> Decimal | None:
        """Return z of a unit in hundredths; None if its rate is unknown."""
        known = rate.percent
        return None if known is None else deviation(known, self.variance(rate.n), self.mean, 0.0)

    def standing(self, rate: Rate) -> GroupStanding | None:
        """Return the word of F11 for a unit; None if its rate is unknown."""
        z = self.deviation(rate)
        return None if z is None else standing(z)


def rate_funnel(units: Sequence[Rate], *, min_units: int = MIN_UNITS) -> RateFunnel | None:
    """Return the funnel of the units whose rate is known; None if they are too few.

    Rates are winsorised before their mean is taken, weighted by n, and so are their z before phi:
    whoever stands out neither draws the mean to themselves nor widens the funnel.
    """
    known = [unit for unit in units if unit.n]
    if len(known) < max(min_units, 2):
        return None
    kept = winsorised([Fraction(unit.hits, unit.n) for unit in known])
    hits = sum((rate * unit.n for rate, unit in zip(kept, known, strict=True)), Fraction(0))
    mean = round_half_up(100 * hits / sum(unit.n for unit in known))
    plain = RateFunnel(mean, Decimal("1.00"))
    return RateFunnel(mean, overdispersion([_z(plain, unit) for unit in known]))


def _z(funnel: RateFunnel, unit: Rate) -> float:
    """Return z unrounded: phi of a group is computed once, and rounded at its end."""
    return (100 * unit.hits / unit.n - float(funnel.mean)) / math.sqrt(funnel.variance(unit.n))


def winsorised(figures: Sequence[Number]) -> list[Number]:
    """Return the figures, a tenth of them at either end, at least one, as the next one within."""
    order = sorted(figures)
    cut = max(1, len(order) // WINSORISED)
    if 2 * cut >= len(order):
        return list(figures)
    low, high = order[cut], order[-1 - cut]
    return [min(high, max(low, figure)) for figure in figures]


def overdispersion(deviations: Sequence[float]) -> Decimal:
    """Return phi in hundredths: the mean square of the winsorised z, at least 1."""
    squares = math.fsum(z**2 for z in winsorised(deviations))
    return max(Decimal("1.00"), round_half_up(squares / len(deviations)))


def rate_lines(funnel: RateFunnel, counts: Sequence[float]) -> tuple[FunnelLine, ...]:
    """Return the mean and the four limits at some numbers of services or tickets, in percent."""
    mean, lines = float(funnel.mean), []
    for n in counts:
        spread = math.sqrt(funnel.variance(n))
        reach, far = INNER * spread, OUTER * spread
        lines.append(FunnelLine(n, mean - far, mean - reach, mean, mean + reach, mean + far))
    return tuple(lines)
