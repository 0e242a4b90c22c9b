"""Nobody is told of what they did themselves; what arises by itself tells everybody."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Notice
from evalsys.cases.engine.service import take_step
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.matters.rules import MATTER
from tests.cases.engine.test_service import INTERVIEW
from tests.cases.office import NOW as AT_A_CLOSING
from tests.cases.office import Office
from tests.factories import make_staff, make_user
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]
TAKEN_IN = {"source": "inspection", "organ": "SP", "title": "窗口排队过长", "says": "请核查。"}
OPENED, ACCEPTED = (f"moved:{state}" for state in (MATTER.first, "accepted"))


@pytest.fixture
def city(app: Flask) -> Iterator[Supervision]:
    with time_machine.travel(NOW, tick=False):
        yield Supervision()


def told(who: User | Actor) -> list[str]:
    user_id = who.user_id if isinstance(who, Actor) else who.id
    db.session.rollback()
    return list(db.session.scalars(select(Notice.topic).filter_by(user_id=user_id)))


def test_who_takes_steps_is_told_of_those_of_others_alone(
    city: Supervision, sign_in: SignIn
) -> None:
    person = make_staff(city.beside)
    mine, also_mine = (make_user(Role.SUPERVISOR, staff_id=person.id) for _ in range(2))
    colleague = db.session.get_one(User, city.office.user_id)
    page = sign_in(mine).post("/matters/new", data=TAKEN_IN)
    assert page.status_code == 303
    assert (told(mine), told(also_mine), told(colleague)) == ([], [], [OPENED])
    assert sign_in(colleague).post(f"{page.location}/step/accept").status_code == 303
    assert (told(mine), told(also_mine)) == ([ACCEPTED], [ACCEPTED])
    assert told(colleague) == [OPENED]
    assert "窗口排队过长" in sign_in(mine).get("/").text, "it still waits for them"


def test_the_owner_is_told_of_the_assignment_and_not_of_signing(city: Supervision) -> None:
    case = city.assigned()
    before = len(told(city.handler))
    assert before
    city.take(city.handler, case, "sign")
    assert len(told(city.handler)) == before
    assert told(city.chief)


def test_opening_a_case_after_an_own_step_adds_no_message(app: Flask, sign_in: SignIn) -> None:
    """A receipt is of what others did: whoever took the last step has nothing to receive."""
    office, later = Office(), AT_A_CLOSING + timedelta(days=2)
    chief = make_user(Role.CHIEF, staff_id=office.chief.id)
    with time_machine.travel(later, tick=False):
        case = office.low()
        call = {**INTERVIEW, "hour": "15:00", "matter": "得分偏低"}
        for name, entry in (("verify", {"finding": "属实"}), ("notice", call)):
            take_step(office.hr.actor, case.id, name, entry, now=AT_A_CLOSING)
        take_step(office.hr.actor, case.id, "interview", INTERVIEW, now=later)
        client, number = sign_in(chief), len(told(chief))
        client.post(f"/cases/{case.id}/step/file_plan", data={"plan": "每周复盘"})
        db.session.refresh(case)
        assert case.state == "plan_filed"
        client.get(f"/cases/{case.id}")
        assert len(told(chief)) == number


def test_what_a_closing_opens_is_told_to_who_closed(app: Flask) -> None:
    office = Office()
    with time_machine.travel(AT_A_CLOSING, tick=False):
        office.low()
    assert told(office.hr) == ["moved:low_score"]
