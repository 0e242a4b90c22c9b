"""Cases of the demo city: one in every state of every kind.

The rows are inserted as people would have produced them by the tables of moves. `cases.stories` has
those of stories; these are about the weakest members of their sections.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from evalsys.cases.engine.kinds import Kind, all_kinds
from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.rules.duties import OWNER, PERSON
from evalsys.cases.engine.rules.machine import Move
from evalsys.cases.scenes.cast import Cast, Concerned, Quarter
from evalsys.cases.scenes.registry import Scene, all_scenes, scene_of
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.demo.cases.casting import make_cast, members, words_of
from evalsys.demo.cases.rows import gaps_of, lay_steps, path_to

LATELY = (3, 9, 5, 21)  # days since the last step, in turn: some are late


def show_every_state(hr: Actor, leader: Actor, period: str, *, now: datetime) -> int:
    """Insert a case for every state of a kind that brings none; return how many.

    `period` is the last published one: its scores select the members.
    """
    cast, shown = make_cast(hr, leader, period, now), list[tuple[str, str]]()
    weak = members(cast.result_id)
    scenes = {kind.name: scene_of(kind) for kind in all_kinds().values()}
    kinds = [kind for kind in all_kinds().values() if not _brings_own(scenes[kind.name])]
    wanted = [(kind, state) for kind in kinds for state in kind.machine.states]
    wanted.sort(key=lambda each: _place(scenes[each[0].name], each[1]))
    for kind, state in wanted:
        if (kind.name, state) in shown:
            continue
        scene = scenes[kind.name]
        end = local_day(now) - timedelta(LATELY[len(shown) % len(LATELY)])
        moments = _moments(kind, path_to(kind.machine, state), cast, end)
        person = _person(scene, weak, local_day(moments[0]))
        if person is None:
            continue  # Early in a quarter there is no counted ballot that a case could come from.
        origin = None
        if scene.after:
            origin = _before(scene.after, person, cast, local_day(moments[0]))
            shown.append(scene.after)
        _lay_down(kind, state, person, cast, moments, origin)
        shown.append((kind.name, state))
    return len(shown)


def play_scenes(hr: Actor, leader: Actor, period: str, *, now: datetime) -> int:
    """Play the scenes that bring their own cases, or what is no case; return how many."""
    cast = make_cast(hr, leader, period, now)
    return sum(scene.play(cast) for scene in all_scenes().values() if scene.play is not None)


def play_before_closing(quarter: Quarter) -> None:
    """Play what people did in a quarter before it was closed."""
    for scene in all_scenes().values():
        if scene.before_closing is not None:
            scene.before_closing(quarter)


def play_after_closing(quarter: Quarter, now: datetime) -> None:
    """Play what people did on the day on which a quarter was closed."""
    for scene in all_scenes().values():
        if scene.after_closing is not None:
            scene.after_closing(quarter, now)


def _brings_own(scene: Scene) -> bool:
    return bool(scene.stories or scene.play)


def _place(scene: Scene, state: str) -> tuple[bool, int]:
    return state not in scene.first, scene.place


def _person(scene: Scene, weak: Iterator[Concerned], opened_on: date) -> Concerned | None:
    return scene.cast_for(opened_on) if scene.cast_for else next(weak)


def _before(after: tuple[str, str], person: Concerned, cast: Cast, day: date) -> Subject:
    """Insert the case that another one follows, in its state since a day."""
    kind, state = all_kinds()[after[0]], after[1]
    moments = _moments(kind, path_to(kind.machine, state), cast, day)
    return _lay_down(kind, state, person, cast, moments, None)


def _moments(kind: Kind, moves: Sequence[Move], cast: Cast, end: date) -> list[datetime]:
    """Return when a case was opened and each of its steps taken; the last on `end`."""
    gaps = gaps_of(kind.machine, moves, scene_of(kind))
    day = end - timedelta(sum(gaps))
    found = [cast.moment(day)]
    for gap in gaps:
        day += timedelta(gap)
        found.append(cast.moment_after(found[-1], day))
    return found


def _lay_down(  # noqa: PLR0913, PLR0917  # Each is one side of the case.
    kind: Kind,
    state: str,
    person: Concerned,
    cast: Cast,
    moments: Sequence[datetime],
    origin: Subject | None,
) -> Subject:
    moves, scene = path_to(kind.machine, state), scene_of(kind)
    before = words_of(origin, cast) if origin else None
    case = Subject(
        **_number(kind, local_day(moments[0]).year),
        kind=kind.name,
        state=state,
        parties=[
            Party(duty=OWNER, section_id=person.section_id),
            Party(duty=PERSON, staff_id=person.staff_id),
            *scene.parties(state, moves, cast),
        ],
        opened_at=moments[0],
        opened_by=cast.holder(scene.opener, person) if scene.opener else None,
        closed_at=moments[-1] if state in kind.machine.finals else None,
        origin_id=origin.id if origin else None,
        grounds=scene.grounds(origin, person, before),
    )
    db.session.add(case)
    db.session.flush()
    lay_steps(case, moves, moments, cast, person)
    return case


def _number(kind: Kind, year: int) -> dict[str, int]:
    of_year = (Subject.kind == kind.name, Subject.year == year)
    last = db.session.scalar(select(func.max(Subject.serial)).where(*of_year))
    return {"year": year, "serial": (last or 0) + 1}
