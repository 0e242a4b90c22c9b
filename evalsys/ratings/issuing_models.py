"""What keeps one service to one ticket, and one rater who was invited to one ballot.

None of it leads to a ticket: the tables share neither a key nor a time with one.
"""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model
from evalsys.ratings.models import RaterGroup


class UsedEvent(Model):
    """A service event for which a ticket was issued, as a keyed hash: see `events.event_hash`.

    `kept_until` is the last day on which somebody could ask for a second ticket.
    """

    __tablename__ = "used_event"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    event_hash: Mapped[bytes] = mapped_column(primary_key=True)
    kept_until: Mapped[date] = mapped_column(index=True)


class ScreenTurn(Model):
    """An event whose code stands on the screen of a window until somebody scans it, that day only.

    The row goes when the ticket comes. The largest id is shown first.
    """

    __tablename__ = "screen_turn"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    event_no: Mapped[str] = mapped_column(String(40))
    service_type: Mapped[str | None] = mapped_column(String(80))
    served_on: Mapped[date] = mapped_column(index=True)


class Invitation(Model):
    """Who was invited to rate somebody, once in a period. `addressee_key` is how names compare."""

    __tablename__ = "invitation"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    rater_group: Mapped[RaterGroup] = mapped_column(primary_key=True)
    addressee_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    base_period: Mapped[str] = mapped_column(String(7), primary_key=True)
    addressee: Mapped[str] = mapped_column(String(80))
