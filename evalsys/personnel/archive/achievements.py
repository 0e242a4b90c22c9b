"""The registry of figures of work beside the score, which features bring for people and sections.

None of them is in a score, a rank or a proposal: whoever computes those lies below this folder.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask import Flask
from sqlalchemy import ColumnElement, SQLColumnExpression, literal, union_all

from evalsys.cases.engine.models import Party
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.database import Query
from evalsys.core.extensions import db
from evalsys.foundation.registry import Registry
from evalsys.personnel.archive.rules import Achievement


class Whose(StrEnum):
    """Whom figures are about."""

    PERSON = "person"
    SECTION = "section"


@dataclass(frozen=True)
class WorkAsked:
    """Whose figures are asked for, by id, of which days, as things stand on the day `on`."""

    whose: Whose
    ids: Sequence[int]
    since: date
    until: date
    on: date

    @property
    def who(self) -> SQLColumnExpression[int | None]:
        """The column of `Party` with whom it is about."""
        return Party.staff_id if self.whose is Whose.PERSON else Party.section_id

    def holds(self, person: str, section: str = OWNER) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions on `Party` that one of them holds a duty of people or sections."""
        duty = person if self.whose is Whose.PERSON else section
        return Party.duty == duty, self.who.in_(self.ids)


@dataclass(frozen=True)
class Achievements:
    """The figures that a feature brings.

    `count` returns queries for rows of (id of whom, what is counted, how many); all features are
    asked in one statement. `tell` makes figures of the numbers of one person or section.
    """

    name: str
    count: Callable[[WorkAsked], Iterable[Query]]
    tell: Callable[[Mapping[str, int]], Iterable[Achievement]]


ACHIEVEMENTS = Registry[Achievements]("achievements", "figures of work")


def add_achievements(app: Flask, brought: Achievements) -> None:
    """Register the figures of a feature. Raises ValueError if the name is taken."""
    ACHIEVEMENTS.add(app, brought.name, brought)


def read_achievements(asked: WorkAsked) -> dict[int, list[Achievement]]:
    """Return id -> the figures of every person or section asked for, in one statement."""
    features = ACHIEVEMENTS.all()
    queries = [
        query.add_columns(literal(name))
        for name, brought in features.items()
        for query in brought.count(asked)
    ]
    counts: dict[tuple[int, str], dict[str, int]] = {}
    if queries and asked.ids:
        for who, what, figure, name in db.session.execute(union_all(*queries)):
            counts.setdefault((who, name), {})[what] = int(figure)
    return {
        who: [
            achievement
            for name, brought in features.items()
            for achievement in brought.tell(counts.get((who, name), {}))
        ]
        for who in asked.ids
    }
