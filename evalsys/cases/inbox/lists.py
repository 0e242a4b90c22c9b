"""Queries of the start page: waiting cases, their order and their details."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
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
from evalsys.cases.engine.parties import is_about, may_hold, not_recused, others
from evalsys.cases.engine.queries import DutyQuestions, is_unread, seen_by
from evalsys.cases.engine.rules.duties import Power
from evalsys.cases.engine.rules.machine import Applies, Appointment, Move
from evalsys.cases.engine.titles import know_title, title_column
from evalsys.cases.inbox.waiting import due_for, waits_for
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.second_person import own_accounts


@dataclass(frozen=True)
class WaitingCounts:
    """The number of cases waiting for somebody, late ones and those due today."""

    total: int
    late: int
    today: int


class WaitingCase(NamedTuple):
    """The sort key of a waiting case: `is_late` first, then by day."""

    case_id: int
    day: date | None
    is_late: bool


def list_waiting(
    actor: Actor, *, on: date, limit: int, own: bool = False
) -> tuple[list[WaitingCase], WaitingCounts]:
    """Return the cases waiting for the actor, the most urgent first, and their totals.

    `own`: only those about themselves. `limit` is at least 1. Sorted by deadline or appointment;
    cases without a day come last, the longest waiting first.
    """
    due = due_for(actor, on)
    late, today = case((due < on, 1), else_=0), case((due == on, 1), else_=0)
    day = func.coalesce(cast(due, String), _appointment())
    waiting = (
        _waiting(actor, on, own=own)
        .add_columns(
            Subject.opened_at.label("opened_at"),
            day.label("day"),
            late.label("late"),
            today.label("today"),
        )
        .subquery()
        .c
    )
    numbers = (func.count().over(), func.sum(waiting.late).over(), func.sum(waiting.today).over())
    rows = db.session.execute(
        select(waiting.id, waiting.day, waiting.late, *numbers)
        .order_by(
            waiting.late.desc(), waiting.day.is_(None), waiting.day, waiting.opened_at, waiting.id
        )
        .limit(limit)
    ).all()
    places = [
        WaitingCase(row[0], date.fromisoformat(row[1]) if row[1] else None, bool(row[2]))
        for row in rows
    ]
    return places, WaitingCounts(*map(int, rows[0][3:])) if rows else WaitingCounts(0, 0, 0)


def _waiting(actor: Actor, on: date, *, own: bool) -> Select[Any]:
    query = select(Subject.id).where(seen_by(actor, on), waits_for(actor, on))
    return query.where(is_about(actor.staff_id)) if own else query


def _appointment() -> ColumnElement[Any]:
    """Return the day for which the person of a case is summoned, as text, or NULL."""
    return _of_summons(lambda call: CaseStep.entry[call.day].as_string())


def _calling() -> ColumnElement[Any]:
    """Return the entry, as JSON text, of the step that summoned the person of a case, or NULL."""
    return _of_summons(lambda _call: cast(CaseStep.entry, String))


def _of_summons(value: Callable[[Appointment], ColumnElement[Any]]) -> ColumnElement[Any]:
    """Return a value of the last step that summoned the person of a case, or NULL."""
    called = [
        (
            and_(Subject.kind == kind.name, Subject.state == state),
            select(value(call))
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


def _last_step() -> ColumnElement[Any]:
    """Return when the last step of a case was taken, or NULL."""
    last = select(func.max(CaseStep.at)).where(CaseStep.subject_id == Subject.id)
    return last.correlate(Subject).scalar_subquery()


class Loaded(NamedTuple):
    """A case with the conditions of its kind that hold, the actor's duties and unread mark.

    `since` is when it entered its state: at its last step, or its opening. `calling` is the entry
    of the step that summoned its person, while one is awaited.
    """

    case: Subject
    holding: frozenset[Applies]
    duties: frozenset[str]
    is_unread: bool
    since: datetime
    calling: Mapping[str, Any] | None

    def has(self, move: Move) -> bool:
        """Return whether a move that may be the next step exists for the case."""
        return move.applies not in kind_of(self.case).when or move.applies in self.holding


def load_cases(ids: Collection[int], actor: Actor, on: date) -> list[Loaded]:
    """Return cases in the order of their ids, with person, section and open deadlines loaded.

    The actor's duties on a day, unread marks and titles come in the same query.
    """
    duties = DutyQuestions(actor, on)
    conditions = _conditions()
    rows = db.session.execute(
        select(
            Subject,
            is_unread(actor).label("is_unread"),
            title_column().label("title"),
            _last_step().label("last_step"),
            _calling().label("calling"),
            *duties.columns,
            *(holds.label(f"holds_{n}") for n, (_, holds) in enumerate(conditions)),
        )
        .where(Subject.id.in_(ids))
        .options(
            joinedload(Subject.open_deadlines),
            joinedload(Subject.owner).joinedload(Party.section),
            joinedload(Subject.owner).joinedload(Party.organ),
            joinedload(Subject.person).joinedload(Party.staff),
        )
    ).unique()
    by_id = {}
    for row, unread, title, last, calling, *flags in rows:
        know_title(row, title)
        held, holding = flags[: len(duties.columns)], flags[len(duties.columns) :]
        applying = (each for (each, _), holds in zip(conditions, holding, strict=True) if holds)
        mine, called = duties.read(row, held).held, json.loads(calling) if calling else None
        since = last or row.opened_at
        by_id[row.id] = Loaded(row, frozenset(applying), mine, bool(unread), since, called)
    return [by_id[each] for each in ids]


def _conditions() -> list[tuple[Applies, ColumnElement[bool]]]:
    """Return each condition of a kind, and the predicate on `Subject` that it holds."""
    return [
        (applies, and_(Subject.kind == kind.name, holds))
        for kind in all_kinds().values()
        for applies, holds in kind.when.items()
    ]


def select_unopened(actor: Actor, on: date) -> Select[int]:
    """Return the query for the ids of `list_unopened`."""
    return (
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


def list_unopened(actor: Actor, *, on: date) -> Sequence[Notice]:
    """Return the actor's unread messages about themselves, the latest of each case.

    Without cases that wait for a step of theirs: these are tasks themselves.
    """
    return db.session.scalars(
        select(Notice)
        .where(Notice.id.in_(select_unopened(actor, on)))
        .options(joinedload(Notice.subject))
        .order_by(Notice.id.desc())
    ).all()


def select_asked(actor: Actor, on: date) -> Select[DeadlineChange]:
    """Return the query for deadline changes awaiting the actor's agreement."""
    agree = [
        and_(Subject.kind.in_(kinds_with(duty)), held, *not_recused(actor, duty))
        for duty, held in may_hold(actor, on).items()
        if duty in having(Power.AGREE)
    ]
    return (
        select(DeadlineChange)
        .join(DeadlineChange.deadline)
        .join(Deadline.subject)
        .where(
            DeadlineChange.decided_at.is_(None),
            DeadlineChange.asked_by.not_in(own_accounts(actor)),
            Deadline.closed_on.is_(None),
            seen_by(actor, on),
            others(actor),
            or_(false(), *agree),
        )
    )


def list_asked(actor: Actor, *, on: date) -> Sequence[DeadlineChange]:
    """Return the deadline changes awaiting the actor's agreement, the nearest end first."""
    loaded = contains_eager(DeadlineChange.deadline).contains_eager(Deadline.subject)
    query = select_asked(actor, on).options(loaded)
    return db.session.scalars(query.order_by(Deadline.due_on, DeadlineChange.id)).all()
