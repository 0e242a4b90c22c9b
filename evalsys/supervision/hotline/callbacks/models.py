"""Tickets that count in no rate, each for a reason, and those that count again."""

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


class HotlineRecount(Model):
    """A ticket that was left out of the rates and counts again, each for a reason by somebody."""

    __tablename__ = "hotline_recount"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("hotline_ticket.id"), index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    by: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    again_reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    again_by: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    again_at: Mapped[datetime]
    user: Mapped[User] = relationship(foreign_keys=by)
    recounter: Mapped[User] = relationship(foreign_keys=again_by)
