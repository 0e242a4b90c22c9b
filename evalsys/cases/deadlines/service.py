"""Use cases of deadlines: start, close, pause, extend, recount under a new calendar."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select, update

from evalsys.cases.deadlines.rules import Due, due_on, length, nears_on, shifted, unit_of
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import ChangeKind, Deadline, DeadlineChange, Subject
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.second_person import check_second_person
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.foundation.rows import table_of
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.registry import limit_named

FARTHEST = timedelta(days=731)  # How far ahead an agreed day may be.
NOT_RUNNING = N_("The deadline is not in a state in which this can be asked.")


def start(case: Subject, rule: str, duty: str, on: date, amount: int | None = None) -> Deadline:
    """Start a term of the policy, or of `amount`; the day itself is not counted."""
    return start_all([case], rule, duty, on, amount)[0]


def start_all(
    cases: Sequence[Subject], rule: str, duty: str, on: date, amount: int | None = None
) -> list[Deadline]:
    """Start the same term in several cases."""
    amount = rules_in_force()[limit_named(rule)] if amount is None else amount
    days, term = working_days(), unit_of(rule)
    due = due_on(on, amount, term, days)
    near = nears_on(on, due.on, term, days)
    deadlines = [
        Deadline(
            subject_id=case.id,
            rule=rule,
            duty=duty,
            started_on=on,
            amount=amount,
            due_on=due.on,
            nears_on=near,
            is_provisional=due.is_provisional,
        )
        for case in cases
    ]
    db.session.add_all(deadlines)
    return deadlines


def start_until(case: Subject, rule: str, duty: str, on: date, until: date) -> Deadline:
    """Start a term that ends on an agreed day, which no later calendar moves.

    Its length is counted from the day on which it starts. Raises DomainError for a day that is not
    ahead, is more than two years ahead, or is a day off.
    """
    days = working_days()
    if until <= on:
        raise DomainError(N_("%(day)s is not ahead."), day=until)
    if until > on + FARTHEST:
        raise DomainError(N_("%(day)s is more than two years ahead. Check the year."), day=until)
    if not days.is_working(until):
        raise DomainError(N_("%(day)s is a day off. Please choose a working day."), day=until)
    term = unit_of(rule)
    deadline = Deadline(
        subject_id=case.id,
        rule=rule,
        duty=duty,
        started_on=on,
        amount=length(on, until, term, days),
        due_on=until,
        nears_on=nears_on(on, until, term, days),
        is_provisional=False,
    )
    db.session.add(deadline)
    return deadline


def close(case: Subject, on: date, *, met: tuple[str, ...] | None = None) -> None:
    """Close the open deadlines of some rules as met, or drop all open ones if `met` is None."""
    for deadline in db.session.scalars(_open(case)):
        if met is None or deadline.rule in met:
            deadline.closed_on, deadline.is_met = on, met is not None


def drop(case: Subject, on: date, rules: Sequence[str]) -> None:
    """Close the open deadlines of some rules as not met: nobody owes them any more."""
    for deadline in db.session.scalars(_open(case).where(Deadline.rule.in_(rules))):
        deadline.closed_on = on


def pause(case: Subject, on: date) -> None:
    """Stop the clock of every open deadline of a case."""
    for deadline in db.session.scalars(_open(case).where(Deadline.paused_on.is_(None))):
        deadline.paused_on = on


def resume(case: Subject, on: date) -> None:
    """Restart the clocks of a case with the time that was left."""
    days = working_days()
    for deadline in db.session.scalars(_open(case).where(Deadline.paused_on.is_not(None))):
        _run_on(deadline, on, days)


def _open(case: Subject) -> Select[Deadline]:
    return select(Deadline).where(Deadline.subject_id == case.id, Deadline.closed_on.is_(None))


def _run_on(deadline: Deadline, on: date, days: WorkingDays) -> None:
    if deadline.paused_on is not None:
        term = unit_of(deadline.rule)
        _move(deadline, shifted(deadline.due_on, deadline.paused_on, on, term, days), days)
        deadline.paused_on = None


def _move(deadline: Deadline, end: date, days: WorkingDays) -> None:
    """Let a deadline end on another day, and near it accordingly."""
    deadline.due_on = end
    deadline.nears_on = nears_on(deadline.started_on, end, unit_of(deadline.rule), days)


def ask_change(
    actor: Actor, deadline: Deadline, kind: ChangeKind, reason: str, *, now: datetime
) -> DeadlineChange:
    """Request a pause, its end, or the one extension.

    Raises DomainError if the deadline is in no state for it.
    """
    with unit_of_work(actor) as unit:
        lock_row(deadline)
        _check(deadline, kind)
        _check_not_asked(deadline, kind)
        change = DeadlineChange(
            deadline_id=deadline.id, kind=kind, reason=reason, asked_by=actor.user_id, asked_at=now
        )
        db.session.add(change)
        unit.record(Action.DEADLINE_ASK, change, ask=kind.value, rule=deadline.rule, reason=reason)
    return change


def agree_change(actor: Actor, change: DeadlineChange, *, now: datetime) -> None:
    """Agree, as a second person, to a requested change.

    An extension is as long as the term itself and counted from its end. Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        lock_row(change)
        deadline = change.deadline
        lock_row(deadline)
        check_second_person(actor, change.asked_by)
        if change.decided_at is not None:
            raise DomainError(NOT_RUNNING)
        _check(deadline, change.kind, change)
        on = local_day(now)
        change.due_before = deadline.due_on
        if change.kind is ChangeKind.PAUSE:
            deadline.paused_on = on
        elif change.kind is ChangeKind.RESUME:
            _run_on(deadline, on, working_days())
        else:
            due = extended(deadline)
            assert due is not None  # Checked by `_check`.
            _move(deadline, due.on, working_days())
            deadline.is_provisional = due.is_provisional
        change.agreed_by, change.decided_at, change.due_after = actor.user_id, now, deadline.due_on
        unit.record(
            Action.DEADLINE_AGREE,
            change,
            kind=change.kind.value,
            before=change.due_before.isoformat(),
            after=deadline.due_on.isoformat(),
        )


