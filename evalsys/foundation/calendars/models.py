"""The calendar as announced by the State Council's yearly notice."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class CalendarYear(Model):
    """A year whose notice was imported. Other years follow the weekday rule, provisionally."""

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
