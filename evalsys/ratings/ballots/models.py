"""The tables of a rating: ticket, intake, rating, tally. docs/security.md says what joins what.

`ticket` and `ticket_staff` are joined by `ticket_hash`; `rating` and `exclusion` by `staff_id` and
`ballot_id`, since counted data is stored with the person it is about (docs/adr/0008). No column
joins the two groups: `intake` holds sealed ballots under keyed names.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    and_,
)
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class RaterGroup(StrEnum):
    """Who rates (F2)."""

    RECIPIENT = "recipient"
    GRASSROOTS = "grassroots"
    COLLABORATOR = "collaborator"
    LEADER = "leader"


class Channel(StrEnum):
    """How the ticket reached the rater.

    DEFAULT is silence counted by another system; it never enters scores. OTHER occurs in ratings
    only: channels used by too few raters are not kept.
    """

    SLIP = "slip"
    COUNTER = "counter"
    SCREEN = "screen"
    SMS = "sms"
    ONLINE = "online"
    IMPORT = "import"
    DEFAULT = "default"
    OTHER = "other"


class CommentState(StrEnum):
    """The reviewer's decision: readable by everybody, by the rated person only, or withheld."""

    PENDING = "pending"
    RELEASED = "released"
    PERSON_ONLY = "person_only"
    WITHHELD = "withheld"


class ExclusionReason(StrEnum):
    """Why a counted rating does not enter the scores. It is kept, and shown as excluded."""

    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"
    NOT_PERSON = "not_person"
    DEFAULT = "default"
    VOID = "void"
    FROZEN = "frozen"  # The ratee was returned, and an earlier score stays (never stored).


def level_checks() -> tuple[CheckConstraint, ...]:
    """Return the constraints of the four levels: each 1-5 or NULL, at least one not NULL."""
    names = ("attitude", "work_style", "efficiency", "competence")
    each = (CheckConstraint(f"{n} IS NULL OR {n} BETWEEN 1 AND 5", name=n) for n in names)
    return (*each, CheckConstraint(f"COALESCE({', '.join(names)}) IS NOT NULL", name="answered"))


class Levels:
    """The four levels of a ballot, 5 very satisfied to 1 very dissatisfied; None: don't know."""

    attitude: Mapped[int | None] = mapped_column(SmallInteger)
    work_style: Mapped[int | None] = mapped_column(SmallInteger)
    efficiency: Mapped[int | None] = mapped_column(SmallInteger)
    competence: Mapped[int | None] = mapped_column(SmallInteger)


class Histogram:
    """The number of ballots per level of each dimension."""

    attitude_1: Mapped[int] = mapped_column(default=0)
    attitude_2: Mapped[int] = mapped_column(default=0)
    attitude_3: Mapped[int] = mapped_column(default=0)
    attitude_4: Mapped[int] = mapped_column(default=0)
    attitude_5: Mapped[int] = mapped_column(default=0)
    work_style_1: Mapped[int] = mapped_column(default=0)
    work_style_2: Mapped[int] = mapped_column(default=0)
    work_style_3: Mapped[int] = mapped_column(default=0)
    work_style_4: Mapped[int] = mapped_column(default=0)
    work_style_5: Mapped[int] = mapped_column(default=0)
    efficiency_1: Mapped[int] = mapped_column(default=0)
    efficiency_2: Mapped[int] = mapped_column(default=0)
    efficiency_3: Mapped[int] = mapped_column(default=0)
    efficiency_4: Mapped[int] = mapped_column(default=0)
    efficiency_5: Mapped[int] = mapped_column(default=0)
    competence_1: Mapped[int] = mapped_column(default=0)
    competence_2: Mapped[int] = mapped_column(default=0)
    competence_3: Mapped[int] = mapped_column(default=0)
    competence_4: Mapped[int] = mapped_column(default=0)
    competence_5: Mapped[int] = mapped_column(default=0)


class Ticket(Model):
    r"""The right to rate one service. The row holds SHA-256("ticket/v1\0" || T), never T.

    `valid_until` is the last day, Shanghai time, on which it may be used.
    """

    __tablename__ = "ticket"
    __table_args__ = (Index(None, "served_on"),)

    ticket_hash: Mapped[bytes] = mapped_column(primary_key=True)
    rater_group: Mapped[RaterGroup]
    service_type: Mapped[str | None] = mapped_column(String(80))
    channel: Mapped[Channel]
    served_on: Mapped[date]
    valid_until: Mapped[date]


