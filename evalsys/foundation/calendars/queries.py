"""Queries of the calendar."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Boolean, Date, Integer, cast, null, select, union_all
from sqlalchemy.orm import SessionTransaction

from evalsys.core.extensions import db
from evalsys.foundation.calendars.models import CalendarDay, CalendarYear
from evalsys.foundation.calendars.rules import WorkingDays

KEPT = "calendar"  # the key in `session.info` of (transaction, calendar)


def working_days() -> WorkingDays:
    """Return the whole calendar, about thirty rows a year. Cached per transaction."""
    session = db.session()
    known: tuple[SessionTransaction | None, WorkingDays] | None = session.info.get(KEPT)
    if known is not None and known[0] is session.get_transaction():
        return known[1]
    days = select(CalendarDay.day, CalendarDay.is_working, cast(null(), Integer).label("year"))
    years = select(cast(null(), Date), cast(null(), Boolean), CalendarYear.year)
    rows = session.execute(union_all(days, years)).all()
    calendar = WorkingDays(
        {row.day: row.is_working for row in rows if row.day is not None},
        frozenset(row.year for row in rows if row.year is not None),
    )
    session.info[KEPT] = (session.get_transaction(), calendar)
    return calendar


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
