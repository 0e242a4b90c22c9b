"""The cases of the demo's chiefs: what a closing proposed, taken as far as its story goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Deadline, Notice, Party, Subject
from evalsys.cases.engine.rules.machine import Machine, Move
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.demo.cases.rows import gaps_of, lay_steps, path_to
from evalsys.demo.cases.scene import Scene, Shown, make_scene
from evalsys.demo.stories import Story, ending_in
from evalsys.organisation.org.models import Section

ONE_DAY = timedelta(days=1)
# Moves that rest on a published quarter, and on which of the quarters of the case.
RESTS_ON = {"notice": 0, "choose": 0, "repeat": 1, "repeat_again": 2}


@dataclass(frozen=True)
class Days:
    """When a quarter was closed, and when a second person agreed to its results."""

    closed: date
    published: date


def play_stories(  # noqa: PLR0913  # Who acts, on what, and when.
    hr: Actor, leader: Actor, period: str, ago: int, days: Mapping[int, Days], *, now: datetime
) -> int:
    """Take the cases of the stories that end in a closed quarter further (a step); return how many.

    `ago` counts quarters back from the last closed one; so do the keys of `days`.
    """
    scene, told = make_scene(hr, leader, period, now), 0
    for story in ending_in(ago):
        case = db.session.scalar(
            select(Subject)
            .join(Subject.owner)
            .join(Party.section)
            .where(
                Section.code == story.section,
                Subject.kind == story.kind,
                Subject.closed_at.is_(None),
            )
        )
        machine = all_kinds()[story.kind].machine
        if case is not None and story.state != machine.first:
            _take_further(case, story, machine, days, scene)
            told += 1
    return told


def _take_further(
    case: Subject, story: Story, machine: Machine, days: Mapping[int, Days], scene: Scene
) -> None:
    moves = path_to(machine, story.state)
    published = [days[ago].published for ago in story.quarters]
    moments = _moments(case, machine, moves, published, scene)
    for model in (Deadline, Notice):  # Those of the opening: they are laid down with the others.
        db.session.execute(delete(model).where(model.subject_id == case.id))
    case.state = story.state
    case.closed_at = moments[-1] if story.state in machine.finals else None
    lay_steps(case, moves, moments, scene, Shown(case.section.id, case.staff.id))


def _moments(
    case: Subject,
    machine: Machine,
    moves: Sequence[Move],
    published: Sequence[date],
    scene: Scene,
) -> list[datetime]:
    """Return when the case was opened and each move made: what it rests on is public by then."""
    day, found = local_day(case.opened_at), [case.opened_at]
    for move, gap in zip(moves, gaps_of(machine, moves), strict=True):
        day += timedelta(gap)
        if move.name in RESTS_ON:
            day = max(day, published[RESTS_ON[move.name]] + ONE_DAY)
        day = local_day(scene.moment_after(found[-1], day))
        found.append(min(scene.moment(day), scene.now))
    return found
