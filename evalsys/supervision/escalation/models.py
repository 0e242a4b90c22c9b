"""Which levels were acted on: the key keeps each to once."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class Escalation(Model):
    """A level that was acted on for a deadline, once in each round.

    `round` is 0 for the term itself; an extension that was agreed to begins the next one.
    """

    __tablename__ = "escalation"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 4", name="level"),)

    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    acted_on: Mapped[date]
