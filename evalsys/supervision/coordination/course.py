"""How fast questions are decided, by how many levels, and what is fed back in time. Pure.

The usual way of a question leads from the clerk to the section, to the leader in charge and to the
head: four levels. In a coordination it is counted who had the question before the head.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from evalsys.core.errors import Message
from evalsys.core.permissions import Role

# The levels of the usual way, and the role by whose steps one is recognised; last comes the head.
BELOW = (Role.STAFF, Role.CHIEF, Role.LEADER)
USUAL_LEVELS = len(BELOW) + 1


@dataclass(frozen=True)
class Course:
    """The course of some questions.

    `days` are those from raising to the first decision, together for all that were `decided`;
    `levels` those that they passed. `answered` were fed back or are overdue, `in_time` of these.
    """

    decided: int = 0
    days: int = 0
    levels: int = 0
    answered: int = 0
    in_time: int = 0

    @property
    def mean_days(self) -> float | None:
        """The mean days from raising to the first decision."""
        return self.days / self.decided if self.decided else None

    @property
    def mean_levels(self) -> float | None:
        """The mean of the levels that a question passed up to the decision."""
        return self.levels / self.decided if self.decided else None

    @property
    def share(self) -> float | None:
        """The share fed back in time."""
        return self.in_time / self.answered if self.answered else None


def levels_passed(roles: Iterable[Role]) -> int:
    """Return the levels that a question passed, the head included, given who acted before."""
    return 1 + len(set(roles) & set(BELOW))


def days_of(spans: Mapping[tuple[date, date], int]) -> int:
    """Return the days of some spans together, given how often each occurs."""
    return sum((end - start).days * number for (start, end), number in spans.items())


@dataclass(frozen=True)
class CourseBar:
    """A bar of a chart: whose figure it is, the figure, its length in percent of the longest."""

    name: Message
    figure: float
    length: int


def bars_of(figures: Iterable[tuple[Message, float | None]]) -> list[CourseBar]:
    """Return the bars of some figures on one scale from 0; none for what has no figure."""
    known = [(name, figure) for name, figure in figures if figure is not None]
    most = max((figure for _, figure in known), default=0)
    return [CourseBar(name, one, round(100 * one / most) if most else 0) for name, one in known]
