"""The mark of a service matter in a quarter, and whether it may be printed. Pure.

Ratings keep their service type only where ten ballots of a person share it and the remainder is as
large or empty (`counting.crowds`). A mark is printed of 30 ballots or more, in whole points and
without their number, of closed quarters alone; and never where the other ballots of the section,
whose score is printed too, would reveal a small rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from evalsys.organisation.periods.rules import PeriodSpan, period_of, previous
from evalsys.scores.rules.disclosure import WHOLE_POINT, suppress
from evalsys.scores.rules.formulas import MIN_BALLOTS, MIN_N_DISPLAY, round_half_up

POINTS = 20  # of a level


@dataclass(frozen=True)
class MarkCell:
    """The ballots of a service type in a section and quarter, with their answers."""

    ballots: int
    levels: int
    answers: int


@dataclass(frozen=True)
class MatterMark:
    """A mark in whole points; None if too few ballots tell it, or the quarter is not closed."""

    quarter: str
    value: Decimal | None
    is_closed: bool = True


def quarters_around(start: date) -> tuple[PeriodSpan, PeriodSpan]:
    """Return the last whole quarter before a day, and the first whole one from it on.

    Whole quarters are either the same or disjoint, so that no difference of two tells a month.
    """
    own = period_of(start, "quarter")
    if own.starts_on == start:
        return previous(own), own
    return previous(own), period_of(own.ends_on + timedelta(days=1), "quarter")


def mark_of(cells: Mapping[str | None, MarkCell], name: str) -> Decimal | None:
    """Return the mark of a service type, from all types of a section; None if it is not told."""
    cell = cells.get(name)
    if cell is None or cell.ballots < MIN_BALLOTS or not cell.answers:
        return None
    if name in suppress({kind: one.ballots for kind, one in cells.items()}, MIN_N_DISPLAY):
        return None
    return round_half_up(Decimal(POINTS * cell.levels) / cell.answers, WHOLE_POINT)
