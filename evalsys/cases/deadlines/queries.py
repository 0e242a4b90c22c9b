"""Queries of deadlines: which are open, when they end, and their lights."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.cases.deadlines.rules import Light, light
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Deadline, DeadlineChange, Subject
from evalsys.cases.engine.rules.duties import Power
from evalsys.cases.engine.rules.next_steps import Terms
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.core.reads import once
from evalsys.foundation.accounts.second_person import is_second_person


def open_deadlines(case_ids: Sequence[int], on: date) -> Mapping[int, list[Deadline]]:
    """Return case id -> its open deadlines, in the order of `running_first`."""
    by_case: dict[int, list[Deadline]] = {}
    rows = db.session.scalars(
        select(Deadline)
        .where(Deadline.subject_id.in_(case_ids), Deadline.closed_on.is_(None))
        .options(joinedload(Deadline.subject))
        .order_by(Deadline.due_on, Deadline.id)
    )
    for row in rows:
        by_case.setdefault(row.subject_id, []).append(row)
    return {case_id: running_first(each, on) for case_id, each in by_case.items()}


def is_soft(deadline: Deadline) -> bool:
    """Return whether a deadline cannot be missed: a right, or a span that has to run."""
    return deadline.rule in kind_of(deadline.subject).machine.soft


def is_ended(deadline: Deadline, on: date) -> bool:
    """Return whether an open deadline is a right or a span, and over."""
    return deadline.paused_on is None and deadline.due_on < on and is_soft(deadline)


def terms_of(deadlines: Sequence[Deadline], on: date) -> Terms:
    """Return the open terms of a case by rule: live and ended."""
    live = [row for row in deadlines if row.closed_on is None]
    over = frozenset(row.rule for row in live if row.paused_on is None and row.due_on < on)
    return Terms(frozenset(row.rule for row in live) - over, over)


def running_end(case: Subject, *rules: str) -> date | None:
    """Return the end of the open deadline of some rules; None if its clock is stopped."""
    running = (row for row in _open(case, rules) if row.paused_on is None)
    return max((row.due_on for row in running), default=None)


def open_end(case: Subject, *rules: str) -> date | None:
    """Return the end of the open deadline of some rules, even if its clock is stopped."""
    return max((row.due_on for row in _open(case, rules)), default=None)


def _open(case: Subject, rules: Sequence[str]) -> list[Deadline]:
    return [row for row in list_deadlines(case) if row.rule in rules and row.closed_on is None]


def running_first(deadlines: Sequence[Deadline], on: date) -> list[Deadline]:
    """Return the open deadlines, the nearest first.

    Then rights and spans that are over, then stopped clocks.
    """
    live = [row for row in deadlines if row.closed_on is None]
    return sorted(
        live, key=lambda row: (row.paused_on is not None, is_ended(row, on), row.due_on, row.id)
    )


@once
def list_deadlines(case: Subject) -> Sequence[Deadline]:
    """Return every deadline of a case, open and closed, with its change requests."""
    query = select(Deadline).where(Deadline.subject_id == case.id).order_by(Deadline.id)
    return db.session.scalars(query.options(joinedload(Deadline.changes))).unique().all()


def list_changes(case: Subject) -> Sequence[DeadlineChange]:
    """Return the change requests on the deadlines of a case, in order."""
    changes = (change for row in list_deadlines(case) for change in row.changes)
    return sorted(changes, key=lambda change: change.id)


def list_agreeable(actor: Actor, case: Subject, powers: Collection[Power]) -> list[int]:
    """Return the ids of the requests of a case to which the actor may agree: not of their own."""
    asked = [change for change in list_changes(case) if change.decided_at is None]
    if Power.AGREE not in powers:
        return []
    return [change.id for change in asked if is_second_person(actor, change.asked_by)]


def light_of(deadline: Deadline, on: date) -> Light:
    """Return the light of a deadline on a day."""
    if deadline.closed_on is not None:
        return Light.MET
    if deadline.paused_on is not None:
        return Light.PAUSED
    return light(deadline.nears_on, deadline.due_on, on, is_soft=is_soft(deadline))
