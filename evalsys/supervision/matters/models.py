"""The data of a supervised matter besides its case."""

from datetime import date

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.cases.engine.models import Subject
from evalsys.core.database import Model
from evalsys.supervision.matters.rules import MatterSource

LONGEST_TITLE, LONGEST_REFERENCE = 120, 60


class Matter(Model):
    """A supervised matter: where it comes from, its title, its number there.

    `reference` is the number in the system that it comes from, one matter at a time; the
    petitioner's name and number stay there. `turn` counts the matters of a number: one that follows
    a closed one is the second. `referred_on` is the day on which it was referred to the discipline
    organ, None if it is not with it; `excused_on` that up to which its lateness does not count.
    """

    __tablename__ = "matter"
    __table_args__ = (
        UniqueConstraint("source", "reference", "turn"),
        Index("ix_matter_referred_on", "referred_on"),
    )

    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    source: Mapped[MatterSource]
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    reference: Mapped[str | None] = mapped_column(String(LONGEST_REFERENCE))
    turn: Mapped[int] = mapped_column(default=1)
    referred_on: Mapped[date | None]
    excused_on: Mapped[date | None]
    subject: Mapped[Subject] = relationship()
