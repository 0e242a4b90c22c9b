"""Used events, invitations, screens and issuing counts.

None leads to a ticket: they share neither a key nor a time with one.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.models import RaterGroup


class UsedEvent(Model):
    """A service event with a ticket, as a keyed hash: see `rules.events.event_hashes`.

    `kept_until` is the last day on which a second ticket could be asked for.
    """

    __tablename__ = "used_event"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    event_hash: Mapped[bytes] = mapped_column(primary_key=True)
    kept_until: Mapped[date] = mapped_column(index=True)


class ScreenTurn(Model):
    """An event whose code is shown on a window's screen, until it is scanned or the day ends.

    Deleted when the ticket is issued. The largest id is shown first.
    """

    __tablename__ = "screen_turn"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    event_no: Mapped[str] = mapped_column(String(40))
    service_type: Mapped[str | None] = mapped_column(String(80))
    served_on: Mapped[date] = mapped_column(index=True)


class Invitation(Model):
    """An invitation to rate somebody, once in a period. `addressee_key` is normalised."""

    __tablename__ = "invitation"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    rater_group: Mapped[RaterGroup] = mapped_column(primary_key=True)
    addressee_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    base_period: Mapped[str] = mapped_column(String(7), primary_key=True)
    addressee: Mapped[str] = mapped_column(String(80))


COMMAND_LINE = 0  # `issuer_id` of the command line


class IssuingTally(Model):
    """The number of tickets an account issued for a person and day (ADR 34).

    No time, no ticket; events put on a screen are counted then. `issuer_id` is an account or
    COMMAND_LINE. `for_colleagues` are those `tickets` for the issuer's own section on that day;
    `invitations` are of other groups, which have no service.
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
    """A lifted ceiling: up to `most` tickets of an issuer for a person and day."""

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
