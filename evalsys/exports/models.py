"""Large exports with their approval, and the people each account has exported."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.exports.approval.rules import ExportState
from evalsys.foundation.accounts.models import User
from evalsys.scores.models import Result


class LargeExport(Model):
    """A request for a workbook of many people, and its decision.

    `result_id`, `filters` and `persons` define the workbook that may be written. `scope` is that of
    the requester, so that a new role inherits no approval. `valid_until` is the last day to decide
    and, once approved, to download.
    """

    __tablename__ = "large_export"
    __table_args__ = (
        Index("ix_large_export_state_valid_until", "state", "valid_until"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asker_id", name="second_person"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decider"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        CheckConstraint("(state = 'taken') = (taken_at IS NOT NULL)", name="taken"),
        CheckConstraint("state <> 'expired'", name="expired"),
        CheckConstraint("persons > 0", name="persons"),
        CheckConstraint("length(purpose) > 0", name="purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    scope: Mapped[str] = mapped_column(String(60))
    book: Mapped[str] = mapped_column(String(40))
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    filters: Mapped[dict[str, Any]]
    lang: Mapped[str] = mapped_column(String(2))
    persons: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(200))
    state: Mapped[ExportState]
    asked_at: Mapped[datetime]
    valid_until: Mapped[date]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(String(200))
    taken_at: Mapped[datetime | None]
    asker: Mapped[User] = relationship(foreign_keys=asker_id)
    decider: Mapped[User | None] = relationship(foreign_keys=decided_by)
    result: Mapped[Result] = relationship()


class LargeExportSection(Model):
    """A section in the requester's scope; whoever decides must see all of them."""

    __tablename__ = "large_export_section"

    export_id: Mapped[int] = mapped_column(ForeignKey("large_export.id"), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True, index=True)


class TakenPerson(Model):
    """A person whose figures of a period an account has exported without approval.

    At most MANY per person and period.
    """

    __tablename__ = "taken_person"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), primary_key=True, index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)


class TakenCase(Model):
    """A person whose cases an account has exported in a year."""

    __tablename__ = "taken_case"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
