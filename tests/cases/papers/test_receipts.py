"""What is opened is read, and for the person it is received."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Notice, Subject
from evalsys.cases.inbox.messages import count_unread
from evalsys.cases.papers.receipts import list_receipts, mark_opened
from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
LATER = NOW + timedelta(days=3)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def unread(user: User, case: Subject) -> list[Notice]:
    query = select(Notice).filter_by(user_id=user.id, subject_id=case.id, read_at=None)
    return list(db.session.scalars(query))


def receipts() -> list[AuditEvent]:
    lines = db.session.scalars(select(AuditEvent).filter_by(action=Action.CASE_VIEW))
    return [line for line in lines if line.details.get("received")]


def test_the_page_of_a_case_marks_what_was_told_of_it_as_read_and_nothing_else(
    world: World, sign_in: SignIn
) -> None:
    case, other = world.cases[Place.OWN], world.cases[Place.SIBLING]
    for user in (world.users[Role.CHIEF], world.users[Role.HR]):
        assert unread(user, case)
        before = [len(unread(user, one)) for one in (other, world.stay)]
        assert sign_in(user).get(f"/cases/{case.id}").status_code == 200
        assert not unread(user, case)
        assert [len(unread(user, one)) for one in (other, world.stay)] == before
    assert unread(world.city, case), "somebody else's inbox is their own"


def test_the_first_opening_after_a_step_is_its_receipt_and_stands_in_the_log_once(
    world: World, sign_in: SignIn
) -> None:
    case, chief = world.cases[Place.OWN], world.users[Role.CHIEF]
    for now in (LATER, LATER + timedelta(days=1)):
        with time_machine.travel(now, tick=False):
            assert sign_in(chief).get(f"/cases/{case.id}").status_code == 200
    opened = list_receipts(case.staff.id, [case.id])[case.id]
    assert {one.opened_at for one in opened} == {LATER}
    [line] = receipts()
    assert (line.user_id, line.subject_id) == (chief.id, str(case.id))


def test_a_look_of_the_office_is_no_receipt(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    sign_in(world.users[Role.HR]).get(f"/cases/{case.id}")
    assert list_receipts(case.staff.id, [case.id]) == {}
    assert receipts() == []


def test_whoever_had_no_account_yet_receives_it_at_the_first_opening(world: World) -> None:
    case = world.cases[Place.SIBLING]
    actor = make_user(Role.CHIEF, name="late", staff_id=case.staff_id).actor
    for now in (LATER, LATER + timedelta(days=1)):
        mark_opened(actor, case, now=now)
    [opened] = list_receipts(case.staff.id, [case.id])[case.id]
    last = db.session.scalars(select(CaseStep.at).filter_by(subject_id=case.id)).all()[-1]
    assert opened.opened_at == LATER
    assert opened.notified_at >= last
    assert count_unread(actor) == 0


def test_a_letter_is_received_with_its_download(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    step = world.case_rows(Place.OWN).step_id
    assert sign_in(world.users[Role.CHIEF]).get(f"/cases/{case.id}/letter/{step}").data
    assert list_receipts(case.staff.id, [case.id])


def test_the_inbox_receives_the_own_cases(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    assert sign_in(world.users[Role.CHIEF]).post("/inbox").status_code == 303
    assert list_receipts(case.staff.id, [case.id])
    assert len(receipts()) == 1


def test_the_system_opens_nothing(world: World) -> None:
    mark_opened(SYSTEM, world.cases[Place.OWN], now=NOW)
    assert receipts() == []


def test_a_second_look_writes_nothing(world: World, sign_in: SignIn, statements: list[str]) -> None:
    client, path = sign_in(world.users[Role.CHIEF]), f"/cases/{world.cases[Place.OWN].id}"
    client.get(path)
    statements.clear()
    client.get(path)
    assert not [sql for sql in statements if sql.startswith(("INSERT", "UPDATE"))]
