"""The calendar of the State Council's yearly notices."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class CalendarYear(Model):
    """A year whose notice was imported. Other years provisionally follow the weekday rule."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime]


class CalendarDay(Model):
    """A day that differs from the weekday rule: a day off, or a working Saturday or Sunday."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40))
