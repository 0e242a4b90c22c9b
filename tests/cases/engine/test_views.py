import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, DeadlineChange, Evidence, Notice, Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_case, make_staff
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def test_a_case_shows_what_was_done_what_is_due_and_why(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    client = sign_in(world.users[Role.HR])
    page = client.get(f"/cases/{case.id}?lang=en").text
    assert case.staff.name in page
    assert "10" in page
    listed = client.get("/cases").text
    assert case.staff.name not in listed, "a list is read over shoulders"
    assert f"{case.staff.name[0]}*" in listed


def test_the_person_files_the_plan_from_the_page(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    client = sign_in(world.users[Role.CHIEF])
    assert f"/cases/{case.id}/step/file_plan" in client.get(f"/cases/{case.id}").text
    missing = client.post(f"/cases/{case.id}/step/file_plan", data={"plan": ""})
    assert missing.status_code == 422
    assert db.session.get_one(Subject, case.id).state == "interviewed"
    done = client.post(f"/cases/{case.id}/step/file_plan", data={"plan": "每周复盘"})
    assert done.status_code == 303
    assert db.session.get_one(Subject, case.id).state == "plan_filed"
    other = client.post(f"/cases/{case.id}/step/file_plan", data={"plan": "另一份"})
    assert other.status_code == 409


def test_a_step_that_is_sent_twice_by_who_took_it_is_done(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    path, data = f"/cases/{case.id}/step/file_plan", {"plan": "每周复盘"}
    client = sign_in(world.users[Role.CHIEF])
    first, second = (client.post(path, data=data) for _ in range(2))
    assert second.status_code == first.status_code == 303
    assert second.headers["Location"] == first.headers["Location"]
    assert "409" not in client.get(second.headers["Location"]).text
    steps = db.session.scalars(
        select(CaseStep).filter_by(subject_id=case.id, name="file_plan")
    ).all()
    assert len(steps) == 1
    assert client.post(path, data={"plan": "另一份"}).status_code == 409
    assert client.get(path).status_code == 409
    office = sign_in(world.users[Role.HR]).post(path, data=data)
    assert office.status_code in {403, 404, 409}, "it was somebody else"


def test_evidence_is_put_on_file(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    client = sign_in(world.users[Role.CHIEF])
    path = f"/cases/{case.id}/evidence"
    assert client.post(path, data={"kind": "nonsense"}).status_code == 422
    unchosen = {"kind": "", "title": "台账", "body": "见附件"}
    assert client.post(path, data=unchosen).status_code == 422, "no kind is chosen beforehand"
    piece = {"kind": "work_result", "title": "台账", "body": "见附件"}
    for _click in range(2):
        assert client.post(path, data=piece).status_code == 303
    assert [piece.title for piece in db.session.query(Evidence)] == ["台账"]
    client.post(path, data={**piece, "body": "另见附件"})
    assert sorted(piece.body for piece in db.session.query(Evidence)) == ["另见附件", "见附件"]


def test_a_longer_term_is_asked_for_and_agreed_by_somebody_else(
    world: World, sign_in: SignIn
) -> None:
    rows = world.case_rows(Place.OWN)
    asked = sign_in(world.users[Role.HR]).post(
        f"/deadlines/{rows.deadline_id}", data={"kind": "resume", "reason": "误点"}
    )
    assert asked.status_code == 422, "its clock does not stand"
    leader = sign_in(world.users[Role.LEADER])
    offered = leader.get(f"/deadline-changes/{rows.change_id}?lang=en").text
    agreed = leader.post(f"/deadline-changes/{rows.change_id}")
    assert agreed.status_code == 303
    change = db.session.get_one(DeadlineChange, rows.change_id)
    assert change.due_after is not None
    assert change.due_before is not None
    assert change.due_after > change.due_before
    assert f"{change.due_after.day} {change.due_after:%b} {change.due_after.year}" in offered


def test_the_inbox_counts_and_forgets_what_was_read(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.users[Role.CHIEF])
    assert 'class="count"' in client.get("/").text
    assert client.post("/inbox").status_code == 303
    assert 'class="count"' not in client.get("/?show=messages").text
    unread = db.session.query(Notice).filter_by(user_id=world.users[Role.CHIEF].id, read_at=None)
    assert unread.count() == 0


def test_a_message_keeps_the_stage_that_it_told_of(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    client = sign_in(world.users[Role.CHIEF])
    client.post(f"/cases/{case.id}/step/file_plan", data={"plan": "每周复盘"})
    office = sign_in(world.users[Role.HR])
    assert "Plan filed" in office.get("/?show=messages&lang=en").text
    office.post(f"/cases/{case.id}/step/follow", data={})
    page = office.get("/?show=messages&lang=en").text
    assert "Plan filed" in page
    assert "Follow-up" in page


def test_what_waits_for_the_visitor_stands_first(world: World, sign_in: SignIn) -> None:
    case, section = world.cases[Place.OWN], world.corners[Place.OWN].section
    for _ in range(3):
        make_case("commendation", section=section, staff=make_staff(section), state="commended")
    page = sign_in(world.users[Role.HR]).get("/cases?which=all").text
    first = page[page.index("<tbody>") :]
    waiting = sign_in(world.users[Role.HR]).get("/cases?which=mine").text
    assert case.number in page
    assert first.index("/cases/") > 0
    shown = re.findall(r'href="/cases/(\d+)"', first)
    mine = re.findall(r'href="/cases/(\d+)"', waiting[waiting.index("<tbody>") :])
    assert shown[: len(mine)] == mine


def test_the_list_of_cases_asks_few_questions(
    world: World, sign_in: SignIn, statements: list[str]
) -> None:
    client, own = sign_in(world.users[Role.HR]), world.corners[Place.OWN]
    client.get("/cases")
    statements.clear()
    assert client.get("/cases").status_code == 200
    few = len(statements)
    for _ in range(5):
        make_case(section=own.section, staff=make_staff(own.section))
    client.get("/cases")  # As above, the calendar of this transaction is known by now.
    statements.clear()
    assert client.get("/cases").status_code == 200
    assert len(statements) == few <= 12


def test_an_application_is_filed_from_the_page(world: World, sign_in: SignIn) -> None:
    rows = world.case_rows(Place.OWN)
    client = sign_in(world.users[Role.CHIEF])
    assert f"/remedies/{rows.step_id}" in client.get("/?show=rights").text
    assert client.post(f"/remedies/{rows.step_id}", data={"grounds": " "}).status_code == 422
    sent = client.post(f"/remedies/{rows.step_id}", data={"grounds": "时间不对"})
    assert sent.status_code == 303
    assert client.get(f"/remedies/{rows.step_id}").status_code == 404
