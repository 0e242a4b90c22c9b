"""Mentors are reminded of the note of the week: when it is due, once, in office hours."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from evalsys.cases.engine.models import Notice, Subject
from evalsys.cases.engine.service import open_case
from evalsys.cases.notices.service import announce
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.foundation.rows import batched
from evalsys.personnel.pool import jobs
from evalsys.personnel.pool.jobs import remind_mentors
from evalsys.personnel.pool.service import POOL_KIND, add_note
from tests.factories import make_staff
from tests.personnel.pool.test_service import NOW, City

WEEK = timedelta(days=7)  # From Tuesday to Tuesday, ten o'clock in Shanghai.


@pytest.fixture
def city(app: object) -> City:
    return City()


def another(city: City) -> Subject:
    """A second stay, beside that of the member."""
    with unit_of_work(city.hr) as unit:
        return open_case(unit, POOL_KIND, city.section, make_staff(city.section), {}, now=NOW)


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


def test_what_an_interrupted_run_told_stays_told(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = [city.plan(city.admitted()).id, city.plan(another(city)).id]
    monkeypatch.setattr(jobs, "batched", lambda ids: batched(ids, 1))
    whole = announce

    def killed(case: Subject, *args: Any, **kwargs: Any) -> int:
        if case.id == stays[1]:
            raise KeyboardInterrupt
        return whole(case, *args, **kwargs)

    monkeypatch.setattr(jobs, "announce", killed)
    with pytest.raises(KeyboardInterrupt):
        remind_mentors(now=NOW + WEEK)
    assert notices() == ["note_due"]
    monkeypatch.setattr(jobs, "announce", whole)
    assert remind_mentors(now=NOW + WEEK) == 1
    assert notices() == ["note_due"] * 2
