"""Reads of objections: those to a conclusion, and when the conclusion was received."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.cases.engine.titles import title_of
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.core.reads import know
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import get_matter, list_following, was_missed
from evalsys.supervision.matters.rules import CHECKING, HANDLING
from evalsys.supervision.objections.rules import KIND, ObjectionFacts
from evalsys.supervision.recusal import may_not_judge, took_before

# What pages call an objection by: the title of its matter, as a value of a query on `Subject`.
TITLE = select(Matter.title).where(Matter.subject_id == Subject.origin_id).scalar_subquery()


def objections_of(matter: Subject) -> list[Subject]:
    """Return the objections in a matter that the visitor may see, the earliest first."""
    return [case for case in list_following(matter) if case.kind == KIND]


def find_objection(matter: Subject, conclusion: CaseStep) -> Subject | None:
    """Return the objection to a conclusion that was not taken back, or None."""
    query = select(Subject).where(
        Subject.kind == KIND, Subject.origin_id == matter.id, Subject.state != "withdrawn"
    )
    found = db.session.scalars(query.order_by(Subject.id.desc()))
    return next((one for one in found if one.grounds["step_id"] == conclusion.id), None)


def took_part(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor checked its matter, or may not judge it.

    A matter that this one follows counts as well.
    """
    return or_(took_before(actor, KIND, *CHECKING), may_not_judge(actor))


def objection_facts(case: Subject, now: datetime) -> ObjectionFacts:
    """Load the facts of an objection: whether a term of handling was missed, and counts."""
    late = select(Deadline.id).where(
        Deadline.subject_id == case.origin_id,
        Deadline.is_met,
        was_missed(local_day(now)),
        Deadline.rule.in_(HANDLING),
    )
    return ObjectionFacts(db.session.scalar(late.limit(1)) is not None)


def file_of(case: Subject) -> Mapping[str, Any]:
    """Return what the page of an objection shows: the matter, its conclusion, who is recused."""
    matter = case.origin
    assert matter is not None
    row = get_matter(matter)
    know(title_of, row.title, case)
    query = select(CaseStep).where(CaseStep.subject_id == matter.id, CaseStep.name.in_(CHECKING))
    checks = db.session.scalars(query.options(joinedload(CaseStep.user)).order_by(CaseStep.id))
    done = list(checks)
    contested = next((one for one in done if one.id == case.grounds["step_id"]), None)
    names = dict.fromkeys(one.user.display_name for one in done if one.user)
    return {
        "matter_case": matter,
        "matter": row,
        "contested": contested,
        "recused_names": list(names),
    }
