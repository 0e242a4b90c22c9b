"""The calendar as the rules need it."""

from sqlalchemy import select

from evalsys.calendars.models import CalendarDay, CalendarYear
from evalsys.calendars.rules import WorkingDays
from evalsys.core.extensions import db


def working_days() -> WorkingDays:
    """Return the whole calendar: about thirty rows a year."""
    days = db.session.execute(select(CalendarDay.day, CalendarDay.is_working)).all()
    years = db.session.scalars(select(CalendarYear.year)).all()
    return WorkingDays({row.day: row.is_working for row in days}, frozenset(years))
