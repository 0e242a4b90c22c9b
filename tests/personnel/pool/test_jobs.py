"""Mentors are reminded of the note of the week: when it is due, once, in office hours."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from evalsys.cases.engine.models import Notice
from evalsys.core.extensions import db
from evalsys.personnel.pool.jobs import remind_mentors
from evalsys.personnel.pool.service import add_note
from tests.personnel.pool.test_service import NOW, City

WEEK = timedelta(days=7)  # From Tuesday to Tuesday, ten o'clock in Shanghai.


@pytest.fixture
def city(app: object) -> City:
    return City()


def notices() -> list[str]:
    query = select(Notice.topic).where(Notice.topic == "note_due")
    return list(db.session.scalars(query))


def test_a_mentor_is_reminded_once_a_week_until_the_note_is_there(city: City) -> None:
    stay = city.plan(city.admitted())
    assert remind_mentors(now=NOW + timedelta(days=3)) == 0, "the week is not over"
    assert remind_mentors(now=NOW + WEEK) == 1
    assert remind_mentors(now=NOW + WEEK + timedelta(days=1)) == 0, "told this week"
    add_note(city.mentor_user, stay.id, "第一周", now=NOW + WEEK + timedelta(days=2))
    assert remind_mentors(now=NOW + 2 * WEEK) == 0
    assert remind_mentors(now=NOW + 3 * WEEK) == 1
    assert notices() == ["note_due"] * 2


@pytest.mark.parametrize(
    "moment", [NOW + WEEK + timedelta(hours=12), NOW + WEEK + timedelta(days=4)]
)
def test_nobody_is_reminded_at_night_or_on_a_day_off(city: City, moment: datetime) -> None:
    city.plan(city.admitted())
    assert remind_mentors(now=moment) == 0


def test_nobody_is_reminded_of_a_stay_that_is_not_in_training(city: City) -> None:
    city.admitted()
    assert remind_mentors(now=NOW + WEEK) == 0
