"""Use case of escalation: act on every level that a late matter has reached, once each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from evalsys.cases.engine.models import Deadline, Party, Subject
from evalsys.cases.engine.service import remark
from evalsys.cases.notices.service import announce_all, case_key, is_office_time
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.rows import batched, insert_or_replace, table_of
from evalsys.supervision.escalation.models import Escalation
from evalsys.supervision.escalation.queries import is_due, round_of_deadline
from evalsys.supervision.escalation.rules import ACTS, Act, Level
from evalsys.supervision.referrals.service import draft_referrals

AT_ONCE = 250  # matters in a transaction


@dataclass(frozen=True)
class _Reached:
    """A term that reached a level."""

    deadline_id: int
    case: Subject
    round: int
    due_on: date


def escalate(*, now: datetime) -> Mapping[Level, int]:
    """Act on the levels that open matters have reached, in office hours; return how many of each.

    Each batch is a transaction: what an interrupted run did stays, the next run does the rest. The
    key of a row keeps every level to once, whoever else runs.
    """
    if not is_office_time(now):
        return {}
    acted = dict.fromkeys((act.level for act in ACTS), 0)
    for act in ACTS:
        for ids in batched(_list_due(act, local_day(now)), AT_ONCE):
            acted[act.level] += _act(act, ids, now)
    return acted


def _list_due(act: Act, on: date) -> Sequence[int]:
    """Return the deadlines that reached a level."""
    due = is_due(act, on, working_days())
    return db.session.scalars(select(Deadline.id).where(*due).order_by(Deadline.id)).all()


def _act(act: Act, ids: Sequence[int], now: datetime) -> int:
    """Act on a level for some deadlines, as far as nobody did meanwhile; return how many."""
    on = local_day(now)
    with unit_of_work(SYSTEM) as unit:
        reached = _take(act, _lock(act, ids, on), on)
        if not reached:
            unit.nothing_to_do()
        elif act.step:
            _tell(unit, act, reached, now)
        else:
            unit.nothing_to_do()  # A referral that is open already stays as it is.
            draft_referrals(unit, [one.case for one in reached], now)
    return len(reached)


def _lock(act: Act, ids: Sequence[int], on: date) -> list[_Reached]:
    """Keep others from the matters of deadlines; return those that still have to be acted on."""
    of_them = select(Deadline.subject_id).where(Deadline.id.in_(ids))
    locked = select(Subject.id).where(Subject.id.in_(of_them)).order_by(Subject.id)
    db.session.execute(locked.with_for_update()).all()
    of_section = contains_eager(Deadline.subject).joinedload(Subject.owner)
    query = (
        select(Deadline, round_of_deadline().label("round"))
        .join(Deadline.subject)
        .where(Deadline.id.in_(ids), *is_due(act, on, working_days()))
        .options(of_section.joinedload(Party.section))
        .order_by(Deadline.id)
    )
    return [
        _Reached(row.id, row.subject, number, row.due_on)
        for row, number in db.session.execute(query)
    ]


def _take(act: Act, reached: Sequence[_Reached], on: date) -> list[_Reached]:
    """Note that a level is acted on; return the deadlines of which nobody had noted it."""
    if not reached:
        return []
    rows = [
        {"deadline_id": one.deadline_id, "round": one.round, "level": act.level, "acted_on": on}
        for one in reached
    ]
    statement = insert_or_replace(table_of(Escalation), db.engine.dialect.name)
    statement = statement.on_conflict_do_nothing().returning(table_of(Escalation).c.deadline_id)
    taken = set(db.session.execute(statement, rows).scalars())
    return [one for one in reached if one.deadline_id in taken]


def _tell(unit: Unit, act: Act, reached: Sequence[_Reached], now: datetime) -> None:
    """Write the step of a level, and tell those concerned.

    That a term comes near is told no more on its last day: whoever urges says so.
    """
    on = local_day(now)
    entry = {"demand": act.demand} if act.demand else {}
    steps = remark(unit, [one.case for one in reached], act.step, entry, now=now)
    told = [one.case for one in reached if act.level > Level.NEAR or one.due_on > on]
    keys = {row.subject_id: case_key(row.subject_id, row.id) for row in steps}
    for duty in act.told:
        announce_all(told, duty, f"done:{act.step}", keys, by=None, now=now, on=on)
