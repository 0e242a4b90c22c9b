"""Cases of every kind: subjects, parties, steps, evidence, deadlines and notices."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    func,
    select,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from evalsys.cases.engine.rules.duties import OWNER, PERSON
from evalsys.cases.papers.rules import EvidenceKind, Media
from evalsys.core.database import Model
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Organ, Section, Staff


class Party(Model):
    """A participant of a subject and its duty: a person, a section or an organ."""

    __tablename__ = "party"
    __table_args__ = (
        UniqueConstraint("staff_id", "duty", "subject_id"),
        UniqueConstraint("section_id", "duty", "subject_id"),
        UniqueConstraint("organ_id", "duty", "subject_id"),
        Index("ix_party_subject_id_duty", "subject_id", "duty"),
        CheckConstraint(
            "(CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN section_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN organ_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_of",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    duty: Mapped[str] = mapped_column(String(20))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    organ_id: Mapped[int | None] = mapped_column(ForeignKey("organ.id"))
    staff: Mapped[Staff | None] = relationship()
    section: Mapped[Section | None] = relationship()
    organ: Mapped[Organ | None] = relationship()


class Subject(Model):
    """The owner of deadlines, notices, evidence, files and steps: a case about one person.

    Only `state` changes, step by step. `grounds` is what it was opened with; `opened_by` is None if
    by the system. Its `parties` may lack a person (`concerned`) and, at first, a section (`home`).
    """

    __tablename__ = "subject"
    __table_args__ = (
        UniqueConstraint("kind", "year", "serial"),
        Index("ix_subject_kind_state", "kind", "state"),
    )
    audited_as = "case_file"  # Its former name, used in older log entries.

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    serial: Mapped[int]
    state: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), index=True)
    grounds: Mapped[dict[str, Any]]
    parties: Mapped[list[Party]] = relationship(cascade="all, delete-orphan", order_by=Party.id)
    person: Mapped[Party | None] = relationship(
        primaryjoin=lambda: and_(Party.subject_id == Subject.id, Party.duty == PERSON),
        viewonly=True,
    )
    owner: Mapped[Party | None] = relationship(
        primaryjoin=lambda: and_(Party.subject_id == Subject.id, Party.duty == OWNER),
        viewonly=True,
    )
    origin: Mapped["Subject | None"] = relationship(remote_side=lambda: Subject.id, viewonly=True)
    open_deadlines: Mapped[list["Deadline"]] = relationship(
        primaryjoin=lambda: and_(Deadline.subject_id == Subject.id, Deadline.closed_on.is_(None)),
        viewonly=True,
    )
    # Readable without a join: the person concerned and the owning section.
    staff_id: Mapped[int | None] = column_property(
        select(func.min(Party.staff_id))
        .where(Party.subject_id == id, Party.duty == PERSON)  # noqa: A003  # The column.
        .correlate_except(Party)
        .scalar_subquery()
    )
    section_id: Mapped[int | None] = column_property(
        select(func.min(Party.section_id))
        .where(Party.subject_id == id, Party.duty == OWNER)  # noqa: A003  # The column.
        .correlate_except(Party)
        .scalar_subquery()
    )

    @property
    def number(self) -> str:
        """The number within its kind, as on letters: 2026-017."""
        return f"{self.year}-{self.serial:03d}"

    @property
    def concerned(self) -> Staff | None:
        """The person it is about, or None."""
        return self.person.staff if self.person else None

    @property
    def home(self) -> Section | None:
        """The section that owns it, or None."""
        return self.owner.section if self.owner else None

    @property
    def staff(self) -> Staff:
        """The person it is about. Raises LookupError if there is none."""
        if self.concerned is None:
            raise LookupError(f"{self.kind} {self.number} is about nobody")
        return self.concerned

    def named(self, duty: str) -> Staff | None:
        """Return the person who holds a duty in it, or None."""
        return next((party.staff for party in self.parties if party.duty == duty), None)

    @property
    def section(self) -> Section:
        """The section that owns it. Raises LookupError if it is not assigned yet."""
        if self.home is None:
            raise LookupError(f"{self.kind} {self.number} was given to no section")
        return self.home


class CaseStep(Model):
    """A move made, with its entry. Append-only."""

    __tablename__ = "case_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role]
    entry: Mapped[dict[str, Any]]
    user: Mapped[User | None] = relationship()


class Evidence(Model):
    """A piece of evidence. Append-only."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    kind: Mapped[EvidenceKind]
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(String(4000))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    user: Mapped[User | None] = relationship()


