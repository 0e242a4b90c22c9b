"""Tickets that count in no rate, each for a reason."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User
from evalsys.supervision.hotline.models import HotlineTicket

LONGEST_REASON = 200


class HotlineExclusion(Model):
    """A ticket that counts in no rate, for a reason given by a named person."""

    __tablename__ = "hotline_exclusion"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("hotline_ticket.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    by: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    ticket: Mapped[HotlineTicket] = relationship()
    user: Mapped[User] = relationship()
