"""Staging tables of the import of past ratings, empty between imports."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model
from evalsys.ratings.ballots.models import Channel, Histogram, Levels, RaterGroup, level_checks


class ImportState(StrEnum):
    """The state of an import.

    STAGED: nothing counts yet, and a failure removes it. PUBLISHED: the tallies include it, and its
    rows are moved to `rating`, resumed after any failure.
    """

    STAGED = "staged"
    PUBLISHED = "published"


class PastImport(Model):
    """An import of past ratings in progress, deleted when it is done.

    `staged` of its rows are in `past_row`.
    """

    __tablename__ = "past_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ImportState] = mapped_column(index=True)
    staged: Mapped[int]
    counted_on: Mapped[date]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("count_batch.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class PastSeat(Histogram, Model):
    """A seat that ratings of an import are about, and what they add to its tally.

    People and sections are named by number and code until the import is published, which may create
    them.
    """

    __tablename__ = "past_seat"

    import_id: Mapped[int] = mapped_column(ForeignKey("past_import.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base_period: Mapped[str] = mapped_column(String(7))
    section_code: Mapped[str] = mapped_column(String(40))
    staff_number: Mapped[str] = mapped_column(String(40))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    rater_group: Mapped[RaterGroup]
    ballots: Mapped[int]
    bad: Mapped[int]


class PastRow(Levels, Model):
    """A staged rating of an import. The key is random, as in `rating`."""

    __tablename__ = "past_row"
    __table_args__ = (*level_checks(), {"sqlite_with_rowid": False})

    import_id: Mapped[int] = mapped_column(ForeignKey("past_import.id"), primary_key=True)
    ballot_id: Mapped[bytes] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(8))
    seat: Mapped[int]
    service_type: Mapped[str | None] = mapped_column(String(80))
    channel: Mapped[Channel]
