"""The data of a bad review besides its case: its result, and two envelopes."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.cases.engine.models import Subject
from evalsys.core.database import Model
from evalsys.personnel.feedback.rules.categories import Aside, Attribution, Category, FollowUpRating


class Review(Model):
    """A counted bad review. Nothing leads to a ticket, and in clear text to no ballot.

    `reasons` is the bit set ticked, 0 once the case is closed. `sealed_contact` is the encrypted
    key of the callback contact, until that is deleted. `sealed_ballot` is the encrypted id of the
    rating, decrypted only to exclude it, and dropped when the case closes. `aside` is why two
    people excluded the rating. `result` is the follow-up rating, in addition to the first.
    """

    __tablename__ = "review"

    case_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    reasons: Mapped[int]
    has_contact: Mapped[bool]
    sealed_contact: Mapped[bytes | None]
    sealed_ballot: Mapped[bytes | None]
    category: Mapped[Category | None]
    attribution: Mapped[Attribution | None]
    aside: Mapped[Aside | None] = mapped_column(index=True)
    contacted_on: Mapped[date | None]
    rectified_on: Mapped[date | None]
    called_back_on: Mapped[date | None]
    result: Mapped[FollowUpRating | None]
    case: Mapped[Subject] = relationship()
