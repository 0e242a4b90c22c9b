"""The rows of a case of the demo: its steps, terms and papers, and whom it waits for."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import update

from evalsys.cases.deadlines.rules import TermUnit, due_on, unit_of
from evalsys.cases.engine.kinds import Kind, kind_of
from evalsys.cases.engine.models import CaseStep, Deadline, Notice, Subject
from evalsys.cases.engine.rules.machine import BACK, Machine, Move
from evalsys.cases.engine.service import notify_of_opening, notify_of_step
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.demo.cases.entries import entry_of
from evalsys.demo.cases.papers import add_papers
from evalsys.demo.cases.scene import SECONDED, Scene, Shown, words_of
from evalsys.demo.stories import OF_CHIEFS
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.registry import limit_named
from evalsys.personnel.duties import OFFICES, Duty
from evalsys.personnel.pool.rules.stays import MENTOR

ROLES = {
    **{one.name: one.role for one in OFFICES if one.role is not None},
    Duty.PERSON: Role.STAFF,
    Duty.PROPOSER: Role.CHIEF,
}
UNREAD = timedelta(days=4)  # messages older than that were read
NOTICED = 8  # days between the call to an interview and the interview
STEP = 6  # days between two steps that nothing has to pass between
CALLED_AHEAD = 3  # working days until somebody who was called last has to come
# They answer a running term before it is over, whatever else they ask.
AT_ONCE = {"publish_notice", "repeat", "repeat_again"}
DAYS_OF = {TermUnit.WORKING_DAYS: 1.6, TermUnit.DAYS: 1.0, TermUnit.MONTHS: 31.0}


def path_to(machine: Machine, state: str) -> list[Move]:
    """Return the shortest way from the first state to another one."""
    ways: dict[str, list[Move]] = {machine.first: []}
    ahead = deque([machine.first])
    while ahead:
        here = ahead.popleft()
        for move in machine.moves_from(here):
            if move.target != BACK and move.target not in ways:
                ways[move.target] = [*ways[here], move]
                ahead.append(move.target)
    return ways[state]


def gaps_of(machine: Machine, moves: Sequence[Move]) -> list[int]:
    """Return the days before each move. One that asks whether a term is over waits for its end."""
    running, gaps = set(machine.opens), []
    for move in moves:
        waits = move.checks and move.name not in AT_ONCE
        waited = [_length(rule) for rule in running & set(move.meets)] if waits else []
        gaps.append(max([NOTICED if move.name == "interview" else STEP, *waited]))
        running = (running - set(move.meets)) | set(move.starts)
    return gaps


def _length(rule: str) -> int:
    return int(rules_in_force()[limit_named(rule)] * DAYS_OF[unit_of(rule)]) + 3


def lay_steps(
    case: Subject, moves: Sequence[Move], moments: Sequence[datetime], scene: Scene, person: Shown
) -> None:
    """Put the steps, terms and papers of a case on file (a step); notify who has to act now.

    `moments` are when it was opened, and when each of the moves was made.
    """
    kind = kind_of(case)
    mentor = case.named(MENTOR) or scene.colleague
    days = [local_day(moment) for moment in moments]
    words = words_of(case, scene)
    sources = [kind.machine.first, *(move.target for move in moves)]
    steps = [
        CaseStep(
            subject_id=case.id,
            name=move.name,
            source=source,
            target=move.target,
            at=moment,
            by=scene.user_of(move, person),
            role=_role(case, move),
            entry=entry_of(move, span, mentor.number, words),
        )
        for source, move, moment, span in zip(
            sources, moves, moments[1:], _spans(days[1:], scene), strict=False
        )
    ]
    db.session.add_all([*steps, *_deadlines(case, kind, moves, moments, scene)])
    add_papers(case, steps, scene.accounts.get(mentor.id), person.ballot_id, words, now=scene.now)
    if case.closed_at is None:
        _tell(kind, case, steps, moments[-1])
        if moments[-1] < scene.now - UNREAD:
            read = update(Notice).where(Notice.subject_id == case.id)
            db.session.execute(read.values(read_at=moments[-1]))
    db.session.flush()


def _role(case: Subject, move: Move) -> Role:
    if move.name in SECONDED:
        return Role.LEADER
    is_own = move.duty is Duty.PERSON and case.kind in OF_CHIEFS
    return Role.CHIEF if is_own else ROLES.get(move.duty, Role.STAFF)


def _spans(days: Sequence[date], scene: Scene) -> list[tuple[date, date]]:
    """Return the day of each step with the day for which it calls somebody: that of the next."""
    if not days:
        return []
    ahead = scene.days.add(max(days[-1], local_day(scene.now)), CALLED_AHEAD)
    return list(zip(days, [*days[1:], ahead], strict=True))


def _tell(kind: Kind, case: Subject, steps: Sequence[CaseStep], moment: datetime) -> None:
    if steps:
        notify_of_step(case, steps[-1], moment)
    else:
        notify_of_opening(kind, [case], moment)


def _deadlines(
    case: Subject,
    kind: Kind,
    moves: Sequence[Move],
    moments: Sequence[datetime],
    scene: Scene,
) -> Iterator[Deadline]:
    """Yield the terms that ran and run in a case, as the steps began and answered them."""
    running = {rule: _deadline(case, kind, rule, moments[0], scene) for rule in kind.machine.opens}
    for move, moment in zip(moves, moments[1:], strict=True):
        on = local_day(moment)
        ends = kind.machine.finals & {move.target}
        for rule in [rule for rule in running if ends or rule in move.meets]:
            deadline = running.pop(rule)
            deadline.closed_on, deadline.is_met = on, rule in move.meets
            yield deadline
        for deadline in running.values():
            deadline.paused_on = on if move.pauses else deadline.paused_on
        for rule in move.starts:
            running[rule] = _deadline(case, kind, rule, moment, scene)
    yield from running.values()


def _deadline(case: Subject, kind: Kind, rule: str, moment: datetime, scene: Scene) -> Deadline:
    amount, start = rules_in_force()[limit_named(rule)], local_day(moment)
    due = due_on(start, amount, unit_of(rule), scene.days)
    return Deadline(
        subject_id=case.id,
        rule=rule,
        duty=kind.machine.owners[rule],
        started_on=start,
        amount=amount,
        due_on=due.on,
        is_provisional=due.is_provisional,
    )
