"""Figures of shorter services beside the score: of the section, and of who led it on the day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.archive.achievements import Whose, WorkAsked, read_achievements
from evalsys.personnel.archive.rules import Achievement, Bearing
from evalsys.reform.reductions.models import ServiceMatter
from tests.factories import make_chief, make_policy, make_section, make_staff
from tests.reform.reductions.matters import FIRST, LATER, LONG, NOW, make_matter, shorten

NAME = "Services that became shorter, of those changed"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@dataclass(frozen=True)
class Hall:
    """A section with its chief and the one before, a member, and a service."""

    section: Section
    chief: Staff
    former: Staff
    member: Staff
    matter: ServiceMatter


@pytest.fixture
def hall(app: Flask) -> Iterator[Hall]:
    with time_machine.travel(NOW, tick=False):
        make_policy()
        section = make_section(code="SP01")
        former = make_chief(section, make_staff(section), ended_on=LATER - timedelta(days=1))
        chief = make_chief(section, make_staff(section), started_on=LATER)
        yield Hall(section, chief, former, make_staff(section), make_matter(section))


def figure(who: Staff | Section, days: tuple[date, date] = YEAR) -> Achievement | None:
    whose = Whose.PERSON if isinstance(who, Staff) else Whose.SECTION
    found = read_achievements(WorkAsked(whose, [who.id], *days, NOW.date()))[who.id]
    return next((row for row in found if row.name == NAME), None)


def told(who: Staff | Section, days: tuple[date, date] = YEAR) -> tuple[int, int | None]:
    row = figure(who, days)
    return (row.figure, row.of) if row else (0, 0)


def test_a_shorter_service_is_that_of_the_section_and_of_who_led_it(hall: Hall) -> None:
    shorten(hall.matter, hall.section)
    row = figure(hall.section)
    assert row is not None
    assert (row.figure, row.of, row.bearing) == (1, 1, Bearing.GOOD)
    assert {part.name.partition("\x04")[2]: part.figure for part in row.parts} == {
        "time": 1,
        "steps": 1,
    }
    assert told(hall.chief) == (1, 1)
    assert [told(who) for who in (hall.former, hall.member)] == [(0, 0)] * 2
    assert told(make_section(code="SP09")) == (0, 0)


def test_a_first_version_alone_and_other_days_count_nothing(hall: Hall) -> None:
    assert told(hall.section, (FIRST, YEAR[1])) == (0, 0), "nothing was before it"
    shorten(hall.matter, hall.section)
    assert told(hall.section, (YEAR[0], LATER - timedelta(days=1))) == (0, 0)
    assert told(hall.section, (LATER + timedelta(days=1), YEAR[1])) == (0, 0)
    assert told(hall.section, (LATER, LATER)) == (1, 1)
    assert told(hall.section, (FIRST, YEAR[1])) == (1, 1), "beside the first version"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"promised": 6, "steps": LONG, "documents": 9}, (0, 1)),
        ({"promised": 5, "steps": LONG}, (1, 1)),
        ({"promised": 7}, (0, 1)),
    ],
)
def test_shorter_is_what_has_less_of_time_or_steps_and_more_of_neither(
    hall: Hall, changed: dict[str, Any], expected: tuple[int, int]
) -> None:
    shorten(hall.matter, hall.section, **changed)
    assert told(hall.section) == expected
    row = figure(hall.section)
    assert row is not None
    assert row.bearing is (Bearing.GOOD if expected[0] else Bearing.NEUTRAL)


def test_of_several_versions_the_last_counts_beside_the_one_before_the_days(hall: Hall) -> None:
    shorten(hall.matter, hall.section, promised=2)
    shorten(hall.matter, hall.section, day=LATER + timedelta(days=9), promised=4)
    assert told(hall.section) == (1, 1)
    assert told(hall.section, (LATER + timedelta(days=9), YEAR[1])) == (0, 1), "longer again"
    assert told(hall.chief, (LATER + timedelta(days=9), YEAR[1])) == (0, 1)
