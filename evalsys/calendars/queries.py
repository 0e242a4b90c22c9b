"""The calendar as the rules need it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from evalsys.calendars.models import CalendarDay, CalendarYear
from evalsys.calendars.rules import WorkingDays
from evalsys.core.extensions import db


def working_days() -> WorkingDays:
    """Return the whole calendar: about thirty rows a year."""
    days = db.session.execute(select(CalendarDay.day, CalendarDay.is_working)).all()
    years = db.session.scalars(select(CalendarYear.year)).all()
    return WorkingDays({row.day: row.is_working for row in days}, frozenset(years))


def find_year(year: int) -> CalendarYear | None:
    """Return the imported notice of a year, or None."""
    return db.session.get(CalendarYear, year)


def list_days(year: int) -> Sequence[CalendarDay]:
    """Return the days of a year that differ from the weekday rule, in order."""
    whole = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return db.session.scalars(select(CalendarDay).where(whole).order_by(CalendarDay.day)).all()
