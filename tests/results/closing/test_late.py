"""A rating that is set aside after the closing is a task on the period, until it is dealt with."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.ratings.ballots.models import Exclusion
from evalsys.results.closing.models import LeftAsIs
from evalsys.scores.models import Result
from tests import production
from tests.factories import make_period, make_user
from tests.personnel.feedback.reviews import COUNTED, NOW, Hall, review_of
from tests.remembered import remembered

pytestmark = pytest.mark.usefixtures("clock")

SignIn = Callable[[User], FlaskClient]
CODE = "2026-Q3"
LOW = {"attitude": 1, "efficiency": 1, "reasons": 5, "base_period": CODE}
FINDING = {"category": "justified_simple", "attribution": "process", "finding": "系统停机"}
TASK = f'href="/periods/{CODE}/correct"'
LEAVE = f'href="/periods/{CODE}/leave"'


@remembered
def make_counted() -> Hall:
    """A section with two low ballots, which the command of production has counted."""
    hall = Hall()
    make_period(CODE)
    hall.leave(LOW, LOW)
    production.command(current_app, "ratings", "count", "--now", COUNTED.isoformat())
    db.session.rollback()
    return hall


@pytest.fixture
def counted(app: Flask) -> Hall:
    return make_counted()


@pytest.fixture
def city_hr(counted: Hall) -> User:
    return make_user(Role.HR)


@pytest.fixture
def hall(counted: Hall, sign_in: SignIn) -> Hall:
    """The same, closed by somebody whom nothing below asks."""
    close(sign_in(make_user(Role.HR)))
    return counted


def close(client: FlaskClient) -> None:
    assert client.post(f"/periods/{CODE}/close").status_code == 303
    assert db.session.scalar(select(Result.version)) == 1


def step(client: FlaskClient, case: Subject, move: str, **entry: str) -> None:
    answer = client.post(f"/cases/{case.id}/step/{move}", data=entry)
    assert answer.status_code == 303, answer.text


def exclude(hall: Hall, sign_in: SignIn, which: int = 0) -> Subject:
    """Two people agree that the rating of a review does not count."""
    reviews = select(Subject).filter_by(kind="review").order_by(Subject.id)
    case = db.session.scalars(reviews).all()[which]
    step(sign_in(hall.chief_user), case, "classify_aside", **FINDING)
    step(sign_in(hall.hr_user), case, "set_aside", reasons="属实")
    return case


def count(app: Flask) -> None:
    production.command(app, "ratings", "count", "--now", (COUNTED + timedelta(1)).isoformat())
    db.session.rollback()


def start_page(client: FlaskClient) -> str:
    client.set_cookie("lang", "en")
    page = client.get("/?show=all")
    assert page.status_code == 200
    return page.text


def correct(client: FlaskClient) -> None:
    """Go the way of the task: the reason is there, the correction is looked at, then frozen."""
    page = client.get(f"/periods/{CODE}/correct").text
    reason = re.search(r"<textarea[^>]*>\s*([^<]+)</textarea>", page)
    assert reason is not None
    assert "by decision of two persons" in reason[1]
    assert not re.search(r"\d", reason[1]), "it becomes public, and a few are not told"
    answer = client.post(f"/periods/{CODE}/correct", data={"reason": reason[1]})
    job = client.get(answer.headers["Location"]).text
    found = re.search(rf'href="(/periods/{CODE}/correct\?preview=\d+)"', job)
    assert found is not None, job
    assert "ratings set aside" in client.get(found[1]).text
    client.post(found[1])


def test_it_stands_on_the_start_page_with_a_date_until_the_correction_is_frozen(
    app: Flask, hall: Hall, city_hr: User, sign_in: SignIn
) -> None:
    office = sign_in(city_hr)
    assert TASK not in start_page(office)
    case = exclude(hall, sign_in)
    assert review_of(case).sealed_ballot is not None
    page = start_page(office)
    assert TASK in page, "decided, and carried out tonight"
    note = office.get(f"/periods/{CODE}/correct").text
    assert "carried out by the next night" in note

    count(app)
    page = start_page(office)
    assert TASK in page
    assert "1 rating was set aside after the scores were frozen" in page
    assert "takes effect by a correction" in page
    assert "working days left" in page
    assert "Takes effect by a correction" in office.get(f"/periods/{CODE}").text

    correct(office)
    assert TASK not in start_page(office)
    assert "Takes effect by a correction" not in office.get(f"/periods/{CODE}").text
    newest = db.session.scalars(select(Result).order_by(Result.version.desc())).first()
    assert newest is not None
    assert newest.version == 2

    exclude(hall, sign_in, 1)
    count(app)
    assert "1 rating was set aside" in start_page(office), "a further one is a task again"


def test_it_is_late_after_the_term_of_the_policy(
    app: Flask, hall: Hall, city_hr: User, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    exclude(hall, sign_in)
    count(app)
    clock.move_to(NOW + timedelta(days=11))
    page = start_page(sign_in(city_hr))
    assert TASK in page
    assert "overdue" in page


def test_a_second_person_may_leave_it_as_it_is_and_nobody_alone(
    app: Flask, hall: Hall, city_hr: User, sign_in: SignIn
) -> None:
    exclude(hall, sign_in)
    count(app)
    first, second = sign_in(city_hr), sign_in(make_user(Role.HR))
    leader = sign_in(make_user(Role.LEADER))
    assert TASK not in start_page(leader)
    assert leader.get(f"/periods/{CODE}/leave").status_code == 404

    assert first.post(f"/periods/{CODE}/leave", data={"reason": ""}).status_code == 422
    answer = first.post(f"/periods/{CODE}/leave", data={"reason": "各项数字不变"})
    assert answer.status_code == 303
    assert TASK not in start_page(first), "it waits for somebody else"
    assert first.post(f"/periods/{CODE}/leave").status_code == 403
    assert LEAVE in start_page(leader)
    assert LEAVE in start_page(second)
    assert "各项数字不变" in second.get(f"/periods/{CODE}/leave").text

    assert second.post(f"/periods/{CODE}/leave").status_code == 303
    left = db.session.scalars(select(LeftAsIs)).one()
    assert left.asked_by == city_hr.id
    assert left.agreed_by not in {None, city_hr.id}
    for client in (first, second, leader):
        page = start_page(client)
        assert TASK not in page
        assert LEAVE not in page
    assert second.post(f"/periods/{CODE}/leave").status_code == 409

    exclude(hall, sign_in, 1)
    count(app)
    assert TASK in start_page(first), "what comes later is a task again"


def test_who_corrects_instead_has_dealt_with_it(
    app: Flask, hall: Hall, city_hr: User, sign_in: SignIn
) -> None:
    exclude(hall, sign_in)
    count(app)
    sign_in(city_hr).post(f"/periods/{CODE}/leave", data={"reason": "各项数字不变"})
    other = sign_in(make_user(Role.HR))
    correct(other)
    assert LEAVE not in start_page(other)


def test_what_was_set_aside_before_the_closing_is_no_task(
    counted: Hall, city_hr: User, sign_in: SignIn
) -> None:
    """Also if it was decided on the same day: the closing itself carries it out."""
    exclude(counted, sign_in)
    office = sign_in(city_hr)
    assert TASK not in start_page(office)
    close(office)
    assert db.session.scalar(select(func.count()).select_from(Exclusion)) == 1
    assert TASK not in start_page(office)
