"""The rows of a demo case: steps, deadlines, papers and notices."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import update

from evalsys.cases.deadlines.rules import TermUnit, due_on, nears_on, unit_of
from evalsys.cases.engine.duties import all_duties
from evalsys.cases.engine.kinds import Kind, kind_of
from evalsys.cases.engine.models import CaseStep, Deadline, Notice, Subject
from evalsys.cases.engine.rules.machine import BACK, Machine, Move
from evalsys.cases.notices.steps import notify_of_opening, notify_of_step
from evalsys.cases.scenes.cast import Cast, Concerned
from evalsys.cases.scenes.registry import Filed, Scene, scene_of
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.demo.cases.casting import words_of
from evalsys.demo.cases.entries import entry_of
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.registry import limit_named

UNREAD = timedelta(days=4)  # messages older than that were read
STEP = 6  # days between two steps that need not wait
CALLED_AHEAD = 3  # working days until somebody who was called last has to come
DAYS_OF = {TermUnit.WORKING_DAYS: 1.6, TermUnit.DAYS: 1.0, TermUnit.MONTHS: 31.0}


def path_to(machine: Machine, state: str) -> list[Move]:
    """Return the shortest path of moves from the first state to another one."""
    ways: dict[str, list[Move]] = {machine.first: []}
    ahead = deque([machine.first])
    while ahead:
        here = ahead.popleft()
        for move in machine.moves_from(here):
            if move.target != BACK and move.target not in ways:
                ways[move.target] = [*ways[here], move]
                ahead.append(move.target)
    return ways[state]


def gaps_of(machine: Machine, moves: Sequence[Move], scene: Scene) -> list[int]:
    """Return the days before each move; one that requires the end of a term waits for it."""
    running, gaps = set(machine.opens), []
    for move in moves:
        waits = move.checks and move.name not in scene.at_once
        waited = [_length(rule) for rule in running & set(move.meets)] if waits else []
        gaps.append(max([scene.waits.get(move.name, STEP), *waited]))
        running = (running - set(move.meets)) | set(move.starts)
    return gaps


def _length(rule: str) -> int:
    return int(rules_in_force()[limit_named(rule)] * DAYS_OF[unit_of(rule)]) + 3


def lay_steps(
    case: Subject, moves: Sequence[Move], moments: Sequence[datetime], cast: Cast, person: Concerned
) -> None:
    """Insert the steps, deadlines and papers of a case; notify who has to act.

    `moments` are those of the opening and of each move.
    """
    kind = kind_of(case)
    scene = scene_of(kind)
    companion = case.named(scene.companion) or cast.colleague
    days = [local_day(moment) for moment in moments]
    words = words_of(case, cast)
    sources = [kind.machine.first, *(move.target for move in moves)]
    steps = [
        CaseStep(
            subject_id=case.id,
            name=move.name,
            source=source,
            target=move.target,
            at=moment,
            by=_user(scene, move, cast, person),
            role=_role(scene, move),
            entry=entry_of(scene, move, span, companion.number, words),
        )
        for source, move, moment, span in zip(
            sources, moves, moments[1:], _spans(days[1:], cast), strict=False
        )
    ]
    db.session.add_all([*steps, *_deadlines(case, kind, moves, moments, cast)])
    done = {step.name: step for step in steps}
    scene.papers(Filed(case, done, cast.accounts.get(companion.id), person, words, cast.now))
    if case.closed_at is None:
        _tell(kind, case, steps, moments[-1])
        if moments[-1] < cast.now - UNREAD:
            read = update(Notice).where(Notice.subject_id == case.id)
            db.session.execute(read.values(read_at=moments[-1]))
    db.session.flush()


def _user(scene: Scene, move: Move, cast: Cast, person: Concerned) -> int | None:
    """Return the account of who makes a move in the demo, if they have one."""
    return cast.leader.user_id if move.name in scene.seconded else cast.holder(move.duty, person)


def _role(scene: Scene, move: Move) -> Role:
    if move.name in scene.seconded:
        return Role.LEADER
    return scene.roles.get(move.duty) or all_duties()[move.duty].role or Role.STAFF


def _spans(days: Sequence[date], cast: Cast) -> list[tuple[date, date]]:
    """Return the day of each step with the day of its summons, that of the next step."""
    if not days:
        return []
    ahead = cast.days.add(max(days[-1], local_day(cast.now)), CALLED_AHEAD)
    return list(zip(days, [*days[1:], ahead], strict=True))


def _tell(kind: Kind, case: Subject, steps: Sequence[CaseStep], moment: datetime) -> None:
    if steps:
        notify_of_step(case, steps[-1], moment)
    else:
        notify_of_opening(kind, [case], moment, by=case.opened_by)


def _deadlines(
    case: Subject,
    kind: Kind,
    moves: Sequence[Move],
    moments: Sequence[datetime],
    cast: Cast,
) -> Iterator[Deadline]:
    """Yield the deadlines of a case as its steps started and closed them."""
    running = {rule: _deadline(case, kind, rule, moments[0], cast) for rule in kind.machine.opens}
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
            running[rule] = _deadline(case, kind, rule, moment, cast)
    yield from running.values()


def _deadline(case: Subject, kind: Kind, rule: str, moment: datetime, cast: Cast) -> Deadline:
    amount, start = rules_in_force()[limit_named(rule)], local_day(moment)
    term = unit_of(rule)
    due = due_on(start, amount, term, cast.days)
    return Deadline(
        subject_id=case.id,
        rule=rule,
        duty=kind.machine.owners[rule],
        started_on=start,
        amount=amount,
        due_on=due.on,
        nears_on=nears_on(start, due.on, term, cast.days),
        is_provisional=due.is_provisional,
    )
