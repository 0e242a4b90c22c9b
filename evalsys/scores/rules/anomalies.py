"""Signs of a made-up or selected rating: formula F14 of docs/formulas.md. Pure.

All are blind to whether the ballots are good or bad. A sign is no finding: it holds proposals back
until a named person has looked. No time of a ballot is kept, so bursts are of tickets by day of
service.
"""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import NormalDist
from typing import Any, Final, TypeVar

from evalsys.scores.rules.formulas import round_half_up
from evalsys.scores.rules.funnel import GroupStanding
from evalsys.scores.rules.rates import Rate, RateFunnel, overdispersion, rate_funnel

FALSE_DISCOVERIES: Final = 1e-4  # Benjamini-Hochberg, over all days of all members of a closing
BEFORE: Final = timedelta(days=56)  # the own rate of a day
LEAST_DAYS: Final = 10  # with tickets, in that time
JUMP: Final = Decimal(3)  # standard errors
LEAST_EXCESS: Final = 5  # tickets beyond the services of their days
EXCESS_SHARE: Final = 20  # one of so many tickets
LEAST_UNITS: Final = 5
ONE_DAY: Final = timedelta(days=1)
NORMAL: Final = NormalDist()
FARTHEST: Final = Decimal("9.99")

K = TypeVar("K", bound=Hashable)


class Feature(StrEnum):
    """What looked strange."""

    BURST = "burst"
    UNIFORM = "uniform"
    JUMP = "jump"
    EXCESS = "excess"
    ISSUE = "issue"
    UNSCORED = "unscored"
    ONE_HAND = "one_hand"
    PRESSURE = "pressure"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A feature found in a section, of one member or of all.

    `z` is how far outside the usual range, None where the number would tell of ballots. `facts` are
    the numbers that its words print.
    """

    feature: Feature
    section_id: int
    staff_id: int | None = None
    z: Decimal | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def poisson_tail(n: int, rate: float) -> float:
    """Return the probability of n or more where `rate` are expected."""
    if n <= 0:
        return 1.0
    if rate <= 0:
        return 0.0
    if n <= rate:
        return 1.0  # Not exact: nothing that is usual is ever tested.
    term = math.exp(n * math.log(rate) - rate - math.lgamma(n + 1))
    total, k = 0.0, n
    while term > total * 1e-16 and term > 0:
        total += term
        k += 1
        term *= rate / k
    return min(1.0, total)


def benjamini_hochberg(chances: Mapping[K, float], rate: float = FALSE_DISCOVERIES) -> set[K]:
    """Return the tests that stand out, of which a share of at most `rate` does so by chance."""
    order = sorted(chances.items(), key=lambda item: item[1])
    last = 0
    for place, (_, chance) in enumerate(order, 1):
        if chance <= rate * place / len(order):
            last = place
    return {key for key, _ in order[:last]}


def day_chances(
    tickets: Mapping[date, int], explained: Collection[date], first: date
) -> dict[date, tuple[float, float]]:
    """Return (own rate, chance) of the days from `first` on.

    The rate is the mean over the days with tickets in the eight weeks before. A day is not tested
    without enough of those, or if it is `explained`: as many services were counted.
    """
    days, found = sorted(tickets), {}
    start = total = 0
    for end, day in enumerate(days):
        while days[start] < day - BEFORE:
            total -= tickets[days[start]]
            start += 1
        if day >= first and day not in explained and end - start >= LEAST_DAYS:
            rate = total / (end - start)
            found[day] = (rate, poisson_tail(tickets[day], rate))
        total += tickets[day]
    return found


def z_of(chance: float) -> Decimal:
    """Return the standard errors of a normal tail with the same chance, at most 9.99."""
    return round_half_up(-NORMAL.inv_cdf(chance)) if chance > 1e-22 else FARTHEST  # noqa: PLR2004


def jump(now: tuple[Decimal, float], before: tuple[Decimal, float]) -> Decimal | None:
    """Return z of a change between two periods, each (R, variance of R); None if none is known."""
    spread = math.sqrt(now[1] + before[1])
    if spread == 0:
        return None
    return round_half_up(max(-99.99, min(99.99, float(now[0] - before[0]) / spread)))


def jumps_beyond(changes: Mapping[K, Decimal]) -> dict[K, Decimal]:
    """Return the changes beyond 3, in either direction, after their overdispersion (F13).

    Where many ballots make every small change certain, all sections change by more than chance.
    """
    phi = Decimal(1)
    if len(changes) >= LEAST_UNITS:
        phi = overdispersion([float(z) for z in changes.values()])
    adjusted = {key: round_half_up(z / phi.sqrt()) for key, z in changes.items()}
    return {key: z for key, z in adjusted.items() if abs(z) > JUMP}


def excess(days: Mapping[date, tuple[int, int]]) -> tuple[int, int] | None:
    """Return (days, tickets beyond their services) of a member, if they are too many.

    `days` maps those with a number of services to (tickets, services).
    """
    over = [tickets - services for tickets, services in days.values() if tickets > services]
    beyond, all_tickets = sum(over), sum(tickets for tickets, _ in days.values())
    if beyond < LEAST_EXCESS or EXCESS_SHARE * beyond <= all_tickets:
        return None
    return len(over), beyond


def above_funnel(units: Mapping[K, Rate], *, least: int) -> dict[K, tuple[Rate, RateFunnel]]:
    """Return the units of n >= `least` that are surely above the funnel of all of them."""
    known = {key: unit for key, unit in units.items() if unit.n >= least}
    funnel = rate_funnel(list(known.values()), min_units=LEAST_UNITS)
    if funnel is None:
        return {}
    return {
        key: (unit, funnel)
        for key, unit in known.items()
        if funnel.standing(unit) is GroupStanding.SURELY_ABOVE
    }


def largest_first(findings: Sequence[Anomaly]) -> list[Anomaly]:
    """Return findings in the order in which they are told."""
    order = list(Feature)
    return sorted(
        findings, key=lambda one: (order.index(one.feature), one.staff_id or 0, one.section_id)
    )
