"""What remains of a ticket after its window: nothing that leads to a service or a person."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class SpentTicket(Model):
    """A ticket whose window is over: its hash and last day."""

    __tablename__ = "spent_ticket"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    ticket_hash: Mapped[bytes] = mapped_column(primary_key=True)
    valid_until: Mapped[date]


class RatedTicket(Model):
    """The tag of a ticket of which a ballot was counted; only its holder can derive it.

    Lets a page tell the holder whether a spent ticket was used; its hash reveals nothing.
    """

    __tablename__ = "rated_ticket"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    tag: Mapped[bytes] = mapped_column(primary_key=True)


class IssuedCount(Model):
    """The number of ratings asked for on a person and day, of spent tickets."""

    __tablename__ = "issued_count"

    served_on: Mapped[date] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True, index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    tickets: Mapped[int]
