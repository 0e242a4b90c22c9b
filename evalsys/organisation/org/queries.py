"""Queries of the organisation, and the only place that decides who may see which section."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.sql.elements import SQLCoreOperations

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.core.reads import once
from evalsys.foundation.accounts.second_person import is_named_as
from evalsys.foundation.pinyin import sound_of
from evalsys.organisation.org.models import (
    ChiefTerm,
    LeaderTerm,
    Posting,
    Section,
    Staff,
    StaffStatus,
)

Day = date | SQLCoreOperations[date]  # A day, or a column, to compute the scope row by row.

_Later = aliased(Posting)

EVERYWHERE = {Role.HR, Role.SUPERVISOR, Role.DISCIPLINE}


def overlaps(
    model: type[Posting | ChiefTerm | LeaderTerm | StaffStatus], start: Day, end: Day
) -> ColumnElement[bool]:
    """Return the predicate that a dated row overlaps a span, both ends inclusive."""
    return (model.started_on <= end) & or_(model.ended_on.is_(None), model.ended_on >= start)


def visible_to(actor: Actor, start: Day, end: Day) -> ColumnElement[bool]:
    """Return the predicate on `Section` for the scope of an actor in a span of days.

    HR, supervisors and discipline see their organ, or all of them without one; a leader the
    sections they are in charge of, or their organ; a chief the sections they led in the span and
    that of their account; the system everything; everybody else nothing.
    """
    if actor.role is Role.SYSTEM:
        return true()
    if actor.role in EVERYWHERE or (actor.role is Role.LEADER and actor.organ_id):
        return Section.organ_id == actor.organ_id if actor.organ_id else true()
    if actor.role is Role.LEADER:
        return _led_by(LeaderTerm, actor, start, end)
    if actor.role is Role.CHIEF:
        led = _led_by(ChiefTerm, actor, start, end)
        return or_(led, Section.id == actor.section_id) if actor.section_id else led
    return false()


def select_visible(actor: Actor, start: date, end: date) -> Select[int]:
    """Return the ids of the sections that the actor may see for a span of days."""
    return select(Section.id).where(visible_to(actor, start, end))


def select_present(actor: Actor, on: date) -> Select[int]:
    """Return the people with a posting on a day in a section that the actor may see then."""
    return select(Posting.staff_id).where(
        Posting.section_id.in_(select_visible(actor, on, on)), overlaps(Posting, on, on)
    )


def select_left(actor: Actor, on: date) -> Select[int]:
    """Return the people in no section on a day whose last section the actor may see."""
    later = exists().where(
        _Later.staff_id == Posting.staff_id,
        _Later.id != Posting.id,
        _Later.started_on > Posting.started_on,
    )
    return select(Posting.staff_id).where(
        Posting.section_id.in_(select_visible(actor, on, on)), Posting.ended_on < on, ~later
    )


@once
def list_statuses(staff: Staff) -> Sequence[StaffStatus]:
    """Return all statuses of a person, the latest first."""
    query = select(StaffStatus).where(StaffStatus.staff_id == staff.id)
    return db.session.scalars(query.order_by(StaffStatus.started_on.desc())).all()


@once
def list_postings(staff: Staff) -> Sequence[Posting]:
    """Return all postings of a person, the latest first."""
    loaded = joinedload(Posting.section).joinedload(Section.organ)
    query = select(Posting).where(Posting.staff_id == staff.id).options(loaded)
    return db.session.scalars(query.order_by(Posting.started_on.desc(), Posting.id)).all()


def find_posting(staff_id: int, on: date) -> Posting | None:
    """Return the posting of a staff member on a day, or None."""
    return db.session.scalar(
        select(Posting).where(Posting.staff_id == staff_id, overlaps(Posting, on, on))
    )


def is_chief(staff_id: int, section_id: int, on: date) -> bool:
    """Return whether a staff member is chief of a section on a day."""
    led = exists().where(
        ChiefTerm.staff_id == staff_id,
        ChiefTerm.section_id == section_id,
        overlaps(ChiefTerm, on, on),
    )
    return bool(db.session.scalar(select(led)))


def staff_by_number(numbers: Sequence[str]) -> dict[str, Staff]:
    """Map staff numbers to staff members; unknown numbers are omitted."""
    rows = db.session.scalars(select(Staff).where(Staff.number.in_(numbers)))
    return {row.number: row for row in rows}


def is_called(text: str) -> ColumnElement[bool]:
    """Return the predicate on `Staff` that a text is a number, in a name, or what it sounds like.

    By pinyin, in full or by initials, a name is found from any of its syllables on.
    """
    ways = [Staff.number == text, Staff.name.contains(text, autoescape=True)]
    if sound := sound_of(text):
        ways.append(Staff.sounds.contains(sound, autoescape=True))
    return or_(*ways)


def sections_of(
    model: type[Posting | ChiefTerm | LeaderTerm], actor: Actor, start: Day, end: Day
) -> Select[int]:
    """Return the ids of the sections where the actor has a posting, or a term, in a span."""
    mine = select(model.section_id).where(model.staff_id == actor.staff_id)
    return mine.where(overlaps(model, start, end))


def may_be_staff(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Staff` that a person may be the actor's.

    That is the owner of the account; without an owner it may be any namesake.
    """
    if actor.user_id is None:
        return false()
    if actor.staff_id is not None:
        return Staff.id == actor.staff_id
    return is_named_as(actor, Staff.name)


def select_own_staff(actor: Actor) -> Select[int]:
    """Return the ids of the people who may be the actor's person: see `may_be_staff`."""
    return select(Staff.id).where(may_be_staff(actor))


@once
def own_staff(actor: Actor) -> frozenset[int]:
    """Return the ids of `select_own_staff`."""
    if actor.staff_id is not None:
        return frozenset({actor.staff_id})
    return frozenset(db.session.scalars(select_own_staff(actor)))


def near_sections(
    model: type[Posting | ChiefTerm | LeaderTerm], actor: Actor, start: Day, end: Day
) -> Select[int]:
    """Return the ids of the sections of all who may be the actor's person, in a span.

    For what nobody may do for their own section; `sections_of` is for what one may do there.
    """
    near = select(model.section_id).where(model.staff_id.in_(select_own_staff(actor)))
    return near.where(overlaps(model, start, end))


def _led_by(
    model: type[ChiefTerm | LeaderTerm], actor: Actor, start: Day, end: Day
) -> ColumnElement[bool]:
    if actor.staff_id is None:
        return false()
    return Section.id.in_(sections_of(model, actor, start, end))
