"""Where a section stands in its group, in words instead of a place: formula F11. Pure.

Source: funnel plots of D. J. Spiegelhalter, "Funnel plots for comparing institutional performance"
(2005), with the variance between sections as overdispersion.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from evalsys.scores.rules.formulas import HUNDREDTH, Z95, round_half_up, wilson

INNER: Final = Z95  # standard errors: between the two lines lie 95 % of all sections
OUTER: Final = 3.09  # 99.8 %


class GroupStanding(StrEnum):
    """How sure it is that a section differs from the others of its group."""

    SURELY_ABOVE = "surely_above"
    PROBABLY_ABOVE = "probably_above"
    USUAL = "usual"
    PROBABLY_BELOW = "probably_below"
    SURELY_BELOW = "surely_below"


def deviation(rate: Decimal, variance: float, mean: Decimal, tau2: float) -> Decimal:
    """Return z of F11 in hundredths, from the published R, V, mu and tau2.

    Without any variance a section is on the mean, or infinitely far: 99.99 then.
    """
    spread, off = math.sqrt(tau2 + variance), float(rate - mean)
    if spread == 0:
        return Decimal(0) if off == 0 else Decimal("99.99").copy_sign(Decimal(off))
    return round_half_up(max(-99.99, min(99.99, off / spread)))


def standing(z: Decimal) -> GroupStanding:
    """Return F11 in words; a z on a line is still within it."""
    far = abs(z)
    if far <= Decimal(str(INNER)):
        return GroupStanding.USUAL
    if far <= Decimal(str(OUTER)):
        return GroupStanding.PROBABLY_ABOVE if z > 0 else GroupStanding.PROBABLY_BELOW
    return GroupStanding.SURELY_ABOVE if z > 0 else GroupStanding.SURELY_BELOW


def top_box_low(top: int, ballots: int) -> Decimal | None:
    """Return the lower Wilson 95 % limit of the share of full ballots, in percent, two places."""
    if ballots == 0:
        return None
    low, _ = wilson(top, ballots)
    return round_half_up(100 * low, HUNDREDTH)


@dataclass(frozen=True, slots=True)
class FunnelLine:
    """A line of the funnel: at so many effective ballots, the score at the four limits and mu."""

    ballots: float
    outer_low: float
    inner_low: float
    mean: float
    inner_high: float
    outer_high: float


def effective_ballots(s2: float, variance: float) -> float | None:
    """Return how many equal ballots would give the variance V of F6; None without any variance."""
    return s2 / variance if variance else None


def funnel_lines(
    s2: float, mean: float, tau2: float, ballots: Sequence[float]
) -> tuple[FunnelLine, ...]:
    """Return mu +- 1.96 and +- 3.09 sqrt(tau2 + s2 / n) at numbers n of effective ballots."""
    lines = []
    for n in ballots:
        spread = math.sqrt(tau2 + s2 / n)
        reach, far = INNER * spread, OUTER * spread
        lines.append(FunnelLine(n, mean - far, mean - reach, mean, mean + reach, mean + far))
    return tuple(lines)
