"""Statistics of the pool: success, duration, recurrence, scores before and after. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from evalsys.scores.rules.formulas import round_half_up

FEW = 3  # people; a mean of fewer would reveal a person's score


@dataclass(frozen=True)
class Stay:
    """A stay. `moved_on` is the day of the reassignment; scores are 0-100."""

    staff_id: int
    admitted_on: date
    is_over: bool = False
    moved_on: date | None = None
    kinds: frozenset[str] = frozenset()
    before: Decimal | None = None
    after: Decimal | None = None


@dataclass(frozen=True)
class PoolFigures:
    """The figures of some stays.

    `days` is the mean from admission to reassignment; `success` the share 0-1 of ended stays that
    led to other work; `before` and `after` are means over the `pairs` people with both scores, None
    below three.
    """

    admitted: int
    inside: int
    reassigned: int
    measured: int
    again: int
    days: float | None
    success: float | None
    pairs: int
    before: Decimal | None
    after: Decimal | None


def figures_of(stays: Sequence[Stay], returned_later: Collection[Stay] = ()) -> PoolFigures:
    """Return the figures of stays; `returned_later` are those whose person came back."""
    over = [stay for stay in stays if stay.is_over]
    waits = [(stay.moved_on - stay.admitted_on).days for stay in over if stay.moved_on]
    pairs = [
        (stay.before, stay.after)
        for stay in stays
        if stay.before is not None and stay.after is not None
    ]
    is_few = len(pairs) < FEW
    return PoolFigures(
        admitted=len(stays),
        inside=len(stays) - len(over),
        reassigned=len(waits),
        measured=len(over) - len(waits),
        again=sum(stay in returned_later for stay in stays),
        days=sum(waits) / len(waits) if waits else None,
        success=len(waits) / len(over) if over else None,
        pairs=len(pairs),
        before=None if is_few else _mean([before for before, _ in pairs]),
        after=None if is_few else _mean([after for _, after in pairs]),
    )


def came_back(stays: Sequence[Stay]) -> frozenset[Stay]:
    """Return the stays after which the same person was admitted again."""
    last = {stay.staff_id: stay for stay in sorted(stays, key=lambda stay: stay.admitted_on)}
    return frozenset(stay for stay in stays if stay is not last[stay.staff_id])


def _mean(scores: Sequence[Decimal]) -> Decimal:
    return round_half_up(Fraction(sum(scores, Decimal(0))) / len(scores))
