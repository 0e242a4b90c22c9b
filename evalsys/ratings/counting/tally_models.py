"""What raters add to their levels, as totals that know no ballot."""

from sqlalchemy import ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class ReasonTally(Model):
    """How many raters of somebody ticked a reason: beside levels it would tell two ballots apart.

    `reason` is the number of one of ratings.rules.REASONS. Nothing is taken out again: who decides
    that a rating does not count is not told what its rater ticked.
    """

    __tablename__ = "reason_tally"

    base_period: Mapped[str] = mapped_column(String(7), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    reason: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ticked: Mapped[int]


class PressureTally(Model):
    """How many raters said "I was asked to rate well"; by section, for the supervisors only."""

    __tablename__ = "pressure_tally"

    base_period: Mapped[str] = mapped_column(String(7), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True)
    reports: Mapped[int]
