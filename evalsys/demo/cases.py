"""Cases of the demo city: one in every state of every kind, so that one sees a living system.

The rows are laid down as they would have been by people who followed the tables of moves. They are
about people whom nothing else is told of; what a closing proposed stands beside them untouched.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update

from evalsys.cases.kinds import Kind, all_kinds
from evalsys.cases.models import CaseFile, CaseStep, Deadline, Notice
from evalsys.cases.queries import ROLE_DUTY
from evalsys.cases.rules import BACK, Duty, Machine, Move
from evalsys.cases.service import tell, tell_opened
from evalsys.cases.terms import Unit, due_on, unit_of
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.demo.case_entries import entry_of
from evalsys.demo.case_papers import add_papers
from evalsys.demo.case_scene import Scene, Shown, chiefs, make_scene, members, rated_low
from evalsys.org.models import Section, Staff
from evalsys.policies.queries import rules_in_force

OF_CHIEFS = {"chief", "commendation"}
ROLES = {
    **{duty: role for role, duty in ROLE_DUTY.items()},
    Duty.PERSON: Role.STAFF,
    Duty.PROPOSER: Role.CHIEF,
}
# The clerk with an account has something to answer, the leader with one to decide.
FIRST = (("return", "notified"), ("return", "talked"))
ADMITTED = ("return", "admitted")
AFTER_ADMISSION = {"pool", "remedy"}  # kinds whose cases follow on an admission
ACCOMPANIED = {"in_training", "extended"}  # stays whose mentor has an account
UNREAD = timedelta(days=4)  # messages older than that were read
STEP = 6  # days between two steps that nothing has to pass between
LATELY = (3, 9, 5, 21)  # days since the last step, in turn: some are late
DAYS_OF = {Unit.WORKING_DAYS: 1.6, Unit.DAYS: 1.0, Unit.MONTHS: 31.0}


def show_every_state(hr: Actor, leader: Actor, period: str, *, now: datetime) -> int:
    """Lay down a case for every state that no case is in (a step); return how many.

    `period` is the last published one, whose figures opened the cases of chiefs.
    """
    scene, made = make_scene(hr, leader, period, now), 0
    free_chiefs, low = chiefs(scene.result_id), rated_low(period)
    free_members = members(scene.result_id)
    wanted = [(kind, state) for kind in all_kinds().values() for state in kind.machine.states]
    wanted.sort(key=lambda each: ((each[0].name, each[1]) not in FIRST, each[0].name == "review"))
    for kind, state in wanted:
        if state in _taken(kind):
            continue
        person = _person(kind, free_chiefs, low, free_members)
        end = local_day(now) - timedelta(LATELY[made % len(LATELY)])
        moments = _moments(kind.machine, path_to(kind.machine, state), scene, end)
        origin = None
        if kind.name in AFTER_ADMISSION:
            origin = _admission(person, scene, local_day(moments[0]))
            made += 1
        _lay_down(kind, state, person, scene, moments, origin)
        made += 1
    return made


def _person(
    kind: Kind, chiefs_left: deque[Shown], low: Iterator[Shown], weak: Iterator[Shown]
) -> Shown:
    """Return whom a case is about: the best chief is praised, the lowest one interviewed."""
    if kind.name == "review":
        return next(low)
    if kind.name not in OF_CHIEFS or not chiefs_left:
        return next(weak)  # A small city has fewer chiefs than the tables have states.
    return chiefs_left.pop() if kind.name == "commendation" else chiefs_left.popleft()


def _admission(person: Shown, scene: Scene, day: date) -> CaseFile:
    """Lay down the return by which somebody came into the pool on a day."""
    kind = all_kinds()[ADMITTED[0]]
    moves = path_to(kind.machine, ADMITTED[1])
    moments = _moments(kind.machine, moves, scene, day)
    return _lay_down(kind, ADMITTED[1], person, scene, moments, None)


def _taken(kind: Kind) -> set[str]:
    return set(db.session.scalars(select(CaseFile.state).where(CaseFile.kind == kind.name)))


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


def _moments(machine: Machine, moves: Sequence[Move], scene: Scene, end: date) -> list[datetime]:
    """Return when a case was opened and each of its steps taken; the last on `end`.

    A step that waits for the end of a term is taken when it is over.
    """
    running, gaps = set(machine.opens), []
    for move in moves:
        waited = [_length(rule) for rule in running & set(move.meets)] if move.checks else []
        gaps.append(max([STEP, *waited]))
        running = (running - set(move.meets)) | set(move.starts)
    day = end - timedelta(sum(gaps))
    found = [scene.moment(day)]
    for gap in gaps:
        day += timedelta(gap)
        found.append(scene.moment(day))
    return found


def _length(rule: str) -> int:
    return int(getattr(rules_in_force(), rule) * DAYS_OF[unit_of(rule)]) + 3


def _lay_down(  # noqa: PLR0913, PLR0917  # Each is one side of the case.
    kind: Kind,
    state: str,
    person: Shown,
    scene: Scene,
    moments: Sequence[datetime],
    origin: CaseFile | None,
) -> CaseFile:
    moves = path_to(kind.machine, state)
    mentor = scene.mentor if state in ACCOMPANIED else scene.colleague
    case = CaseFile(
        **_number(kind, local_day(moments[0]).year),
        kind=kind.name,
        state=state,
        section_id=person.section_id,
        staff_id=person.staff_id,
        opened_at=moments[0],
        opened_by=_opener(kind, person, scene),
        closed_at=moments[-1] if state in kind.machine.finals else None,
        origin_id=origin.id if origin else None,
        mentor_id=mentor.id if any(move.name == "plan" for move in moves) else None,
        grounds=_grounds(kind, origin, scene),
    )
    db.session.add(case)
    db.session.flush()
    steps = [
        _step(case, source, move, moment, person, mentor, scene)
        for source, move, moment in zip(
            _sources(kind.machine, moves), moves, moments[1:], strict=True
        )
    ]
    db.session.add_all([*steps, *_deadlines(case, kind, moves, moments, scene)])
    add_papers(case, steps, scene.accounts.get(mentor.id), person.ballot_id, now=scene.now)
    if case.closed_at is None:
        _tell(kind, case, steps, moments[-1])
        if moments[-1] < scene.now - UNREAD:
            read = update(Notice).where(Notice.case_id == case.id)
            db.session.execute(read.values(read_at=moments[-1]))
    db.session.flush()
    return case


def _tell(kind: Kind, case: CaseFile, steps: Sequence[CaseStep], moment: datetime) -> None:
    if steps:
        tell(case, steps[-1], moment)
    else:
        tell_opened(kind, [case], moment)


def _number(kind: Kind, year: int) -> dict[str, int]:
    of_year = (CaseFile.kind == kind.name, CaseFile.year == year)
    last = db.session.scalar(select(func.max(CaseFile.serial)).where(*of_year))
    return {"year": year, "serial": (last or 0) + 1}


def _opener(kind: Kind, person: Shown, scene: Scene) -> int | None:
    """Return who opened a case: the chief a return, the person a remedy, a closing the others."""
    duty = {"return": Duty.PROPOSER, "remedy": Duty.PERSON}.get(kind.name)
    return scene.user_of(duty, person) if duty else None


def _grounds(kind: Kind, origin: CaseFile | None, scene: Scene) -> dict[str, object]:
    if kind.name == "remedy" and origin:
        step = select(CaseStep.id).where(CaseStep.case_id == origin.id, CaseStep.name == "admit")
        says = "认为第二次差错系系统故障所致，请求复核。"
        against = {"against": "admit", "says": says, "is_lawful": False}
        return {"step_id": db.session.scalars(step).one(), **against}
    if kind.name in OF_CHIEFS:
        return {"period": scene.period, "result_id": scene.result_id}
    return {"period": scene.period} if kind.name == "review" else {}


def _sources(machine: Machine, moves: Sequence[Move]) -> list[str]:
    return [machine.first, *(move.target for move in moves)][: len(moves)]


def _step(  # noqa: PLR0913, PLR0917  # Each is one side of the step.
    case: CaseFile,
    source: str,
    move: Move,
    moment: datetime,
    person: Shown,
    mentor: Staff,
    scene: Scene,
) -> CaseStep:
    own = db.session.get_one(Section, person.section_id).code
    elsewhere = next(code for code in scene.codes if code != own)
    return CaseStep(
        case_id=case.id,
        name=move.name,
        source=source,
        target=move.target,
        at=moment,
        by=scene.user_of(move.duty, person),
        role=ROLES.get(move.duty, Role.STAFF),
        entry=entry_of(move, local_day(moment), mentor.number, elsewhere),
    )


def _deadlines(
    case: CaseFile,
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


def _deadline(case: CaseFile, kind: Kind, rule: str, moment: datetime, scene: Scene) -> Deadline:
    amount, start = getattr(rules_in_force(), rule), local_day(moment)
    due = due_on(start, amount, unit_of(rule), scene.days)
    return Deadline(
        case_id=case.id,
        rule=rule,
        duty=kind.machine.owners[rule],
        started_on=start,
        amount=amount,
        due_on=due.on,
        is_provisional=due.is_provisional,
    )
