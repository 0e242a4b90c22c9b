"""Cases of the demo city: one in every state of every kind, so that one sees a living system.

The rows are laid down as they would have been by people who followed the tables of moves. They are
about people whom nothing else is told of; what a closing proposed stands beside them untouched.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from evalsys.calendars.queries import working_days
from evalsys.calendars.rules import WorkingDays
from evalsys.cases.kinds import KINDS, Kind
from evalsys.cases.models import CaseFile, CaseStep, Deadline
from evalsys.cases.queries import ROLE_DUTY
from evalsys.cases.rules import BACK, Duty, Field, FieldKind, Machine, Move
from evalsys.cases.terms import due_on, unit_of
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.org.models import ChiefTerm, Posting, Section, Staff
from evalsys.policies.queries import rules_in_force

OF_CHIEFS = {"chief", "commendation"}
ROLES = {**{duty: role for role, duty in ROLE_DUTY.items()}, Duty.PERSON: Role.STAFF}
SHOWN = "SP01"  # the section whose chief and clerk have a demo account
FROM_BALLOTS = {"review"}  # Opened by counting alone, each with a row of its own.
FIRST = ("return", "notified")
STEP_EVERY = 4  # working days between two steps
TEXTS = (
    "经查阅台账、调取监控并与有关人员谈话，情况属实。",
    "主要问题是一次告知不到位、办理超时，已逐项说明。",
    "每周复盘一次，关键环节双人复核，一个月内见效。",
)


@dataclass(frozen=True)
class Shown:
    """A person of the demo about whom there is no case yet."""

    section_id: int
    staff_id: int


def show_every_state(hr: Actor, *, now: datetime) -> int:
    """Lay down a case for every state that no case is in (a step); return how many."""
    days, made = working_days(), 0
    chiefs, members = _chiefs(), _members()
    kinds = [kind for kind in KINDS.values() if kind.name not in FROM_BALLOTS]
    wanted = [(kind, state) for kind in kinds for state in kind.machine.states]
    # The clerk with an account has something to answer.
    for kind, state in sorted(wanted, key=lambda each: (each[0].name, each[1]) != FIRST):
        if state not in _taken(kind):
            person = next(chiefs if kind.name in OF_CHIEFS else members)
            _lay_down(kind, state, person, hr, days, now)
            made += 1
    return made


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


def _lay_down(  # noqa: PLR0913, PLR0917  # Each is one side of the case.
    kind: Kind, state: str, person: Shown, hr: Actor, days: WorkingDays, now: datetime
) -> None:
    moves = path_to(kind.machine, state)
    moments = list(_moments(len(moves) + 1, days, now))
    last = select(func.max(CaseFile.serial)).where(
        CaseFile.kind == kind.name, CaseFile.year == local_day(moments[0]).year
    )
    case = CaseFile(
        kind=kind.name,
        year=local_day(moments[0]).year,
        serial=(db.session.scalar(last) or 0) + 1,
        state=state,
        section_id=person.section_id,
        staff_id=person.staff_id,
        opened_at=moments[0],
        opened_by=hr.user_id,
        closed_at=moments[-1] if state in kind.machine.finals else None,
        grounds={},
    )
    db.session.add(case)
    db.session.flush()
    running = {rule: local_day(moments[0]) for rule in kind.machine.opens}
    for source, move, moment in zip(_sources(kind.machine, moves), moves, moments[1:], strict=True):
        db.session.add(_step(case, source, move, moment, hr))
        running = {} if case.closed_at else {
            rule: start for rule, start in running.items() if rule not in move.meets
        }  # fmt: skip
        running |= {rule: local_day(moment) for rule in move.starts}
    for rule, start in running.items():
        db.session.add(_deadline(case, kind, rule, start, days))


def _sources(machine: Machine, moves: list[Move]) -> list[str]:
    return [machine.first, *(move.target for move in moves)][: len(moves)]


def _step(case: CaseFile, source: str, move: Move, moment: datetime, hr: Actor) -> CaseStep:
    return CaseStep(
        case_id=case.id,
        name=move.name,
        source=source,
        target=move.target,
        at=moment,
        by=hr.user_id if move.duty is Duty.PERSONNEL else None,
        role=ROLES.get(move.duty, Role.STAFF),
        entry={each.name: _value(each, local_day(moment)) for each in move.fields},
    )


def _deadline(case: CaseFile, kind: Kind, rule: str, start: date, days: WorkingDays) -> Deadline:
    amount = getattr(rules_in_force(), rule)
    due = due_on(start, amount, unit_of(rule), days)
    return Deadline(
        case_id=case.id,
        rule=rule,
        duty=kind.machine.owners[rule],
        started_on=start,
        amount=amount,
        due_on=due.on,
        is_provisional=due.is_provisional,
    )


def _value(field: Field, day: date) -> Any:
    """Return a plausible entry for a field."""
    match field.kind:
        case FieldKind.DAY:
            return day.isoformat()
        case FieldKind.NUMBER:
            return SHOWN_NUMBERS.get(field.name, max(field.low, min(field.high, 80)))
        case FieldKind.CHOICE:
            return next(iter(field.choices))
        case FieldKind.TICK:
            return True
        case FieldKind.TEXT:
            return TEXTS[len(field.name) % len(TEXTS)]
        case _:
            return SHOWN_LINES.get(field.name, "周敏")


def _moments(number: int, days: WorkingDays, now: datetime) -> Iterator[datetime]:
    """Yield moments in office hours, the last one a few working days ago."""
    day = local_day(now) - timedelta(days=2 * STEP_EVERY * number)
    for _ in range(number):
        day = days.add(day, STEP_EVERY)
        yield now.replace(year=day.year, month=day.month, day=day.day, hour=2, minute=15)


def _chiefs() -> Iterator[Shown]:
    busy = select(CaseFile.staff_id)
    rows = db.session.execute(
        select(ChiefTerm.section_id, ChiefTerm.staff_id)
        .where(ChiefTerm.ended_on.is_(None), ChiefTerm.staff_id.not_in(busy))
        .order_by(ChiefTerm.staff_id)
    ).all()
    yield from (Shown(*row) for row in rows)
    yield from _members()  # A small city has fewer chiefs than the tables have states.


def _members() -> Iterator[Shown]:
    led = select(ChiefTerm.staff_id)
    rows = db.session.execute(
        select(Posting.section_id, Posting.staff_id)
        .join(Section, Section.id == Posting.section_id)
        .join(Staff, Staff.id == Posting.staff_id)
        .where(Posting.ended_on.is_(None), Posting.staff_id.not_in(led))
        .order_by(Section.code != SHOWN, Staff.number)
    ).all()
    return (Shown(*row) for row in rows)


SHOWN_NUMBERS = {
    "entitled": 9,
    "present": 8,
    "in_favour": 7,
    "against": 1,
    "abstained": 0,
}
SHOWN_LINES = {
    "document": "云组〔2026〕31号",
    "place": "三楼第二会议室",
    "post": "综合岗",
    "section": SHOWN,
    "hour": "15:00",
    "decider": "赵立新 副局长",
    "interviewer": "赵立新 副局长",
    "where": "一楼公示栏和内网",
    "contact": "组织人事科 0532-8800 0000",
}
