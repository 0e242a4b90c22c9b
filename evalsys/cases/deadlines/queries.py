"""Reads of deadlines: which are open, when they end, and their lights."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.deadlines.rules import Light, light, unit_of
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Deadline, DeadlineChange, Subject
from evalsys.cases.engine.rules.next_steps import Terms
from evalsys.core.extensions import db
from evalsys.foundation.calendars.rules import WorkingDays


def open_deadlines(case_ids: Sequence[int], on: date) -> Mapping[int, list[Deadline]]:
    """Return case id -> its open deadlines, in the order of `running_first`."""
    found: dict[int, list[Deadline]] = {}
    rows = db.session.scalars(
        select(Deadline)
        .where(Deadline.subject_id.in_(case_ids), Deadline.closed_on.is_(None))
        .options(joinedload(Deadline.subject))
        .order_by(Deadline.due_on, Deadline.id)
    )
    for row in rows:
        found.setdefault(row.subject_id, []).append(row)
    return {case_id: running_first(each, on) for case_id, each in found.items()}


def is_soft(deadline: Deadline) -> bool:
    """Say whether nobody misses the end of a deadline: it is a right, or has to run."""
    return deadline.rule in kind_of(deadline.subject).machine.soft


def is_ended(deadline: Deadline, on: date) -> bool:
    """Say whether an open deadline is a right, or a time that has to run, and is over."""
    return deadline.paused_on is None and deadline.due_on < on and is_soft(deadline)


def terms_of(deadlines: Sequence[Deadline], on: date) -> Terms:
    """Return which terms of a case run or stand, and which are over, of its deadlines."""
    live = [one for one in deadlines if one.closed_on is None]
    over = frozenset(one.rule for one in live if one.paused_on is None and one.due_on < on)
    return Terms(frozenset(one.rule for one in live) - over, over)


def running_end(case: Subject, *rules: str) -> date | None:
    """Return when the open deadline of one of some rules ends; None if its clock stands."""
    return db.session.scalar(_end(case, rules).where(Deadline.paused_on.is_(None)))


def open_end(case: Subject, *rules: str) -> date | None:
    """Return when the open deadline of one of some rules ends, though its clock may stand."""
    return db.session.scalar(_end(case, rules))


def _end(case: Subject, rules: Sequence[str]) -> Select[date | None]:
    return select(func.max(Deadline.due_on)).where(
        Deadline.subject_id == case.id, Deadline.rule.in_(rules), Deadline.closed_on.is_(None)
    )


def running_first(deadlines: Sequence[Deadline], on: date) -> list[Deadline]:
    """Return the open ones, the nearest first.

    After them come rights that are over, as nobody is late with them, and then stopped clocks.
    """
    live = [one for one in deadlines if one.closed_on is None]
    return sorted(
        live, key=lambda one: (one.paused_on is not None, is_ended(one, on), one.due_on, one.id)
    )


def list_deadlines(case: Subject) -> Sequence[Deadline]:
    """Return every deadline of a case, open and closed."""
    return db.session.scalars(
        select(Deadline).where(Deadline.subject_id == case.id).order_by(Deadline.id)
    ).all()


def list_changes(case: Subject) -> Sequence[DeadlineChange]:
    """Return what was asked about the deadlines of a case."""
    return db.session.scalars(
        select(DeadlineChange)
        .join(DeadlineChange.deadline)
        .where(Deadline.subject_id == case.id)
        .options(joinedload(DeadlineChange.deadline))
        .order_by(DeadlineChange.id)
    ).all()


def light_of(deadline: Deadline, on: date, days: WorkingDays) -> Light:
    """Return the light of a deadline on a day."""
    if deadline.closed_on is not None:
        return Light.MET
    if deadline.paused_on is not None:
        return Light.PAUSED
    unit = unit_of(deadline.rule)
    return light(deadline.started_on, deadline.due_on, on, unit, days, is_soft=is_soft(deadline))