class TicketStaff(Model):
    """A person who served on a ticket, with the section they belonged to on that day (F3)."""

    __tablename__ = "ticket_staff"

    ticket_hash: Mapped[bytes] = mapped_column(ForeignKey("ticket.ticket_hash"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)


class Intake(Model):
    """A ballot whose window is open: replaced by a later one, counted after `valid_until`.

    `sealed` is the encrypted ballot; `name` and `looked_up_by` are keyed hashes of its id and its
    reference (`ballots.sealing`). Nothing here leads to a ticket. SQLite stores the rows in the
    order of `name`, so the physical order does not reveal when they came.
    """

    __tablename__ = "intake"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # Read by SQLAlchemy only.

    name: Mapped[bytes] = mapped_column(primary_key=True)
    looked_up_by: Mapped[bytes] = mapped_column(index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    base_period: Mapped[str] = mapped_column(String(7))
    valid_until: Mapped[date] = mapped_column(index=True)
    pressured: Mapped[bool] = mapped_column(default=False)
    replaced: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    replaced_on: Mapped[date | None]
    fingerprint: Mapped[bytes | None]
    sealed: Mapped[bytes]


class CountBatch(Model):
    """A counting batch: `ballots` intake rows, shuffled, became ratings. `counted_on` is a day."""

    __tablename__ = "count_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    counted_on: Mapped[date]
    ballots: Mapped[int]


class Rating(Levels, Model):
    """A counted ballot. Never updated or deleted: triggers refuse.

    No time finer than `base_period`, no address, no way back to the ticket. `service_type` and
    `channel` are kept only if enough ballots share them, else they are "other" (`counting.crowds`).
    `ballot_id` is a hash over the ticket's secret and the staff number; SQLite stores the rows in
    its order, so the physical order does not reveal when they came.
    """

    __tablename__ = "rating"
    __table_args__ = (
        *level_checks(),
        PrimaryKeyConstraint("staff_id", "ballot_id"),
        # A covering index for the recount of a closing: no row is read, nothing is sorted.
        Index(
            "ix_rating_recount",
            "base_period",
            "section_id",
            "staff_id",
            "rater_group",
            "attitude",
            "work_style",
            "efficiency",
            "competence",
            "channel",
            "service_type",
        ),
        {"sqlite_with_rowid": False},
    )

    ballot_id: Mapped[bytes]
    reference: Mapped[str] = mapped_column(String(8), index=True)
    base_period: Mapped[str] = mapped_column(String(7))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    rater_group: Mapped[RaterGroup]
    service_type: Mapped[str | None] = mapped_column(String(80))
    channel: Mapped[Channel]
    replaced: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")


class Exclusion(Model):
    """The decision that a rating does not enter the scores, with its reason and author."""

    __tablename__ = "exclusion"
    __table_args__ = (
        PrimaryKeyConstraint("staff_id", "ballot_id"),
        ForeignKeyConstraint(["staff_id", "ballot_id"], ["rating.staff_id", "rating.ballot_id"]),
        Index(None, "reason", "decided_on"),
    )
    audited_by = "ballot_id"  # As in log entries older than the composite key.

    staff_id: Mapped[int]
    ballot_id: Mapped[bytes]
    reason: Mapped[ExclusionReason]
    grounds: Mapped[str] = mapped_column(String(500))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_on: Mapped[date]


# Joins by the whole key, which begins with the person by whom both tables are distributed.
EXCLUDES = and_(Exclusion.staff_id == Rating.staff_id, Exclusion.ballot_id == Rating.ballot_id)


class Tally(Histogram, Model):
    """Ballots counted so far of a member, section, base period and rater group.

    `bad` counts ballots with any level of 1 or 2. Excluded ratings are not included.
    """

    __tablename__ = "tally"

    base_period: Mapped[str] = mapped_column(String(7), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    rater_group: Mapped[RaterGroup] = mapped_column(primary_key=True)
    ballots: Mapped[int]
    bad: Mapped[int]


class Comment(Model):
    """A rater's comment, without ballot or time. `id` is random, so its order reveals nothing.

    `id` alone identifies a comment; the person is in the key because comments are distributed like
    ratings. `released_body` is the readable text, edited so that nobody can be recognised.
    """

    __tablename__ = "comment"
    __table_args__ = (
        PrimaryKeyConstraint("staff_id", "id"),
        Index(None, "base_period", "section_id"),
        {"sqlite_with_rowid": False},
    )
    audited_by = "id"

    id: Mapped[str] = mapped_column(String(32), index=True)
    base_period: Mapped[str] = mapped_column(String(7))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[CommentState] = mapped_column(index=True)
    released_body: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(String(200))
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reviewed_at: Mapped[datetime | None]


class CallbackContact(Model):
    """A rater who asked for a call, stored apart from ballots, ratings and cases.

    Number, person and section are in `sealed` (`contacts.rows`). `id` is a keyed hash that only the
    sealed ballot and the envelope of a case hold. `due_on` is the last day for the call. Only the
    nightly lift adds rows, and encrypts all of them anew; a call updates its own row. See
    docs/adr/0035.
    """

    __tablename__ = "callback_contact"
    __table_args__ = (
        Index(None, "organ_id", "is_done", "due_on"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    organ_id: Mapped[int] = mapped_column(ForeignKey("organ.id"))
    due_on: Mapped[date]
    is_done: Mapped[bool] = mapped_column(default=False)
    sealed: Mapped[bytes]
