"""Reads of deadlines: which are open, when they end, and their lights."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from evalsys.calendars.rules import WorkingDays
from evalsys.cases.models import CaseFile, Deadline, DeadlineChange
from evalsys.cases.terms import Light, light
from evalsys.core.extensions import db


def open_deadlines(case_ids: Sequence[int]) -> Mapping[int, list[Deadline]]:
    """Return case id -> its open deadlines, the nearest first."""
    found: dict[int, list[Deadline]] = {}
    rows = db.session.scalars(
        select(Deadline)
        .where(Deadline.case_id.in_(case_ids), Deadline.closed_on.is_(None))
        .order_by(Deadline.due_on, Deadline.id)
    )
    for row in rows:
        found.setdefault(row.case_id, []).append(row)
    return found


def running_end(case: CaseFile, *rules: str) -> date | None:
    """Return when the open deadline of one of some rules ends; None if its clock stands."""
    return db.session.scalar(_end(case, rules).where(Deadline.paused_on.is_(None)))


def open_end(case: CaseFile, *rules: str) -> date | None:
    """Return when the open deadline of one of some rules ends, though its clock may stand."""
    return db.session.scalar(_end(case, rules))


def _end(case: CaseFile, rules: Sequence[str]) -> Select[date | None]:
    return select(func.max(Deadline.due_on)).where(
        Deadline.case_id == case.id, Deadline.rule.in_(rules), Deadline.closed_on.is_(None)
    )


def running_first(deadlines: Sequence[Deadline]) -> list[Deadline]:
    """Return the open ones, the nearest first; those whose clock stands come after all others."""
    live = [one for one in deadlines if one.closed_on is None]
    return sorted(live, key=lambda one: (one.paused_on is not None, one.due_on))


def list_deadlines(case: CaseFile) -> Sequence[Deadline]:
    """Return every deadline of a case, open and closed."""
    return db.session.scalars(
        select(Deadline).where(Deadline.case_id == case.id).order_by(Deadline.id)
    ).all()


def list_changes(case: CaseFile) -> Sequence[DeadlineChange]:
    """Return what was asked about the deadlines of a case."""
    return db.session.scalars(
        select(DeadlineChange)
        .join(DeadlineChange.deadline)
        .where(Deadline.case_id == case.id)
        .options(joinedload(DeadlineChange.deadline))
        .order_by(DeadlineChange.id)
    ).all()


def light_of(deadline: Deadline, on: date, days: WorkingDays) -> Light:
    """Return the light of a deadline on a day."""
    if deadline.closed_on is not None:
        return Light.MET
    if deadline.paused_on is not None:
        return Light.PAUSED
    return light(deadline.started_on, deadline.due_on, on, days)
