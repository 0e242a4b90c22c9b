"""Reads of coordinations: their data, their tasks, the sections that a task can be given to."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from evalsys.cases.engine.models import Deadline, Party, Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.cases.engine.titles import title_of
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor
from evalsys.core.pages import local_day, today
from evalsys.core.permissions import Actor
from evalsys.core.reads import know, once
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.org.queries import visible_to
from evalsys.supervision.coordination.models import Coordination
from evalsys.supervision.coordination.rules import KIND, CoordinationFacts
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters import rules as matters
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import list_following

# What pages call a coordination by, as a value of a query on `Subject`.
TITLE = select(Coordination.title).where(Coordination.subject_id == Subject.id).scalar_subquery()
_Task = aliased(Subject)
_IS_OPEN = (_Task.kind == matters.KIND, _Task.closed_at.is_(None))
# The SQL predicate of `rules.all_done`.
ALL_DONE = ~exists().where(_Task.origin_id == Subject.id, *_IS_OPEN)


class GivenTask(NamedTuple):
    """A task of a coordination: its case, its matter, its running main term."""

    case: Subject
    matter: Matter
    term: Deadline | None

    @property
    def handler(self) -> Staff | None:
        """The responsible person, None while it is studied."""
        return self.case.named(MatterDuty.HANDLER)


@once
def get_coordination(case: Subject) -> Coordination:
    """Return the data of a coordination."""
    return db.session.get_one(Coordination, case.id)


def in_title(text: str) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that a text is in its title."""
    found = Coordination.title.contains(text, autoescape=True)
    return Subject.id.in_(select(Coordination.subject_id).where(found))


def coordination_facts(case: Subject, now: datetime) -> CoordinationFacts:
    """Load the facts of a coordination's steps."""
    query = select(func.count()).select_from(_Task).where(_Task.origin_id == case.id, *_IS_OPEN)
    return CoordinationFacts(local_day(now), open_tasks=db.session.scalar(query) or 0)


def list_tasks(actor: Actor, case: Subject, on: date) -> Sequence[GivenTask]:
    """Return the tasks of a coordination that the actor may see, in the order in which given."""
    query = select_cases(actor, on=on, kind=matters.KIND).where(Subject.origin_id == case.id)
    everybody = joinedload(Subject.parties).joinedload(Party.staff)
    query = query.options(everybody).order_by(None).order_by(Subject.id)
    with_matter = query.join(Matter, Matter.subject_id == Subject.id).add_columns(Matter)
    found = db.session.execute(with_matter).unique().all()
    ids = [one.id for one, _ in found]
    terms = {
        term.subject_id: term
        for term in db.session.scalars(
            select(Deadline).where(
                Deadline.subject_id.in_(ids),
                Deadline.rule.in_(matters.MAIN),
                Deadline.closed_on.is_(None),
            )
        )
    }
    return [GivenTask(one, matter, terms.get(one.id)) for one, matter in found]


def coordinations_of(case: Subject) -> list[Subject]:
    """Return the coordinations that came up from a case and the visitor may see, in order."""
    return [one for one in list_following(case) if one.kind == KIND]


def tasks_of(case: Subject) -> Mapping[str, Any]:
    """Return what the page of a coordination shows: its data, and the tasks given in it."""
    row = get_coordination(case)
    know(title_of, row.title, case)
    return {"coordination": row, "tasks": list_tasks(current_actor(), case, today())}


def list_takers(actor: Actor, case: Subject, on: date) -> Sequence[Section]:
    """Return the sections that a task can be given to: those of the organ, and those called."""
    called = [party.section_id for party in case.parties if party.duty == MatterDuty.CALLED]
    query = (
        select(Section)
        .where(
            or_(visible_to(actor, on, on), Section.id.in_(called)),
            Section.ended_on.is_(None) | (Section.ended_on >= on),
        )
        .options(joinedload(Section.organ))
        .order_by(Section.code)
    )
    return db.session.scalars(query).all()


def list_places(codes: Sequence[str]) -> list[str]:
    """Return organ and section of some codes, in their order, each once."""
    query = select(Section).where(Section.code.in_(codes)).options(joinedload(Section.organ))
    found = {one.code: f"{one.organ.name}{one.name}" for one in db.session.scalars(query)}
    return [found[code] for code in dict.fromkeys(codes) if code in found]
