"""Proposals, publications and requests to leave a version. Named persons decide."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.organisation.org.models import Section, Staff
from evalsys.scores.models import Result


class ProposalKind(StrEnum):
    """The kind of a proposal."""

    INTERVIEW = "interview"
    COMMENDATION = "commendation"


class Proposal(Model):
    """A proposal for a chief, with the conditions met and their figures in `grounds`."""

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("result_id", "section_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    chief_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[ProposalKind]
    grounds: Mapped[dict[str, Any]]
    result: Mapped[Result] = relationship()
    section: Mapped[Section] = relationship()
    chief: Mapped[Staff | None] = relationship()


class Publication(Model):
    """The second person's agreement that a result becomes public."""

    __tablename__ = "publication"

    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), primary_key=True)
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    agreed_at: Mapped[datetime]
    result: Mapped[Result] = relationship()


class LeftAsIs(Model):
    """A version left as it is despite later exclusions: requested, then agreed.

    `excluded` is the number excluded by decision at the request; one more is a task again.
    """

    __tablename__ = "left_as_is"

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    excluded: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    agreed_at: Mapped[datetime | None]
