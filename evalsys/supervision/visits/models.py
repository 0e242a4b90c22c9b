"""The data of front-line visits and their photos."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.cases.engine.models import Subject
from evalsys.cases.papers.rules import Media
from evalsys.core.database import Model
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.supervision.visits.rules import (
    LONGEST_PLACE,
    LONGEST_TEXT,
    VisitOutcome,
    reference_of,
)

HOW_CHECK = "(outcome = 'solved') = (solved_how IS NOT NULL)"


class Visit(Model):
    """A front-line visit, as its visitor logged it; it is not changed afterwards.

    `key` was made where it was typed, so that what is sent twice is stored once. `section_id` is
    where the visitor belonged on the day; leaders belong to an organ alone.
    """

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(HOW_CHECK, name="how"),
        Index("ix_visit_section_id_visited_on", "section_id", "visited_on"),
        Index("ix_visit_staff_id_visited_on", "staff_id", "visited_on"),
        Index("ix_visit_organ_id_visited_on", "organ_id", "visited_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    organ_id: Mapped[int] = mapped_column(ForeignKey("organ.id"))
    visited_on: Mapped[date] = mapped_column(index=True)
    place: Mapped[str] = mapped_column(String(LONGEST_PLACE))
    found: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    outcome: Mapped[VisitOutcome] = mapped_column(index=True)
    solved_how: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), unique=True)
    at: Mapped[datetime]
    staff: Mapped[Staff] = relationship()
    section: Mapped[Section | None] = relationship()
    organ: Mapped[Organ] = relationship()
    matter: Mapped[Subject | None] = relationship()
    photos: Mapped[list["VisitPhoto"]] = relationship(order_by="VisitPhoto.id")

    @property
    def number(self) -> str:
        """Its number, which is the reference of its follow-up."""
        return reference_of(self.id)


class VisitPhoto(Model):
    """A photo of a visit, without place and device; columns as in `Attachment`."""

    __tablename__ = "visit_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    name: Mapped[str] = mapped_column(String(110))
    media: Mapped[Media]
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    stored: Mapped[str] = mapped_column(String(32), unique=True)
