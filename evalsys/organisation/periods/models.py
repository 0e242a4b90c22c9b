"""Assessment periods."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.organisation.policies.models import Policy


class PeriodKind(StrEnum):
    """The length of a period."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


class PeriodState(StrEnum):
    """OPEN takes ratings; COUNTING is being closed; CLOSED is frozen; PUBLISHED is public."""

    OPEN = "open"
    COUNTING = "counting"
    CLOSED = "closed"
    PUBLISHED = "published"


class Period(Model):
    """An assessment period, written 2026-09, 2026-Q3, 2026-H1 or 2026; both ends inclusive.

    `settled_on` is the day since which no row reveals when a rating of the period was counted.
    """

    __tablename__ = "period"
    __table_args__ = (CheckConstraint("ends_on > starts_on", name="span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(7), unique=True)
    kind: Mapped[PeriodKind]
    starts_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date]
    state: Mapped[PeriodState] = mapped_column(index=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    closed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    settled_on: Mapped[date | None]
    policy: Mapped[Policy] = relationship()
