"""What is left of a ticket when its window is over: nothing that leads to a service or a person."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class SpentTicket(Model):
    """A ticket whose window is over: its hash, and the last day on which it could be used."""

    __tablename__ = "spent_ticket"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    ticket_hash: Mapped[bytes] = mapped_column(primary_key=True)
    valid_until: Mapped[date]


class RatedTicket(Model):
    """That a ballot of some ticket was counted: its tag, which only the holder can name.

    So a page can tell whoever holds a spent ticket whether it was used; its hash tells nobody.
    """

    __tablename__ = "rated_ticket"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    tag: Mapped[bytes] = mapped_column(primary_key=True)


class IssuedCount(Model):
    """How many ratings of somebody were asked for on a day, of the tickets that are spent."""

    __tablename__ = "issued_count"

    served_on: Mapped[date] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True, index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    tickets: Mapped[int]
