"""Services handled per person and day, as counted by the office."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class ServicesHandled(Model):
    """The services one person handled on a day; no row: not entered (ADR 36).

    `section_id` is where the person belonged on that day when the number was entered. No time and
    no service number, so it reveals nothing about a ticket but its day. `entered_by` is None for
    the command line.
    """

    __tablename__ = "services_handled"
    __table_args__ = (
        CheckConstraint("services >= 0", name="services"),
        {"sqlite_with_rowid": False},
    )

    served_on: Mapped[date] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    services: Mapped[int]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    entered_on: Mapped[date]
