from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.accounts.models import User
from evalsys.core.permissions import Role
from tests.factories import make_case, make_staff
from tests.test_permissions import ROLES, SEES, ask, member_number, shape
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.mark.parametrize("role", ROLES)
def test_an_archive_is_open_to_its_owner_and_to_who_is_in_charge(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    readers = {Role.HR, Role.LEADER, Role.CHIEF}
    for place in Place:
        answer = ask(client, app, "archive.show", {"number": member_number(world, place)})
        is_own = role is Role.STAFF and place is Place.OWN
        if is_own or (role in readers and place in SEES[role]):
            assert answer.status_code == 200, place
        else:
            assert (answer.status_code, shape(answer)) == (404, nowhere), place


def test_the_owner_sees_who_looked(world: World, sign_in: SignIn) -> None:
    own = world.corners[Place.OWN].member
    office = sign_in(world.users[Role.HR])
    assert office.get(f"/archive/{own.number}").status_code == 200
    name = world.users[Role.HR].display_name
    assert name in sign_in(world.users[Role.STAFF]).get("/rights").text
    assert name in sign_in(world.users[Role.STAFF]).get(f"/archive/{own.number}").text


def test_an_archive_has_scores_and_cases_good_and_bad(world: World, sign_in: SignIn) -> None:
    corner = world.corners[Place.OWN]
    make_case("commendation", section=corner.section, staff=corner.chief, state="commended")
    page = sign_in(world.users[Role.HR]).get(f"/archive/{corner.chief.number}").text
    assert f"/cases/{world.cases[Place.OWN].id}" in page
    assert "2026" in page
    commended = sign_in(world.users[Role.CHIEF]).get("/rights").text
    assert f"/cases/{world.cases[Place.OWN].id}/step/file_plan" in commended


def test_a_chief_does_not_see_the_pool_in_an_archive(world: World, sign_in: SignIn) -> None:
    person = world.stay.staff
    path = f"/archive/{person.number}"
    assert f"/cases/{world.stay.id}" in sign_in(world.users[Role.HR]).get(path).text
    assert f"/cases/{world.stay.id}" not in sign_in(world.users[Role.CHIEF]).get(path).text


@pytest.mark.parametrize("role", sorted(SEES))
def test_the_search_names_nobody_beyond_the_scope(
    world: World, sign_in: SignIn, role: Role
) -> None:
    answer = sign_in(world.users[role]).get("/archive")
    if answer.status_code != 200:
        return
    for place, corner in world.corners.items():
        assert (corner.member.number in answer.text) == (place in SEES[role])


def test_the_search_finds_by_number_and_by_open_case(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.users[Role.HR])
    corner = world.corners[Place.OWN]
    found = client.get(f"/archive?q={corner.member.number}").text
    assert corner.member.number in found
    assert corner.chief.number not in found
    found = client.get("/archive?which=cases").text
    assert corner.chief.number in found
    assert corner.member.number not in found


def test_the_search_asks_few_questions(
    world: World, sign_in: SignIn, statements: list[str]
) -> None:
    client = sign_in(world.users[Role.HR])
    client.get("/archive")
    statements.clear()
    client.get("/archive")
    few = len(statements)
    for _ in range(5):
        make_staff(world.corners[Place.OWN].section)
    statements.clear()
    assert client.get("/archive").status_code == 200
    assert len(statements) == few <= 12
