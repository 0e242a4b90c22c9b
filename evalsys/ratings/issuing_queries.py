"""Reads of the counter: for whose members the actor may issue tickets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.org.models import Posting, Section, Staff
from evalsys.org.queries import overlaps, visible_to
from evalsys.ratings.queries import batched


def find_number(staff_id: int) -> str | None:
    """Return the staff number of a key, or None."""
    return db.session.scalar(select(Staff.number).where(Staff.id == staff_id))


def may_issue_for(actor: Actor, start: date, end: date) -> ColumnElement[bool]:
    """Return the condition on `Section` that the actor may issue tickets for its members.

    Whoever sees a section may; somebody at a counter may for the own section.
    """
    if actor.role is not Role.STAFF:
        return visible_to(actor, start, end)
    own = Section.id == actor.section_id if actor.section_id else false()
    if actor.staff_id is None:
        return own
    mine = select(Posting.section_id).where(
        Posting.staff_id == actor.staff_id, overlaps(Posting, start, end)
    )
    return or_(own, Section.id.in_(mine))


@dataclass(frozen=True)
class Colleague:
    """Somebody for whom a ticket may be issued at a counter."""

    staff_id: int
    number: str
    name: str
    post: str | None
    window_no: str | None
    section_id: int
    section: str


def list_colleagues(actor: Actor, on: date, section_id: int | None = None) -> list[Colleague]:
    """Return who may be ticked at the counter on a day, by section and number."""
    query = (
        select(
            Staff.id,
            Staff.number,
            Staff.name,
            Staff.post,
            Staff.window_no,
            Section.id,
            Section.name,
        )
        .join(Posting, Posting.staff_id == Staff.id)
        .join(Section, Section.id == Posting.section_id)
        .where(overlaps(Posting, on, on), may_issue_for(actor, on, on), Staff.faces_recipients)
        .order_by(Section.code, Staff.number)
    )
    if section_id is not None:
        query = query.where(Section.id == section_id)
    return [Colleague(*row) for row in db.session.execute(query)]


def list_issuing_sections(actor: Actor, on: date) -> Sequence[tuple[int, str]]:
    """Return (id, name) of the sections for whose members the actor may issue tickets."""
    rows = db.session.execute(
        select(Section.id, Section.name).where(may_issue_for(actor, on, on)).order_by(Section.code)
    )
    return [(row.id, row.name) for row in rows]


class Spell(NamedTuple):
    """A time in a section; `ended_on` None: still there."""

    staff_id: int
    section_id: int
    started_on: date
    ended_on: date | None

    def covers(self, day: date) -> bool:
        """Say whether somebody belonged there on a day."""
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


def spells_between(
    actor: Actor, numbers: Iterable[str], start: date, end: date
) -> dict[str, list[Spell]]:
    """Return staff number -> where the person belonged, in sections the actor may issue for.

    Somebody who exists has at least an empty list; an unknown number is left out.
    """
    found: dict[str, list[Spell]] = {}
    own = select(Section.id).where(may_issue_for(actor, start, end))
    postings = and_(
        Posting.staff_id == Staff.id, overlaps(Posting, start, end), Posting.section_id.in_(own)
    )
    spell = (Posting.staff_id, Posting.section_id, Posting.started_on, Posting.ended_on)
    query = select(Staff.number, *spell).outerjoin(Posting, postings)
    for part in batched(sorted(set(numbers))):
        for row in db.session.execute(query.where(Staff.number.in_(part))):
            spells = found.setdefault(row.number, [])
            if row.staff_id is not None:
                spells.append(Spell(row.staff_id, row.section_id, row.started_on, row.ended_on))
    return found
