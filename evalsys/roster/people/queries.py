"""Queries of people: who is where on a day, and everything dated about one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import joinedload

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import (
    ChiefTerm,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    Staff,
    StaffStatus,
)
from evalsys.organisation.org.queries import (
    is_called,
    list_postings,
    list_statuses,
    overlaps,
    select_left,
    select_present,
    select_visible,
    visible_to,
)
from evalsys.organisation.org.rules import covers
from evalsys.roster.words import ON_DUTY


@dataclass(frozen=True)
class PeopleFilter:
    """What the list shows of a day; `status` "left" is who is in no section then."""

    on: date
    search: str = ""
    section: str = ""
    status: str = ""


class Whereabouts(NamedTuple):
    """Where somebody is on a day; None for whoever is in no section, or on duty."""

    posting: Posting | None = None
    status: StaffStatus | None = None


@dataclass(frozen=True)
class History:
    """Everything dated about a person, latest first."""

    postings: Sequence[Posting]
    statuses: Sequence[StaffStatus]
    chief_terms: Sequence[ChiefTerm]
    leader_terms: Sequence[LeaderTerm]

    def place(self, on: date) -> Whereabouts:
        """Return where the person is on a day."""
        here = (posting for posting in self.postings if covers(posting, on))
        status = (status for status in self.statuses if covers(status, on))
        return Whereabouts(next(here, None), next(status, None))


def may_list(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the predicate on `Staff` that they belong to the actor's roster of a day.

    Who is in a section in scope, or in charge of one, or was in one last; without an organ all.
    """
    if actor.organ_id is None:
        return true()
    led = select(LeaderTerm.staff_id).where(
        LeaderTerm.section_id.in_(select_visible(actor, on, on)), overlaps(LeaderTerm, on, on)
    )
    ways = (select_present(actor, on), select_left(actor, on), led)
    return or_(*(Staff.id.in_(way) for way in ways))


def select_people(actor: Actor, wanted: PeopleFilter) -> Select[Staff]:
    """Return the query for the people in scope, by section and number."""
    here = and_(Posting.staff_id == Staff.id, overlaps(Posting, wanted.on, wanted.on))
    query = (
        select(Staff)
        .outerjoin(Posting, here)
        .outerjoin(Section, Section.id == Posting.section_id)
        .where(may_list(actor, wanted.on))
        .order_by(Section.code, Staff.number)
    )
    if wanted.search:
        query = query.where(is_called(wanted.search))
    if wanted.section:
        query = query.where(Section.code == wanted.section)
    if wanted.status == "left":
        return query.where(Posting.id.is_(None))
    query = query.where(Posting.id.is_not(None)) if not wanted.search else query
    held = overlaps(StaffStatus, wanted.on, wanted.on)
    if wanted.status == ON_DUTY:
        query = query.where(Staff.id.not_in(select(StaffStatus.staff_id).where(held)))
    elif wanted.status:
        chosen = held & (StaffStatus.kind == wanted.status)
        query = query.where(Staff.id.in_(select(StaffStatus.staff_id).where(chosen)))
    return query


def places_of(people: Sequence[Staff], on: date) -> dict[int, Whereabouts]:
    """Return staff id -> where they are on a day."""
    ids = [person.id for person in people]
    postings = db.session.scalars(
        select(Posting)
        .where(Posting.staff_id.in_(ids), overlaps(Posting, on, on))
        .options(joinedload(Posting.section).joinedload(Section.organ))
    )
    statuses = db.session.scalars(
        select(StaffStatus).where(StaffStatus.staff_id.in_(ids), overlaps(StaffStatus, on, on))
    )
    where = {row.staff_id: row for row in postings}
    how = {row.staff_id: row for row in statuses}
    return {key: Whereabouts(where.get(key), how.get(key)) for key in ids}


def get_person(actor: Actor, number: str, on: date) -> Staff:
    """Return a person in scope. Raises NoResultFound."""
    query = select(Staff).where(Staff.number == number, may_list(actor, on))
    return db.session.scalars(query).one()


def read_history(staff: Staff) -> History:
    """Return everything dated about a person."""
    return History(
        list_postings(staff),
        list_statuses(staff),
        _terms(ChiefTerm, staff),
        _terms(LeaderTerm, staff),
    )


def _terms(model: type[Any], staff: Staff) -> Sequence[Any]:
    query = select(model).where(model.staff_id == staff.id).options(joinedload(model.section))
    return db.session.scalars(query.order_by(model.started_on.desc(), model.id.desc())).all()


def list_sections(actor: Actor, on: date) -> Sequence[Section]:
    """Return the sections in scope that exist on a day, with their organs."""
    query = (
        select(Section)
        .join(Section.organ)
        .where(visible_to(actor, on, on))
        .where(or_(Section.ended_on.is_(None), Section.ended_on >= on))
        .options(joinedload(Section.organ))
    )
    return db.session.scalars(query.order_by(Organ.code, Section.code)).all()


def terms_of(
    model: type[ChiefTerm | LeaderTerm], sections: Sequence[Section], on: date
) -> dict[int, tuple[str, date]]:
    """Return section id -> number and first day of its chief, or leader in charge, on a day."""
    ids = [section.id for section in sections]
    rows = db.session.execute(
        select(model.section_id, Staff.number, model.started_on)
        .join(Staff, Staff.id == model.staff_id)
        .where(model.section_id.in_(ids), overlaps(model, on, on))
        .order_by(model.started_on)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
