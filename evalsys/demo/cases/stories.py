"""The cases of stories, moved from the closing's proposal to the story's state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Deadline, Notice, Party, Subject
from evalsys.cases.engine.rules.machine import Move
from evalsys.cases.scenes.cast import Cast, Concerned
from evalsys.cases.scenes.registry import Scene, Story
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.demo.cases.casting import make_cast
from evalsys.demo.cases.rows import gaps_of, lay_steps, path_to
from evalsys.demo.stories import ending_in
from evalsys.organisation.org.models import Section

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """When a quarter was closed, and when it was published."""

    closed: date
    published: date


def play_stories(  # noqa: PLR0913  # Who acts, on what, and when.
    hr: Actor, leader: Actor, period: str, ago: int, days: Mapping[int, Days], *, now: datetime
) -> int:
    """Move the cases of the stories that end in a closed quarter; return how many.

    `ago` counts quarters back from the last closed one; so do the keys of `days`.
    """
    cast, moved = make_cast(hr, leader, period, now), 0
    for scene, story in ending_in(ago):
        case = db.session.scalar(
            select(Subject)
            .join(Subject.owner)
            .join(Party.section)
            .where(
                Section.code == story.section,
                Subject.kind == scene.kind,
                Subject.closed_at.is_(None),
            )
        )
        machine = all_kinds()[scene.kind].machine
        if case is not None and story.state != machine.first:
            _take_further(case, story, scene, days, cast)
            moved += 1
    return moved


def _take_further(
    case: Subject, story: Story, scene: Scene, days: Mapping[int, Days], cast: Cast
) -> None:
    machine = all_kinds()[scene.kind].machine
    moves = path_to(machine, story.state)
    published = [days[ago].published for ago in story.quarters]
    moments = _moments(case, moves, published, scene, cast)
    for model in (Deadline, Notice):  # Those of the opening: they are laid down with the others.
        db.session.execute(delete(model).where(model.subject_id == case.id))
    case.state = story.state
    case.closed_at = moments[-1] if story.state in machine.finals else None
    lay_steps(case, moves, moments, cast, Concerned(case.section.id, case.staff.id))


def _moments(
    case: Subject,
    moves: Sequence[Move],
    published: Sequence[date],
    scene: Scene,
    cast: Cast,
) -> list[datetime]:
    """Return when the case was opened and each move made, after the results it rests on."""
    machine = all_kinds()[scene.kind].machine
    day, found = local_day(case.opened_at), [case.opened_at]
    for move, gap in zip(moves, gaps_of(machine, moves, scene), strict=True):
        day += timedelta(gap)
        if move.name in scene.rests_on:
            day = max(day, published[scene.rests_on[move.name]] + ONE_DAY)
        day = local_day(cast.moment_after(found[-1], day))
        found.append(min(cast.moment(day), cast.now))
    return found
