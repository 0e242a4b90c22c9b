"""Queries of the calendar."""

import functools
from collections.abc import Sequence
from datetime import date

from sqlalchemy import ScalarSelect, String, case, cast, func, select
from sqlalchemy.orm import SessionTransaction

from evalsys.core.extensions import db
from evalsys.core.reads import read_fact
from evalsys.foundation.calendars.models import CalendarDay, CalendarYear
from evalsys.foundation.calendars.rules import WorkingDays

KEPT = "calendar"  # the key in `session.info` of (transaction, calendar)
FACT = "calendar"


def calendar_fact(_user_id: int | None) -> ScalarSelect[str]:
    """Return the subquery for the whole calendar as one text: `2026-10-01- 2026-10-10+|2026`."""
    day = cast(CalendarDay.day, String) + case((CalendarDay.is_working, "+"), else_="-")
    days = select(func.coalesce(func.aggregate_strings(day, " "), ""))
    year = func.aggregate_strings(cast(CalendarYear.year, String), " ")
    years = select(func.coalesce(year, ""))
    return select(days.scalar_subquery() + "|" + years.scalar_subquery()).scalar_subquery()


def working_days() -> WorkingDays:
    """Return the whole calendar, about thirty rows a year. Cached per transaction."""
    session = db.session()
    known: tuple[SessionTransaction | None, WorkingDays] | None = session.info.get(KEPT)
    if known is not None and known[0] is session.get_transaction():
        return known[1]
    calendar = _read(read_fact(FACT))
    session.info[KEPT] = (session.get_transaction(), calendar)
    return calendar


@functools.lru_cache(maxsize=4)
def _read(text: str) -> WorkingDays:
    """Parse the text of a calendar. Cached: equal texts are equal calendars."""
    days, years = (part.split() for part in text.split("|"))
    return WorkingDays(
        {date.fromisoformat(day[:-1]): day[-1] == "+" for day in days}, frozenset(map(int, years))
    )


def forget_working_days() -> None:
    """Clear the cached calendar after a change in this transaction."""
    db.session().info.pop(KEPT, None)


def find_year(year: int) -> CalendarYear | None:
    """Return the imported notice of a year, or None."""
    return db.session.get(CalendarYear, year)


def list_days(year: int) -> Sequence[CalendarDay]:
    """Return the days of a year that differ from the weekday rule, in order."""
    whole = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return db.session.scalars(select(CalendarDay).where(whole).order_by(CalendarDay.day)).all()
