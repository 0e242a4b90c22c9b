"""Reads of front-line visits: which ones somebody may see, and those that a page shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import seen_by
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.organisation.org.models import LeaderTerm, Organ, Section, Staff
from evalsys.organisation.org.queries import EVERYWHERE, find_posting, overlaps, select_visible
from evalsys.supervision.visits.models import Visit
from evalsys.supervision.visits.rules import VisitOutcome

LONGEST = 60  # characters of a filter


@dataclass(frozen=True)
class VisitFilter:
    """A filter of visits; "" takes all. `text` is a name, a staff number, or in a place."""

    organ: str = ""
    section: str = ""
    outcome: str = ""
    text: str = ""


def read_filter(args: Mapping[str, str]) -> VisitFilter:
    """Return the filter of an address; an outcome that there is not is left out."""
    given = {name: args.get(name, "").strip()[:LONGEST] for name in VisitFilter.__annotations__}
    given["outcome"] = given["outcome"] if given["outcome"] in {*VisitOutcome} else ""
    return VisitFilter(**given)


def visible_visits(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the predicate on `Visit` for the scope of an actor on a day.

    One's own visits, those of sections in one's scope, and for whoever sees a whole organ those of
    its leaders as well.
    """
    ways = [Visit.section_id.in_(select_visible(actor, on, on)), _of_organs(actor)]
    if actor.staff_id is not None:
        ways.append(Visit.staff_id == actor.staff_id)
    return or_(*ways)


def _of_organs(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate that the actor sees the whole organ of a visit."""
    if actor.role is Role.SYSTEM:
        return true()
    if actor.role in EVERYWHERE and actor.organ_id is None:
        return true()
    if actor.role in EVERYWHERE or actor.role is Role.LEADER:
        return Visit.organ_id == actor.organ_id if actor.organ_id else false()
    return false()


def select_visits(actor: Actor, wanted: VisitFilter, on: date) -> Select[Visit]:
    """Return the query for the visits of a filter within the scope of the actor, latest first."""
    return (
        select(Visit)
        .where(visible_visits(actor, on), *_conditions(wanted))
        .options(
            joinedload(Visit.staff),
            joinedload(Visit.section),
            joinedload(Visit.organ),
            joinedload(Visit.matter),
        )
        .order_by(Visit.visited_on.desc(), Visit.id.desc())
    )


def count_visits(actor: Actor, wanted: VisitFilter, on: date) -> Select[int]:
    """Return the query that counts what `select_visits` selects."""
    query = select(func.count()).select_from(Visit)
    return query.where(visible_visits(actor, on), *_conditions(wanted))


def _conditions(wanted: VisitFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.organ:
        yield Visit.organ_id.in_(select(Organ.id).where(Organ.code == wanted.organ))
    if wanted.section:
        yield Visit.section_id.in_(select(Section.id).where(Section.code == wanted.section))
    if wanted.outcome:
        yield Visit.outcome == VisitOutcome(wanted.outcome)
    if wanted.text:
        named = or_(Staff.name == wanted.text, Staff.number == wanted.text)
        yield or_(
            Visit.staff_id.in_(select(Staff.id).where(named)),
            Visit.place.contains(wanted.text, autoescape=True),
        )


def get_visit(actor: Actor, visit_id: int, on: date) -> Visit:
    """Return a visit in the scope of the actor. Raises NoResultFound."""
    query = select(Visit).where(Visit.id == visit_id, visible_visits(actor, on))
    return db.session.scalars(query).one()


def find_by_key(key: str) -> Visit | None:
    """Return the visit with a key, or None."""
    return db.session.scalar(select(Visit).where(Visit.key == key))


def find_by_matter(actor: Actor, case: Subject, on: date) -> Visit | None:
    """Return the visit that a matter follows, if there is one that the actor sees."""
    query = select(Visit).where(Visit.matter_id == case.id, visible_visits(actor, on))
    return db.session.scalar(query)


def sees_case(actor: Actor, case: Subject, on: date) -> bool:
    """Return whether the actor may open a case."""
    query = select(Subject.id).where(Subject.id == case.id, seen_by(actor, on))
    return db.session.scalar(query) is not None


def find_place(actor: Actor, on: date) -> tuple[int | None, int] | None:
    """Return (section id, organ id) of where the actor's person belongs on a day, or None.

    A leader in charge has a term in place of a posting, and so an organ alone.
    """
    if actor.staff_id is None:
        return None
    posting = find_posting(actor.staff_id, on)
    if posting is not None:
        return posting.section_id, posting.section.organ_id
    term = and_(LeaderTerm.staff_id == actor.staff_id, overlaps(LeaderTerm, on, on))
    led = select(Section.organ_id).join(LeaderTerm, LeaderTerm.section_id == Section.id)
    organ_id = db.session.scalar(led.where(term).order_by(Section.organ_id).limit(1))
    return None if organ_id is None else (None, organ_id)


def list_organs() -> Sequence[Organ]:
    """Return all organs by code: whom a follow-up can concern."""
    return db.session.scalars(select(Organ).order_by(Organ.code)).all()
