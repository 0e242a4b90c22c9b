"""Terms in working days, days and months: their end, its reason, and the light. Pure."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from evalsys.foundation.calendars.rules import ONE_DAY, WorkingDays

YELLOW_SHARE = 0.2  # share of the term left
LAST_DAYS = 1  # working days left of any term
MONTHS = 12


class TermUnit(StrEnum):
    """The unit of a term, which is the suffix of its rule's name."""

    WORKING_DAYS = "wd"
    DAYS = "d"
    MONTHS = "months"


class Light(StrEnum):
    """The light of a deadline, as the letters of the style sheet."""

    GREEN = "g"
    YELLOW = "y"
    TODAY = "t"
    RED = "r"
    ENDED = "e"  # a right or a span: nobody is late
    PAUSED = "p"
    MET = "x"
    REFERRED = "f"  # a matter that the discipline organ has


@dataclass(frozen=True)
class Due:
    """The end of a term. `rolled_from` is the day off on which it would have ended."""

    on: date
    is_provisional: bool
    rolled_from: date | None = None


def unit_of(rule: str) -> TermUnit:
    """Return the unit of a rule, from its suffix. Raises ValueError for another rule."""
    return TermUnit(rule.rsplit("_", 1)[-1])


def due_on(start: date, amount: int, unit: TermUnit, days: WorkingDays) -> Due:
    """Return the end of a term that begins on the day after `start`.

    Terms of days or months that would end on a day off end on the next working day (Civil Code,
    article 203); if the month lacks the day, on its last (article 202).
    """
    if unit is TermUnit.WORKING_DAYS:
        end, rolled = days.add(start, amount), None
    else:
        plain = start + timedelta(amount) if unit is TermUnit.DAYS else add_months(start, amount)
        end = plain if days.is_working(plain) else next(days.after(plain))
        rolled = None if end == plain else plain
    return Due(end, days.is_provisional(start, end), rolled)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later (earlier below 0), or that month's last day."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def days_off(start: date, end: date, days: WorkingDays) -> list[date]:
    """Return the days off after `start` up to `end`."""
    span = range(1, (end - start).days + 1)
    return [day for day in (start + n * ONE_DAY for n in span) if not days.is_working(day)]


def length(start: date, end: date, unit: TermUnit, days: WorkingDays) -> int:
    """Return the distance of two days: working days for such a term, else days."""
    return days.between(start, end) if unit is TermUnit.WORKING_DAYS else (end - start).days


def nears_on(start: date, end: date, unit: TermUnit, days: WorkingDays) -> date:
    """Return the first day on which a working day or a fifth of a term is left.

    At the earliest the day on which it starts.
    """
    share = int(length(start, end, unit, days) * YELLOW_SHARE)
    if unit is TermUnit.WORKING_DAYS:
        near = _days_before(end, max(share, LAST_DAYS), days)
    else:
        near = min(end - timedelta(share), _days_before(end, LAST_DAYS, days))
    return max(start, near)


def _days_before(end: date, count: int, days: WorkingDays) -> date:
    """Return the earliest day after which up to `count` working days are left until `end`."""
    day, left = end, count
    while (left := left - days.is_working(day)) >= 0:
        day -= ONE_DAY
    return day


def light(nears: date, end: date, today: date, *, is_soft: bool = False) -> Light:
    """Return the light of a running term, yellow from the day `nears` on.

    A soft term (a right or a span) ends without being missed.
    """
    if today > end:
        return Light.ENDED if is_soft else Light.RED
    if today == end:
        return Light.TODAY
    return Light.YELLOW if today >= nears else Light.GREEN


def shifted(end: date, paused_on: date, today: date, unit: TermUnit, days: WorkingDays) -> date:
    """Return the new end after a pause: what was left when the clock stopped runs from today."""
    if end <= paused_on:
        return end
    left = length(paused_on, end, unit, days)
    return due_on(today, left, unit if unit is TermUnit.WORKING_DAYS else TermUnit.DAYS, days).on