class Attachment(Model):
    """A file of a step or a piece of evidence. Append-only.

    `name` is shown, `stored` names the file on disk; `size` in bytes, `digest` SHA-256 in hex.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("(step_id IS NULL) <> (evidence_id IS NULL)", name="belongs"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    step_id: Mapped[int | None] = mapped_column(ForeignKey("case_step.id"), index=True)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"), index=True)
    name: Mapped[str] = mapped_column(String(110))
    media: Mapped[Media]
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    stored: Mapped[str] = mapped_column(String(32), unique=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)


class Deadline(Model):
    """A term running in a case, open until met or dropped; `rule` is its policy rule."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index("ix_deadline_closed_on_due_on", "closed_on", "due_on"),
        Index("ix_deadline_of_subject", "subject_id", "closed_on", "due_on", "paused_on"),
        Index("ix_deadline_near", "closed_on", "paused_on", "nears_on"),
        Index("ix_due_terms", "closed_on", "rule", "due_on", "nears_on", "paused_on", "subject_id"),
        CheckConstraint("due_on >= started_on", name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    rule: Mapped[str] = mapped_column(String(40))
    duty: Mapped[str] = mapped_column(String(20))
    started_on: Mapped[date]
    amount: Mapped[int]
    due_on: Mapped[date]
    nears_on: Mapped[date]  # the first day on which its light is yellow
    is_provisional: Mapped[bool] = mapped_column(index=True)
    closed_on: Mapped[date | None]
    is_met: Mapped[bool] = mapped_column(default=False)
    paused_on: Mapped[date | None]
    subject: Mapped[Subject] = relationship()
    changes: Mapped[list["DeadlineChange"]] = relationship(viewonly=True)


class ChangeKind(StrEnum):
    """The changes that can be requested on a running deadline."""

    EXTEND = "extend"
    PAUSE = "pause"
    RESUME = "resume"


class DeadlineChange(Model):
    """A pause or extension, requested with a reason, agreed by a second person."""

    __tablename__ = "deadline_change"
    __table_args__ = (
        CheckConstraint("agreed_by IS NULL OR agreed_by <> asked_by", name="second_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), index=True)
    kind: Mapped[ChangeKind]
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    asked_at: Mapped[datetime]
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    decided_at: Mapped[datetime | None]
    due_before: Mapped[date | None]
    due_after: Mapped[date | None]
    deadline: Mapped[Deadline] = relationship()


class Notice(Model):
    """A message in an inbox, once by `key`; `mailed_at` is set first, cleared if the mail fails."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_notice_user_id_read_at", "user_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    key: Mapped[str] = mapped_column(String(80))
    topic: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    subject: Mapped[Subject] = relationship()


class Looked(StrEnum):
    """The part of a person's file that was viewed."""

    ARCHIVE = "archive"
    REFERENCE = "reference"
    WORKBOOK = "workbook"
    REGISTER = "ledger"
    CASE = "case"
    LETTER = "letter"


class FileView(Model):
    """A view of a person's file, once per day, viewer and page. Append-only."""

    __tablename__ = "file_view"
    __table_args__ = (UniqueConstraint("staff_id", "day", "user_id", "page"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    day: Mapped[date]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    page: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    user: Mapped[User] = relationship()
    staff: Mapped[Staff] = relationship()