def _check_not_asked(deadline: Deadline, kind: ChangeKind) -> None:
    """Raise DomainError if the change awaits a second person already."""
    waits = select(DeadlineChange.id).where(
        DeadlineChange.deadline_id == deadline.id,
        DeadlineChange.kind == kind,
        DeadlineChange.decided_at.is_(None),
    )
    if db.session.scalar(waits.limit(1)) is not None:
        raise DomainError(N_("This was asked for before, and waits for a second person."))


def extended(deadline: Deadline) -> Due | None:
    """Return the end of a deadline if extended; None if it cannot be."""
    extensions = kind_of(deadline.subject).machine.extensions
    rule = extensions.get(deadline.rule, deadline.rule)
    if rule is None:
        return None
    amount = deadline.amount if rule == deadline.rule else rules_in_force()[limit_named(rule)]
    return due_on(deadline.due_on, amount, unit_of(rule), working_days()) if amount else None


def _check(deadline: Deadline, kind: ChangeKind, change: DeadlineChange | None = None) -> None:
    is_paused = deadline.paused_on is not None
    if deadline.closed_on is not None or is_paused != (kind is ChangeKind.RESUME):
        raise DomainError(NOT_RUNNING)
    earlier = select(DeadlineChange).where(
        DeadlineChange.deadline_id == deadline.id,
        DeadlineChange.kind == kind,
        DeadlineChange.id != (change.id if change else 0),
    )
    if kind is not ChangeKind.EXTEND:
        return
    if extended(deadline) is None:
        raise DomainError(
            N_("This term is fixed by law or by the rules: it cannot be extended here.")
        )
    if db.session.scalar(earlier.limit(1)):
        raise DomainError(N_("A deadline can be extended once. This one was."))


def recount_provisional(unit: Unit, days: WorkingDays) -> int:
    """Recount the provisional open deadlines under a calendar; return how many moved.

    None ends earlier than it was announced. Extended or paused deadlines keep the date that was
    agreed. Of all the day on which they near is counted anew.
    """
    changed = select(DeadlineChange.deadline_id).where(DeadlineChange.decided_at.is_not(None))
    query = select(Deadline).where(
        Deadline.closed_on.is_(None),
        Deadline.paused_on.is_(None),
        Deadline.is_provisional,
        Deadline.id.not_in(changed),
    )
    moved = 0
    for deadline in db.session.scalars(query):
        due = due_on(deadline.started_on, deadline.amount, unit_of(deadline.rule), days)
        before, after = deadline.due_on, max(deadline.due_on, due.on)
        if (before, deadline.is_provisional) == (after, due.is_provisional):
            continue
        moved += before != after
        _move(deadline, after, days)
        deadline.is_provisional = due.is_provisional
        unit.record(
            Action.CALENDAR_IMPORT, deadline, before=before.isoformat(), after=after.isoformat()
        )
    _recount_nearing(days)
    return moved


def _recount_nearing(days: WorkingDays) -> None:
    """Count anew on which day the open deadlines near: once for all with the same term."""
    table, is_open = table_of(Deadline), Deadline.closed_on.is_(None)
    term = (Deadline.rule, Deadline.started_on, Deadline.due_on)
    db.session.flush()
    for rule, start_on, end, near in db.session.execute(
        select(*term, Deadline.nears_on).where(is_open).distinct()
    ).all():
        right = nears_on(start_on, end, unit_of(rule), days)
        if right != near:
            same = zip(term, (rule, start_on, end), strict=True)
            where = (is_open, *(column == value for column, value in same))
            db.session.execute(update(table).where(*where).values(nears_on=right))
