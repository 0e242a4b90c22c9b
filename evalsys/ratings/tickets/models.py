"""What keeps one service to one ticket, and one rater who was invited to one ballot.

None of it leads to a ticket: the tables share neither a key nor a time with one.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.models import RaterGroup


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


COMMAND_LINE = 0  # the issuer of what the command line issues


class IssuingTally(Model):
    """How many tickets one account issued for somebody's services of a day (ADR 34).

    No clock, no ticket: what is put on a screen is counted when it is put there. `issuer_id` is an
    account, or COMMAND_LINE. Of the `tickets`, those `for_colleagues` are for the section to which
    who issued belonged on that day; `invitations` are of other groups, which have no service.
    """

    __tablename__ = "issuing_tally"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    served_on: Mapped[date] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True, index=True)
    issuer_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    tickets: Mapped[int]
    invitations: Mapped[int]
    for_colleagues: Mapped[int]


class CeilingLift(Model):
    """That an issuer may issue up to `most` tickets for somebody's services of one day, and why."""

    __tablename__ = "ceiling_lift"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    served_on: Mapped[date] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    issuer_id: Mapped[int] = mapped_column(primary_key=True)
    most: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    lifted_at: Mapped[datetime]
    staff: Mapped[Staff] = relationship()
    lifter: Mapped[User | None] = relationship(foreign_keys=lifted_by)
    issuer: Mapped[User | None] = relationship(
        primaryjoin=lambda: User.id == foreign(CeilingLift.issuer_id), viewonly=True
    )
