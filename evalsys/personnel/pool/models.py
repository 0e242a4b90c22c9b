"""Training and notes of a stay in the pool."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User
from evalsys.personnel.pool.rules.stays import TrainingKind


class TrainingUnit(Model):
    """A unit of training; `result` is None until it has one."""

    __tablename__ = "training_unit"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="span"),
        CheckConstraint("hours BETWEEN 1 AND 1000", name="hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    kind: Mapped[TrainingKind]
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[int]
    result: Mapped[str | None] = mapped_column(String(500))

    def awaits_result(self, on: date) -> bool:
        """Return whether it is over on a day and has no result yet."""
        return self.result is None and self.ends_on <= on


class MentorNote(Model):
    """A note of the mentor. Append-only."""

    __tablename__ = "mentor_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    body: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    user: Mapped[User | None] = relationship()
