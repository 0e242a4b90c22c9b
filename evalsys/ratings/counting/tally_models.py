"""Totals of what raters add to their levels, apart from any ballot."""

from sqlalchemy import ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class ReasonTally(Model):
    """How often a reason was ticked on a person: beside levels it would identify ballots.

    `reason` is the number of one of `ballots.rules.REASONS`. Nothing is ever subtracted: whoever
    excludes a rating must not learn what its rater ticked.
    """

    __tablename__ = "reason_tally"

    base_period: Mapped[str] = mapped_column(String(7), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    reason: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ticked: Mapped[int]


class PressureTally(Model):
    """The number of raters who reported pressure, by section; for supervisors only."""

    __tablename__ = "pressure_tally"

    base_period: Mapped[str] = mapped_column(String(7), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True)
    reports: Mapped[int]
