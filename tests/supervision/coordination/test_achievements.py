"""Figures of the tasks of coordinations beside the score: among the matters, and only tasks."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from evalsys.core.pages import local_day
from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.archive.achievements import Whose, WorkAsked, read_achievements
from evalsys.personnel.archive.rules import Achievement, Bearing
from tests.supervision.coordination.office import UNTIL, Coordinations
from tests.supervision.office import NOW, at

TASKS, IN_TIME = "Tasks of top-level coordination, among the matters", "Matters answered in time"


@pytest.fixture
def city(app: Flask) -> Iterator[Coordinations]:
    with time_machine.travel(NOW, tick=False):
        yield Coordinations()


def figures(who: Staff | Section, ahead: int = 0) -> dict[str, Achievement]:
    """Return the figures of the year by name, some days after the deadline of the tasks."""
    whose = Whose.PERSON if isinstance(who, Staff) else Whose.SECTION
    on = local_day(at(UNTIL)).replace(day=UNTIL.day + ahead)
    asked = WorkAsked(whose, [who.id], on.replace(month=1, day=1), on.replace(month=12), on)
    return {row.name: row for row in read_achievements(asked)[who.id]}


def parts(row: Achievement) -> dict[str, int]:
    return {part.name.partition("\x04")[2]: part.figure for part in row.parts}


def test_tasks_are_told_among_the_matters_by_how_they_were_fed_back(city: Coordinations) -> None:
    case = city.decided()
    city.reported(case)
    city.given(case)
    city.studied(case)
    city.fed_back(reference="RX-301")
    for who in (city.member, city.section):
        found = figures(who)
        assert (found[TASKS].figure, found[TASKS].bearing) == (2, Bearing.NEUTRAL)
        assert parts(found[TASKS]) == {"fed back in time": 1, "in hand": 1}
        assert (found[IN_TIME].figure, found[IN_TIME].of) == (2, 2)
        assert parts(figures(who, ahead=1)[TASKS]) == {"fed back in time": 1, "late or overdue": 1}
    assert TASKS not in figures(city.beside)


def test_who_has_ordinary_matters_alone_has_no_such_figure(city: Coordinations) -> None:
    city.fed_back(reference="RX-301")
    assert TASKS not in figures(city.member)
