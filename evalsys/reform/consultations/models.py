"""Drafts of reforms put before the public, opinions on them, and what came of each kind."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.core.errors import mark_of
from evalsys.reform.consultations.rules.figures import OpinionVoice
from evalsys.reform.consultations.rules.origins import MARK

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_DRAFT = 120, 400, 20_000
LONGEST_KIND, LONGEST_BODY = 80, 1000
CRITERIA = ("clarity", "fairness", "usefulness")


class ConsultationState(StrEnum):
    """DRAFT: not public. OPEN: public, over after its last day. PUBLISHED: with what came of it."""

    DRAFT = "draft"
    OPEN = "open"
    PUBLISHED = "published"


class Verdict(StrEnum):
    """What came of a kind of opinion."""

    ADOPTED = "adopted"
    PARTLY = "partly"
    NOT_ADOPTED = "not_adopted"


class OpinionState(StrEnum):
    """Whether others read the words of an opinion; its marks count in any case."""

    WORDLESS = "wordless"
    PENDING = "pending"
    RELEASED = "released"
    WITHHELD = "withheld"


class Consultation(Model):
    """The draft of a reform, open for opinions until `closes_on`, that day included."""

    __tablename__ = "consultation"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    summary: Mapped[str] = mapped_column(String(LONGEST_SUMMARY))
    draft: Mapped[str] = mapped_column(Text)
    state: Mapped[ConsultationState]
    opened_on: Mapped[date | None]
    closes_on: Mapped[date]
    published_on: Mapped[date | None]
    outcome: Mapped[str | None] = mapped_column(Text)

    @property
    def mark(self) -> str:
        """What a form shows of the draft."""
        return mark_of(self.title, self.summary, self.draft, self.closes_on)

    def is_open(self, on: date) -> bool:
        """Return whether opinions are taken on a day."""
        return self.state is ConsultationState.OPEN and on <= self.closes_on

    def is_over(self, on: date) -> bool:
        """Return whether it waits for its answers on a day."""
        return self.state is ConsultationState.OPEN and on > self.closes_on


class OpinionKind(Model):
    """Opinions that say the same, answered together; `verdict` and `answer` are None before."""

    __tablename__ = "opinion_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    title: Mapped[str] = mapped_column(String(LONGEST_KIND))
    verdict: Mapped[Verdict | None]
    answer: Mapped[str | None] = mapped_column(String(LONGEST_BODY))
    consultation: Mapped[Consultation] = relationship()

    @property
    def mark(self) -> str:
        """What a form shows of the answer."""
        return mark_of(self.id, self.verdict and self.verdict.value, self.answer)


class Opinion(Model):
    """An opinion with its marks, 1 to 5 or None. No time, no address, no ticket, no order.

    `key` is a hash that only the holder of the code can derive (`rules.codes`). `origin` is the
    keyed mark of the section whose slip it came with (`rules.origins`), None for a code by mail.
    """

    __tablename__ = "opinion"
    __table_args__ = (
        CheckConstraint("clarity BETWEEN 1 AND 5", name="clarity"),
        CheckConstraint("fairness BETWEEN 1 AND 5", name="fairness"),
        CheckConstraint("usefulness BETWEEN 1 AND 5", name="usefulness"),
        {"sqlite_with_rowid": False},
    )

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    origin: Mapped[bytes | None] = mapped_column(LargeBinary(MARK))
    voice: Mapped[OpinionVoice]
    clarity: Mapped[int | None]
    fairness: Mapped[int | None]
    usefulness: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(String(LONGEST_BODY))
    state: Mapped[OpinionState]
    reason: Mapped[str | None] = mapped_column(String(200))
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("opinion_kind.id"), index=True)

    @property
    def mark(self) -> str:
        """What the review shows of it."""
        return mark_of(self.state.value, self.kind_id, self.reason)
