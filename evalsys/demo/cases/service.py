"""Cases of the demo city: one in every state of every kind, so that one sees a living system.

The rows are laid down as they would have been by people who followed the tables of moves. Those of
chiefs are told by `cases.chiefs`; these are about members, the weakest of their sections.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from evalsys.cases.engine.kinds import Kind, all_kinds
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.cases.engine.rules.machine import Machine, Move
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.demo.cases.entries import ENTRIES
from evalsys.demo.cases.rows import gaps_of, lay_steps, path_to
from evalsys.demo.cases.scene import Scene, Shown, make_scene, members, rated_low, words_of
from evalsys.demo.stories import OF_CHIEFS
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.rules.stays import MENTOR

# The clerk with an account has something to answer, the leader with one to decide.
FIRST = (("return", "notified"), ("return", "talked"))
ADMITTED = ("return", "admitted")
AFTER_ADMISSION = {"pool", "remedy"}  # kinds whose cases follow on an admission
ACCOMPANIED = {"in_training", "extended"}  # stays whose mentor has an account
LATELY = (3, 9, 5, 21)  # days since the last step, in turn: some are late


def show_every_state(hr: Actor, leader: Actor, period: str, *, now: datetime) -> int:
    """Lay down a case for every state that no case about a member is in (a step); return how many.

    `period` is the last published one: its figures say who is weak.
    """
    scene, made = make_scene(hr, leader, period, now), 0
    weak = members(scene.result_id)
    kinds = [kind for kind in all_kinds().values() if kind.name not in OF_CHIEFS]
    wanted = [(kind, state) for kind in kinds for state in kind.machine.states]
    wanted.sort(key=lambda each: ((each[0].name, each[1]) not in FIRST, each[0].name == "review"))
    for kind, state in wanted:
        if state in _taken(kind):
            continue
        end = local_day(now) - timedelta(LATELY[made % len(LATELY)])
        moments = _moments(kind.machine, path_to(kind.machine, state), scene, end)
        person = _person(kind, weak, local_day(moments[0]))
        if person is None:
            continue  # So early in a quarter nothing is counted from which a review could come.
        origin = None
        if kind.name in AFTER_ADMISSION:
            origin = _admission(person, scene, local_day(moments[0]))
            made += 1
        _lay_down(kind, state, person, scene, moments, origin)
        made += 1
    return made


def _person(kind: Kind, weak: Iterator[Shown], opened_on: date) -> Shown | None:
    return rated_low(opened_on) if kind.name == "review" else next(weak)


def _admission(person: Shown, scene: Scene, day: date) -> Subject:
    """Lay down the return by which somebody came into the pool on a day."""
    kind = all_kinds()[ADMITTED[0]]
    moves = path_to(kind.machine, ADMITTED[1])
    moments = _moments(kind.machine, moves, scene, day)
    return _lay_down(kind, ADMITTED[1], person, scene, moments, None)


def _taken(kind: Kind) -> set[str]:
    return set(db.session.scalars(select(Subject.state).where(Subject.kind == kind.name)))


def _moments(machine: Machine, moves: Sequence[Move], scene: Scene, end: date) -> list[datetime]:
    """Return when a case was opened and each of its steps taken; the last on `end`."""
    gaps = gaps_of(machine, moves)
    day = end - timedelta(sum(gaps))
    found = [scene.moment(day)]
    for gap in gaps:
        day += timedelta(gap)
        found.append(scene.moment_after(found[-1], day))
    return found


def _lay_down(  # noqa: PLR0913, PLR0917  # Each is one side of the case.
    kind: Kind,
    state: str,
    person: Shown,
    scene: Scene,
    moments: Sequence[datetime],
    origin: Subject | None,
) -> Subject:
    moves = path_to(kind.machine, state)
    mentor = scene.mentor if state in ACCOMPANIED else scene.colleague
    case = Subject(
        **_number(kind, local_day(moments[0]).year),
        kind=kind.name,
        state=state,
        parties=[
            Party(duty=OWNER, section_id=person.section_id),
            Party(duty=Duty.PERSON, staff_id=person.staff_id),
            *[Party(duty=MENTOR, staff_id=mentor.id) for move in moves if move.name == "plan"],
        ],
        opened_at=moments[0],
        opened_by=_opener(kind, person, scene),
        closed_at=moments[-1] if state in kind.machine.finals else None,
        origin_id=origin.id if origin else None,
        grounds=_grounds(kind, origin, person, scene),
    )
    db.session.add(case)
    db.session.flush()
    lay_steps(case, moves, moments, scene, person)
    return case


def _number(kind: Kind, year: int) -> dict[str, int]:
    of_year = (Subject.kind == kind.name, Subject.year == year)
    last = db.session.scalar(select(func.max(Subject.serial)).where(*of_year))
    return {"year": year, "serial": (last or 0) + 1}


def _opener(kind: Kind, person: Shown, scene: Scene) -> int | None:
    """Return who opened a case: the chief a return, the person a remedy, a closing the others."""
    duty = {"return": Duty.PROPOSER, "remedy": Duty.PERSON}.get(kind.name)
    return scene.holder(duty, person) if duty else None


def _grounds(kind: Kind, origin: Subject | None, person: Shown, scene: Scene) -> dict[str, object]:
    if kind.name == "remedy" and origin:
        step = select(CaseStep.id).where(CaseStep.subject_id == origin.id, CaseStep.name == "admit")
        says = words_of(origin, scene).write(ENTRIES["remedy", "says"])
        against = {"against": "admit", "says": says, "is_lawful": False}
        return {"step_id": db.session.scalars(step).one(), **against}
    return {"period": person.period} if kind.name == "review" else {}
