"""Tickets of the hotline 12345."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.cases.engine.models import Subject
from evalsys.core.database import Model
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.rules import (
    LONGEST_CATEGORY,
    LONGEST_NUMBER,
    LONGEST_SAYS,
    LONGEST_TITLE,
    CallBack,
    Satisfaction,
)


class HotlineTicket(Model):
    """A ticket of the hotline, unique by its number in the city.

    `is_open` is what the hotline says; the matter goes its own way. `answer_by` is until when the
    hotline wants an answer. The caller's name and number stay with the hotline. From `called_on` on
    stands what the last call-back said, None for what was not asked.
    """

    __tablename__ = "hotline_ticket"
    __table_args__ = (
        Index("ix_hotline_ticket_received_on_id", "received_on", "id"),
        Index("ix_hotline_ticket_organ_id_received_on", "organ_id", "received_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), unique=True)
    organ_id: Mapped[int] = mapped_column(ForeignKey("organ.id"))
    received_on: Mapped[date]
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    says: Mapped[str] = mapped_column(String(LONGEST_SAYS))
    category: Mapped[str | None] = mapped_column(String(LONGEST_CATEGORY))
    answer_by: Mapped[date | None]
    is_open: Mapped[bool]
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), unique=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("hotline_import.id"), index=True)
    changed_at: Mapped[datetime]
    called_on: Mapped[date | None]
    is_reached: Mapped[bool | None]
    in_limit: Mapped[bool | None]
    is_solved: Mapped[bool | None]
    satisfaction: Mapped[Satisfaction | None]
    organ: Mapped[Organ] = relationship()
    matter: Mapped[Subject | None] = relationship()

    @property
    def call(self) -> CallBack:
        """What the last call-back said."""
        return CallBack(
            self.called_on, self.is_reached, self.in_limit, self.is_solved, self.satisfaction
        )
