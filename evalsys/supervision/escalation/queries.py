"""Which terms of matters reached a level and were not acted on."""

from collections.abc import Iterator
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select

from evalsys.cases.engine.models import ChangeKind, Deadline, DeadlineChange
from evalsys.core.pages import SHANGHAI
from evalsys.foundation.calendars.rules import ONE_DAY, WorkingDays
from evalsys.supervision.escalation.models import Escalation
from evalsys.supervision.escalation.rules import Act, Level, back
from evalsys.supervision.matters.rules import HANDLING


def round_of_deadline() -> ScalarSelect[int]:
    """Return the subquery for the round of a `Deadline`: how often it was extended."""
    return (
        select(func.count())
        .select_from(DeadlineChange)
        .where(
            DeadlineChange.deadline_id == Deadline.id,
            DeadlineChange.kind == ChangeKind.EXTEND,
            DeadlineChange.agreed_by.is_not(None),
        )
        .correlate(Deadline)
        .scalar_subquery()
    )


def is_due(act: Act, on: date, days: WorkingDays) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on a `Deadline` that a level has to be acted on."""
    yield Deadline.closed_on.is_(None)
    yield Deadline.paused_on.is_(None)
    yield Deadline.nears_on <= on
    yield Deadline.rule.in_(HANDLING)
    if act.late is not None:
        yield Deadline.due_on <= back(on, act.late, days)
    yield ~_acted(act.level, Escalation.acted_on.is_not(None))
    if act.level > Level.NEAR:
        since = back(on, act.after, days)
        yield _acted(Level(act.level - 1), Escalation.acted_on <= since)
        if act.after:
            yield ~_resumed_after(since)


def _acted(level: Level, when: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the predicate that a level was acted on in the round of a `Deadline`."""
    return exists().where(
        Escalation.deadline_id == Deadline.id,
        Escalation.round == round_of_deadline(),
        Escalation.level == level,
        when,
    )


def _resumed_after(day: date) -> ColumnElement[bool]:
    """Return the predicate that the clock of a `Deadline` went on again after a day."""
    return exists().where(
        DeadlineChange.deadline_id == Deadline.id,
        DeadlineChange.kind == ChangeKind.RESUME,
        DeadlineChange.decided_at >= datetime.combine(day + ONE_DAY, time(), SHANGHAI),
    )
