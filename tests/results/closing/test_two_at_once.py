"""Two people, or one in two tabs, take a step at once: it is taken once, and no page breaks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.engine.models import Deadline, DeadlineChange
from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.models import Period
from tests.factories import make_user
from tests.world import NOW as LATER
from tests.world import make_world

pytestmark = pytest.mark.usefixtures("clock")

SignIn = Callable[[User], FlaskClient]


def count(model: type[Period | DeadlineChange]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_period_that_two_people_open_is_opened_once(app: Flask, sign_in: SignIn) -> None:
    people = [sign_in(make_user(Role.HR)) for _ in range(4)]
    db.session.remove()
    with ThreadPoolExecutor(4) as pool:
        fields = {"code": "2027-Q1"}
        answers = list(pool.map(lambda one: one.post("/periods/open", data=fields), people))
    # On PostgreSQL two may write at the same moment: then the second looks again.
    assert {answer.status_code for answer in answers} <= {303, 409}
    assert people[0].post("/periods/open", data=fields).location == "/periods/2027-Q1"
    assert count(Period) == 1
    lines = select(AuditEvent).where(AuditEvent.action == Action.PERIOD_OPEN)
    assert len(db.session.scalars(lines).all()) == 1


def test_who_opens_a_period_a_moment_later_is_led_to_it(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hr = sign_in(make_user(Role.HR))
    assert hr.post("/periods/open", data={"code": "2027-Q1"}).status_code == 303
    # The page looked before the colleague had written, and saw no such period yet.
    monkeypatch.setattr("evalsys.results.closing.views.periods.find_period", lambda code: None)
    assert hr.post("/periods/open", data={"code": "2027-Q1"}).location == "/periods/2027-Q1"


def test_a_second_person_is_asked_once_to_stop_a_clock(
    app: Flask, clock: time_machine.Traveller, sign_in: SignIn
) -> None:
    clock.move_to(LATER)
    hr = sign_in(make_world().users[Role.HR])
    running = db.session.scalars(select(Deadline).filter_by(rule="plan_wd")).first()
    assert running is not None
    path, before = f"/deadlines/{running.id}", count(DeadlineChange)
    asked = {"reason": "材料较多", "kind": "pause"}
    assert hr.post(path, data=asked).status_code == 303
    again = hr.post(path, data=asked)
    assert again.status_code == 422
    assert "waits for a second person" in again.text
    assert count(DeadlineChange) == before + 1
