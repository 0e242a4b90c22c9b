"""Queries of the start page: waiting cases, their order and their details."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import contains_eager, joinedload

from evalsys.cases.engine.duties import having
from evalsys.cases.engine.kinds import all_kinds, kind_of, kinds_with
from evalsys.cases.engine.models import CaseStep, Deadline, DeadlineChange, Notice, Party, Subject
from evalsys.cases.engine.parties import is_about, may_hold, others
from evalsys.cases.engine.queries import seen_by
from evalsys.cases.engine.rules.duties import Power
from evalsys.cases.engine.rules.machine import Applies, Move
from evalsys.cases.inbox.waiting import due_for, waits_for
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import may_be


@dataclass(frozen=True)
class Waiting:
    """The number of cases waiting for somebody, late ones and those due today."""

    total: int
    late: int
    today: int


def count_waiting(actor: Actor, *, on: date, own: bool = False) -> Waiting:
    """Count the cases waiting for the actor; `own` only those about themselves."""
    due = _waiting(actor, on, own=own).add_columns(due_for(actor, on).label("due")).subquery().c.due
    row = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((due < on, 1), else_=0)), 0),
            func.coalesce(func.sum(case((due == on, 1), else_=0)), 0),
        )
    ).one()
    return Waiting(*map(int, row))


class Place(NamedTuple):
    """The sort key of a waiting case: `is_late` first, then by day."""

    case_id: int
    day: date | None
    is_late: bool


def list_waiting(actor: Actor, *, on: date, limit: int, own: bool = False) -> list[Place]:
    """Return the cases waiting for the actor, the most urgent first.

    Sorted by deadline or appointment. Cases without a day come last, the longest waiting first.
    """
    due = due_for(actor, on)
    late = case((due < on, 1), else_=0).label("late")
    day = func.coalesce(cast(due, String), _appointment()).label("day")
    query = _waiting(actor, on, own=own).add_columns(day, late)
    order = (late.desc(), day.is_(None), day, Subject.opened_at, Subject.id)
    rows = db.session.execute(query.order_by(*order).limit(limit))
    return [
        Place(row[0], date.fromisoformat(row[1]) if row[1] else None, bool(row[2])) for row in rows
    ]


def _waiting(actor: Actor, on: date, *, own: bool) -> Select[Any]:
    query = select(Subject.id).where(seen_by(actor, on), waits_for(actor, on))
    return query.where(is_about(actor.staff_id)) if own else query


def _appointment() -> ColumnElement[Any]:
    """Return the day for which the person of a case is summoned, as text, or NULL."""
    called = [
        (
            and_(Subject.kind == kind.name, Subject.state == state),
            select(CaseStep.entry[call.day].as_string())
            .where(CaseStep.subject_id == Subject.id, CaseStep.name == call.move)
            .order_by(CaseStep.id.desc())
            .limit(1)
            .correlate(Subject)
            .scalar_subquery(),
        )
        for kind in all_kinds().values()
        for state, call in kind.machine.appointments.items()
    ]
    return case(*called, else_=None) if called else null()


def list_callings(cases: Sequence[Subject]) -> Mapping[int, CaseStep]:
    """Return case id -> the step that summoned its person, while one is awaited."""
    moves = {
        row.id: kind_of(row).machine.appointments[row.state].move
        for row in cases
        if row.state in kind_of(row).machine.appointments
    }
    if not moves:
        return {}
    rows = db.session.scalars(
        select(CaseStep)
        .where(CaseStep.subject_id.in_(moves), CaseStep.name.in_(set(moves.values())))
        .order_by(CaseStep.id)
    )
    return {step.subject_id: step for step in rows if step.name == moves[step.subject_id]}


def moved_on(cases: Sequence[Subject]) -> Mapping[int, datetime]:
    """Return case id -> when it entered its state: its last step, or its opening."""
    rows = db.session.execute(
        select(CaseStep.subject_id, func.max(CaseStep.at))
        .where(CaseStep.subject_id.in_([subject.id for subject in cases]))
        .group_by(CaseStep.subject_id)
    )
    return {subject.id: subject.opened_at for subject in cases} | {row[0]: row[1] for row in rows}


class Loaded(NamedTuple):
    """A case, with the conditions of its kind that hold."""

    case: Subject
    holding: frozenset[Applies]

    def has(self, move: Move) -> bool:
        """Return whether a move that may be the next step exists for the case."""
        return move.applies not in kind_of(self.case).when or move.applies in self.holding


def load_cases(ids: Collection[int]) -> list[Loaded]:
    """Return cases in the order of their ids, with person and section loaded."""
    conditions = [
        (applies, and_(Subject.kind == kind.name, holds))
        for kind in all_kinds().values()
        for applies, holds in kind.when.items()
    ]
    rows = db.session.execute(
        select(Subject, *(holds.label(f"holds_{n}") for n, (_, holds) in enumerate(conditions)))
        .where(Subject.id.in_(ids))
        .options(
            joinedload(Subject.owner).joinedload(Party.section),
            joinedload(Subject.person).joinedload(Party.staff),
        )
    )
    by_id = {
        row.id: Loaded(
            row,
            frozenset(name for (name, _), holds in zip(conditions, flags, strict=True) if holds),
        )
        for row, *flags in rows
    }
    return [by_id[each] for each in ids]


def list_unread(actor: Actor, ids: Sequence[int]) -> frozenset[int]:
    """Return those of some cases on which the actor has unread messages."""
    unread = (Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    return frozenset(
        db.session.scalars(select(Notice.subject_id).where(*unread, Notice.subject_id.in_(ids)))
    )


def list_unopened(actor: Actor, *, on: date) -> Sequence[Notice]:
    """Return the actor's unread messages about themselves, the latest of each case.

    Without cases that wait for a step of theirs: these are tasks themselves.
    """
    if actor.staff_id is None:
        return []
    newest = (
        select(func.max(Notice.id))
        .join(Subject, Subject.id == Notice.subject_id)
        .where(
            Notice.user_id == actor.user_id,
            Notice.read_at.is_(None),
            is_about(actor.staff_id),
            ~waits_for(actor, on),
        )
        .group_by(Notice.subject_id)
    )
    return db.session.scalars(
        select(Notice)
        .where(Notice.id.in_(newest))
        .options(joinedload(Notice.subject))
        .order_by(Notice.id.desc())
    ).all()


def list_asked(actor: Actor, *, on: date) -> Sequence[DeadlineChange]:
    """Return the deadline changes that await the actor's agreement."""
    agree = [
        and_(Subject.kind.in_(kinds_with(duty)), held)
        for duty, held in may_hold(actor, on).items()
        if duty in having(Power.AGREE)
    ]
    return db.session.scalars(
        select(DeadlineChange)
        .join(DeadlineChange.deadline)
        .join(Deadline.subject)
        .where(
            DeadlineChange.decided_at.is_(None),
            DeadlineChange.asked_by.not_in(select(User.id).where(may_be(actor))),
            Deadline.closed_on.is_(None),
            seen_by(actor, on),
            others(actor),
            or_(false(), *agree),
        )
        .options(contains_eager(DeadlineChange.deadline).contains_eager(Deadline.subject))
        .order_by(Deadline.due_on, DeadlineChange.id)
    ).all()
