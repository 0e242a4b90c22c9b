from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Deadline, Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from tests.factories import make_case, make_staff, save
from tests.test_permissions import NO_ID, ROLES, ask, shape
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_its_side_of_the_pool(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    elsewhere = make_case(
        "pool", section=world.corners[Place.FOREIGN].section, staff=make_staff(), state="assessing"
    )
    for endpoint, seer in (
        ("pool.note", Role.STAFF),
        ("pool.training", Role.HR),
        ("cases.show", None),
    ):
        for case_id in (world.stay.id, elsewhere.id, NO_ID):
            answer = ask(client, app, endpoint, {"case_id": case_id})
            sees = {seer} if seer else {Role.HR, Role.LEADER, Role.STAFF}
            if case_id == world.stay.id and role in sees:
                assert answer.status_code == 200, endpoint
            else:
                assert (answer.status_code, shape(answer)) == (404, nowhere), (endpoint, case_id)
    answer = ask(client, app, "pool.result", {"unit_id": world.unit.id})
    assert answer.status_code == (200 if role is Role.HR else 404)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", [Place.OWN, Place.SIBLING, Place.FOREIGN])
def test_only_the_chief_of_a_section_can_return_a_member(
    world: World, app: Flask, sign_in: SignIn, role: Role, place: Place
) -> None:
    number = world.corners[place].member.number
    answer = ask(sign_in(world.users[role]), app, "pool.propose", {"number": number})
    may_see = role is Role.CHIEF and place is Place.OWN
    assert answer.status_code == (200 if may_see else 404)


def test_a_chief_opens_a_draft_once(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.users[Role.CHIEF])
    path = f"/pool/return/{world.corners[Place.OWN].member.number}"
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 303
    case = db.session.scalars(select(Subject).where(Subject.kind == "return")).one()
    assert case.state == "draft"
    again = client.post(path)
    assert again.status_code == 422
    assert 'role="alert"' in again.text


def test_the_mentor_writes_and_the_office_adds_training(world: World, sign_in: SignIn) -> None:
    mentor = sign_in(world.users[Role.STAFF])
    path = f"/pool/{world.stay.id}/note"
    assert mentor.post(path, data={"body": " "}).status_code == 422
    for _click in range(2):
        assert mentor.post(path, data={"body": "有进步"}).status_code == 303
    assert [note.body for note in db.session.scalars(select(MentorNote))] == ["有进步"]
    office = sign_in(world.users[Role.HR])
    path = f"/pool/{world.stay.id}/training"
    unit = {
        "kind": "enterprise",
        "title": "跟班",
        "place": "某企业",
        "starts_on": "2026-06-24",
        "ends_on": "2026-06-20",
        "hours": "40",
    }
    assert office.post(path, data=unit).status_code == 422
    to_come = {**unit, "ends_on": "2099-06-20", "result": "合格"}
    answer = office.post(f"{path}?lang=en", data=to_come)
    assert answer.status_code == 422
    assert "This training ends on" in answer.text
    before = len(db.session.scalars(select(TrainingUnit)).all())
    for _click in range(2):
        assert office.post(path, data={**unit, "ends_on": "2026-07-24"}).status_code == 303
    assert len(db.session.scalars(select(TrainingUnit)).all()) == before + 1
    row = db.session.scalars(select(TrainingUnit).order_by(TrainingUnit.id.desc())).first()
    assert row is not None
    result = f"/pool/training/{row.id}"
    assert office.post(result, data={"result": "合格"}).status_code == 303
    assert office.post(result, data={"result": "不合格"}).status_code == 422
    page = office.get(f"/cases/{world.stay.id}").text
    assert "有进步" in page
    assert "跟班" in page


def test_the_board_masks_names(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.users[Role.HR]).get("/pool").text
    assert world.stay.staff.name not in page
    assert f'href="/cases/{world.stay.id}"' in page


@pytest.mark.parametrize("path", ["/pool", "/pool/statistics?since=all"])
def test_however_many_stays_there_are_few_questions_are_asked(
    world: World, sign_in: SignIn, statements: list[str], path: str
) -> None:
    client = sign_in(world.users[Role.HR])
    client.get(path)
    statements.clear()
    client.get(path)
    few = len(statements)
    section = world.corners[Place.OWN].section
    for state in ("assessing", "settled") * 3:
        make_case("pool", section=section, staff=make_staff(section), state=state)
    client.get(path)  # As above, the calendar of this transaction is known by now.
    statements.clear()
    assert client.get(path).status_code == 200
    assert len(statements) == few <= 12


def test_the_board_shows_a_section_what_is_late_and_what_waits(
    world: World, sign_in: SignIn
) -> None:
    client, link = sign_in(world.users[Role.HR]), f'href="/cases/{world.stay.id}"'
    section = world.stay.section
    for query, is_there in (
        (f"section={section.code}", True),
        (f"section={section.name}", True),
        ("section=NONE", False),
        ("which=mine", True),
        ("which=late", False),
    ):
        assert (link in client.get(f"/pool?{query}").text) is is_there, query
    deadline = Deadline(
        subject_id=world.stay.id,
        rule="pool_months",
        duty="personnel",
        started_on=date(2026, 1, 5),
        amount=3,
        due_on=date(2026, 4, 7),
        nears_on=date(2026, 4, 7),
        is_provisional=False,
    )
    save(deadline)
    assert link in client.get("/pool?which=late").text
    deadline.paused_on = date(2026, 4, 1)
    db.session.commit()
    assert link not in client.get("/pool?which=late").text


def test_the_statistics_name_the_kinds_of_training(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.users[Role.HR]).get("/pool/statistics?lang=en").text
    assert "Study and improvement" in page
    assert "Stays that began in the last 12 months" in page
