"""The organisation, with dated postings and terms.

A span runs from `started_on` to `ended_on`, both inclusive; None means open-ended.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.pinyin import LONGEST, sound_keys

SPAN_CHECK = "ended_on IS NULL OR ended_on >= started_on"


class SectionKind(StrEnum):
    """What a section does; sections are compared within their kind (F6)."""

    WINDOW = "window"
    APPROVAL = "approval"
    ENFORCEMENT = "enforcement"
    GENERAL = "general"


class Employment(StrEnum):
    """The legal form of employment, which decides the applicable rules of adjustment."""

    CIVIL_SERVANT = "civil_servant"
    MANAGED_AS_CIVIL_SERVANT = "managed_as_civil_servant"
    PUBLIC_INSTITUTION = "public_institution"
    CONTRACT = "contract"


class StatusKind(StrEnum):
    """A status other than on duty. Medical, maternity and secondment protect (law art. 89)."""

    SECONDED = "seconded"
    ON_LEAVE = "on_leave"
    MEDICAL = "medical"
    MATERNITY = "maternity"
    STUDY = "study"


class Organ(Model):
    """An organ (单位), e.g. a bureau."""

    __tablename__ = "organ"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    credit_code: Mapped[str | None] = mapped_column(String(18))


class Section(Model):
    """A section (科室, 处室) of an organ, led by one chief."""

    __tablename__ = "section"

    id: Mapped[int] = mapped_column(primary_key=True)
    organ_id: Mapped[int] = mapped_column(ForeignKey("organ.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    kind: Mapped[SectionKind] = mapped_column(index=True)
    is_front_line: Mapped[bool] = mapped_column(default=False)
    establishment: Mapped[int | None]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    organ: Mapped[Organ] = relationship()


def _sounds(context: Any) -> str:
    return sound_keys(context.get_current_parameters()["name"])


class Staff(Model):
    """A staff member. `number` (工号) is HR's own key, used in every workbook.

    ID numbers and phone numbers of a roster are validated but not stored: no feature needs them
    (Personal Information Protection Law, article 6). `sounds` are the keys of the name by pinyin.
    """

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(64), index=True)
    sounds: Mapped[str] = mapped_column(String(LONGEST), default=_sounds)
    sex: Mapped[str | None] = mapped_column(String(4))
    post: Mapped[str | None] = mapped_column(String(64))
    rank: Mapped[str | None] = mapped_column(String(64))
    employment: Mapped[Employment]
    faces_recipients: Mapped[bool] = mapped_column(default=True)
    window_no: Mapped[str | None] = mapped_column(String(20))
    post_since: Mapped[date | None]
    rank_since: Mapped[date | None]
    remark: Mapped[str | None] = mapped_column(String(500))


class StaffStatus(Model):
    """A dated status of a staff member; no row on a day means on duty (在岗)."""

    __tablename__ = "staff_status"
    __table_args__ = (CheckConstraint(SPAN_CHECK, name="span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[StatusKind]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class Posting(Model):
    """A dated membership in a section: at most one per person and day, enforced by the service.

    `end_reason` is why it ended, where the personnel office said so.
    """

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("staff_id", "started_on"),
        CheckConstraint(SPAN_CHECK, name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(String(200))
    staff: Mapped[Staff] = relationship()
    section: Mapped[Section] = relationship()


class ChiefTerm(Model):
    """A dated term as chief (科长, 处长) of a section."""

    __tablename__ = "chief_term"
    __table_args__ = (
        UniqueConstraint("section_id", "started_on"),
        CheckConstraint(SPAN_CHECK, name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    staff: Mapped[Staff] = relationship()
    section: Mapped[Section] = relationship()


class LeaderTerm(Model):
    """A dated term as leader in charge (分管领导) of a section."""

    __tablename__ = "leader_term"
    __table_args__ = (
        UniqueConstraint("section_id", "started_on"),
        CheckConstraint(SPAN_CHECK, name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    staff: Mapped[Staff] = relationship()
    section: Mapped[Section] = relationship()
