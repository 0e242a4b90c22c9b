"""The data of a coordination besides its case."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.cases.engine.models import Subject
from evalsys.core.database import Model
from evalsys.supervision.coordination.rules import LONGEST_NAMES, LONGEST_TITLE


class Coordination(Model):
    """A question that the head of an organ took up: its title, and since when it was there.

    `conveners` are the names of those who call together, the head first. `raised_on` is the day on
    which somebody raised the question, before the head took it up or on that day.
    """

    __tablename__ = "coordination"

    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    conveners: Mapped[str] = mapped_column(String(LONGEST_NAMES))
    raised_on: Mapped[date]
    subject: Mapped[Subject] = relationship()
