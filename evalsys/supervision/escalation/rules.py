"""The levels of a late matter, and from which day each acts. Pure.

A level follows the one before it, and leaves it its time: whoever is urged has a working day to
answer, and a supervision ticket two, however long nobody looked. What was missed is made up for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from evalsys.foundation.calendars.rules import ONE_DAY, WorkingDays
from evalsys.supervision.duties import MatterDuty


class Level(IntEnum):
    """How far an open term of a matter has escalated."""

    NEAR = 1
    URGED = 2
    SUPERVISED = 3
    REFERRED = 4


@dataclass(frozen=True)
class Act:
    """What is done at a level.

    `late` are the working days after the due day from which it acts, None from the yellow light on;
    `after` those since the level before. `told` are the duties that get a notice, `demand` is what
    the system fills into the step.
    """

    level: Level
    late: int | None
    after: int = 0
    step: str = ""
    told: Sequence[MatterDuty] = ()
    demand: str = ""


ACTS = (
    Act(Level.NEAR, None, step="near", told=(MatterDuty.HANDLER, MatterDuty.HEAD)),
    Act(
        Level.URGED,
        0,
        step="urge",
        told=(MatterDuty.HANDLER, MatterDuty.HEAD, MatterDuty.IN_CHARGE),
        demand="请立即办理，当日反馈办理结果。",
    ),
    Act(
        Level.SUPERVISED,
        1,
        after=1,
        step="supervise",
        told=(MatterDuty.OFFICE, MatterDuty.HANDLER, MatterDuty.HEAD, MatterDuty.IN_CHARGE),
        demand="本事项已逾期。请说明原因，限期办结并反馈办理结果。",
    ),
    Act(Level.REFERRED, 3, after=2),
)


def back(on: date, count: int, days: WorkingDays) -> date:
    """Return the latest day since which `count` working days have passed on a day."""
    day = on
    while count > 0:
        count -= days.is_working(day)
        day -= ONE_DAY
    return day
