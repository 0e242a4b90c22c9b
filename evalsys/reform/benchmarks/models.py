"""The library of indicators, the cities that are compared, and their figures by year."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User
from evalsys.reform.benchmarks.rules.comparing import Direction

LONGEST_NAME, LONGEST_UNIT, LONGEST_CITY = 60, 12, 40
LONGEST_TEXT, LONGEST_SOURCE = 600, 200
MOST_PLACES = 4  # decimals
LONGEST_FIGURE = 20  # characters


class ExactFigure(sa.TypeDecorator[Decimal]):
    """A Decimal with the places it was entered with, stored as text: exact on SQLite too."""

    impl = sa.String(LONGEST_FIGURE)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:
        """Store 3.50 as 3.50."""
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Decimal | None:
        """Return 3.50 as 3.50."""
        return None if value is None else Decimal(value)


class Indicator(Model):
    """An indicator: what is counted, in which unit, and which figures are the better ones.

    `places` are the decimals of its figures; `source` is where the definition comes from.
    `urgency` and `ease` are judged from 1 to 5, with reasons; None until they are.
    """

    __tablename__ = "benchmark_indicator"
    __table_args__ = (
        CheckConstraint(f"places BETWEEN 0 AND {MOST_PLACES}", name="places"),
        CheckConstraint("urgency BETWEEN 1 AND 5", name="urgency"),
        CheckConstraint("ease BETWEEN 1 AND 5", name="ease"),
        CheckConstraint("(urgency IS NULL) = (ease IS NULL)", name="judged"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), unique=True)
    definition: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    unit: Mapped[str] = mapped_column(String(LONGEST_UNIT))
    places: Mapped[int]
    direction: Mapped[Direction]
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
    urgency: Mapped[int | None]
    urgency_reason: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    ease: Mapped[int | None]
    ease_reason: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))

    retired: Mapped["Retirement | None"] = relationship(
        primaryjoin=lambda: (
            (Retirement.indicator_id == Indicator.id) & Retirement.ended_at.is_(None)
        ),
        viewonly=True,
        lazy="joined",
    )

    def counts_in(self, year: int) -> bool:
        """Whether it is compared in a year: a retired one is in the years before it was."""
        return self.retired is None or year < self.retired.since.year

    @property
    def retired_day(self) -> date | None:
        """The day since which it is out of use, None if it is in use."""
        return self.retired.since if self.retired else None

    @property
    def priority(self) -> int | None:
        """Urgency times ease; None until it is judged."""
        return None if self.urgency is None or self.ease is None else self.urgency * self.ease


class Retirement(Model):
    """A time in which an indicator is out of use, from a day on; `ended_at` is None while it is.

    Who retired it and who took it up again give their reasons; earlier times stay on file.
    """

    __tablename__ = "benchmark_retirement"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("benchmark_indicator.id"), index=True)
    since: Mapped[date]
    reason: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    ended_reason: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    ended_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship(foreign_keys=[by])
    ender: Mapped[User | None] = relationship(foreign_keys=[ended_by])


class BenchmarkCity(Model):
    """A city whose figures are compared: the own one, once, and the reference cities.

    `is_own` is True of the own city and None of the others, which are not equal to each other.
    """

    __tablename__ = "benchmark_city"
    __table_args__ = (CheckConstraint("is_own", name="is_own_or_null"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_CITY), unique=True)
    is_own: Mapped[bool | None] = mapped_column(unique=True)


class Figure(Model):
    """A figure of a city in a year, in one of its versions: nothing is overwritten.

    `value` is None where the figure was withdrawn: then there is no figure. `source` and
    `reference` (an address or the number of a document) say where it comes from, `reason` why it
    replaces another. `entered_by` is None for the command line.
    """

    __tablename__ = "benchmark_figure"
    __table_args__ = (
        UniqueConstraint("indicator_id", "city_id", "year", "version", name="uq_benchmark_figure"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("benchmark_indicator.id"))
    city_id: Mapped[int] = mapped_column(ForeignKey("benchmark_city.id"), index=True)
    year: Mapped[int]
    version: Mapped[int]
    is_current: Mapped[bool]
    value: Mapped[Decimal | None] = mapped_column(ExactFigure)
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
    reference: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
    reason: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    entered_at: Mapped[datetime]
    indicator: Mapped[Indicator] = relationship()
    city: Mapped[BenchmarkCity] = relationship()
    user: Mapped[User | None] = relationship()


class YearTarget(Model):
    """The target of the own city for an indicator in a year; `basis` says who set it, and where."""

    __tablename__ = "benchmark_target"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("benchmark_indicator.id"), primary_key=True
    )
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[Decimal] = mapped_column(ExactFigure)
    basis: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
