"""Reads of how coordinations and ordinary matters went, in few statements whatever their number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from evalsys.cases.engine.models import CaseStep, Deadline, Party, Subject
from evalsys.cases.engine.queries import seen_by
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.supervision.coordination.course import (
    BELOW,
    USUAL_LEVELS,
    Course,
    days_of,
    levels_passed,
)
from evalsys.supervision.coordination.models import Coordination
from evalsys.supervision.coordination.rules import DECIDE, KIND
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.filters import in_scope
from evalsys.supervision.matters.queries import IS_TERM_OF_HANDLING, was_missed
from evalsys.supervision.matters.rules import ASSIGN

Ids = Collection[int] | Select[int]  # coordinations, or the query for their ids


@dataclass(frozen=True)
class TasksKept:
    """Of the tasks of a coordination: how many there are, answered or overdue, in time, open."""

    tasks: int = 0
    answered: int = 0
    in_time: int = 0
    still_open: int = 0


@dataclass(frozen=True)
class Went:
    """How a coordination went: its data, the day of its first decision, its levels, its tasks."""

    row: Coordination
    decided_on: date | None
    levels: int
    kept: TasksKept

    @property
    def days(self) -> int | None:
        """The days from raising to the first decision."""
        return (self.decided_on - self.row.raised_on).days if self.decided_on else None


def seen(actor: Actor, on: date) -> Select[int]:
    """Return the query for the coordinations that the actor sees."""
    return select(Subject.id).where(Subject.kind == KIND, seen_by(actor, on))


def how_they_went(which: Ids, on: date) -> dict[int, Went]:
    """Return coordination id -> how it went, in a constant number of statements."""
    decided, levels, kept = _decided_on(which), _levels_of(which), _kept_of(which, on)
    rows = db.session.scalars(select(Coordination).where(Coordination.subject_id.in_(which)))
    return {
        row.subject_id: Went(
            row,
            decided.get(row.subject_id),
            levels.get(row.subject_id, 1),
            kept.get(row.subject_id, TasksKept()),
        )
        for row in rows
    }


def course_of(went: Iterable[Went]) -> Course:
    """Return the course of some coordinations together."""
    all_of_them = list(went)
    decided = [one for one in all_of_them if one.decided_on is not None]
    return Course(
        len(decided),
        sum(one.days or 0 for one in decided),
        sum(one.levels for one in decided),
        sum(one.kept.answered for one in all_of_them),
        sum(one.kept.in_time for one in all_of_them),
    )


def usual_course(actor: Actor, on: date) -> Course:
    """Return the course of the matters that no head gave, within the actor's scope.

    They were decided when first assigned, by the usual way.
    """
    scope = (
        Deadline.subject_id.not_in(_given_by_heads()),
        *in_scope(actor, on, Deadline.subject_id),
    )
    first = (Deadline.rule == ASSIGN, Deadline.is_met, *scope)
    span = (Deadline.started_on, Deadline.closed_on)
    query = select(*span, func.count()).where(*first).group_by(*span)
    spans = {(row[0], row[1]): int(row[2]) for row in db.session.execute(query) if row[1]}
    decided = sum(spans.values())
    terms = _terms(on, *scope).subquery()
    answered, in_time = db.session.execute(select(*_sums(terms.c.late, terms.c.open))).one()
    return Course(
        decided, days_of(spans), USUAL_LEVELS * decided, int(answered or 0), int(in_time or 0)
    )


def _given_by_heads() -> Select[int]:
    return select(Party.subject_id).where(Party.duty == MatterDuty.CONVENER)


def _terms(on: date, *which: ColumnElement[bool]) -> Select[int, int, int]:
    """Return the query for matters with terms of handling: one of them late, one of them open."""
    return (
        select(
            Deadline.subject_id.label("id"),
            func.max(case((was_missed(on), 1), else_=0)).label("late"),
            func.max(case((Deadline.closed_on.is_(None), 1), else_=0)).label("open"),
        )
        .where(IS_TERM_OF_HANDLING, *which)
        .group_by(Deadline.subject_id)
    )


def _sums(
    late: ColumnElement[int], is_open: ColumnElement[int]
) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return how many were answered or are overdue, and how many of these in time."""
    counts = or_(late == 1, is_open == 0)
    return (
        func.sum(case((counts, 1), else_=0)),
        func.sum(case(((late == 0) & (is_open == 0), 1), else_=0)),
    )


def _kept_of(which: Ids, on: date) -> dict[int, TasksKept]:
    """Return coordination id -> how its tasks were kept."""
    origin = Subject.origin_id.in_(which)
    terms = _terms(on, Deadline.subject_id.in_(select(Subject.id).where(origin))).subquery()
    answered, in_time = _sums(terms.c.late, terms.c.open)
    query = (
        select(
            Subject.origin_id,
            func.count(),
            answered,
            in_time,
            func.sum(case((Subject.closed_at.is_(None), 1), else_=0)),
        )
        .outerjoin(terms, terms.c.id == Subject.id)
        .where(origin, Subject.id.in_(_given_by_heads()), Subject.kind != KIND)
        .group_by(Subject.origin_id)
    )
    return {
        row[0]: TasksKept(*(int(number or 0) for number in row[1:]))
        for row in db.session.execute(query)
    }


def _decided_on(which: Ids) -> dict[int, date]:
    """Return coordination id -> the day of its first decision, without undecided ones."""
    query = select(Deadline.subject_id, Deadline.closed_on).where(
        Deadline.subject_id.in_(which), Deadline.rule == DECIDE, Deadline.is_met
    )
    return {case_id: day for case_id, day in db.session.execute(query) if day is not None}


def _levels_of(which: Ids) -> Mapping[int, int]:
    """Return coordination id -> the levels that its question passed, with the head."""
    query = (
        select(Subject.id, CaseStep.role)
        .outerjoin(
            CaseStep,
            (CaseStep.subject_id == Subject.origin_id)
            & (CaseStep.at <= Subject.opened_at)
            & CaseStep.role.in_(BELOW),
        )
        .where(Subject.id.in_(which))
        .distinct()
    )
    roles = defaultdict[int, set[Role]](set)
    for case_id, role in db.session.execute(query):
        roles[case_id] |= {role} if role else set()
    return {case_id: levels_passed(each) for case_id, each in roles.items()}
