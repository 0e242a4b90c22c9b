"""Use cases of the calendar."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete

from evalsys.core.audit import Unit
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.models import CalendarDay, CalendarYear
from evalsys.foundation.calendars.notices import NoticeDay
from evalsys.foundation.calendars.queries import forget_working_days


def import_year(
    unit: Unit, days: Sequence[NoticeDay], *, source: str, now: datetime
) -> CalendarYear:
    """Replace a year of the calendar by a notice parsed by `read_notice`.

    Other days follow the weekday rule. Due dates already announced stay: nobody loses a day that
    is printed on a slip.
    """
    year = days[0].day.year
    whole = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    db.session.execute(delete(CalendarDay).where(whole))
    exceptions = [day for day in days if day.is_exception]
    db.session.add_all(
        CalendarDay(day=day.day, is_working=day.is_working, name=day.name) for day in exceptions
    )
    forget_working_days()
    row = db.session.merge(CalendarYear(year=year, source=source, imported_at=now))
    unit.record(Action.CALENDAR_IMPORT, row, days=len(exceptions), source=source)
    return row
