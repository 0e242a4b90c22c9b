"""Who may open what hangs on a case: every role, at home, next door, elsewhere and nowhere."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.test_permissions import NO_ID, ROLES, ask, shape
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
BOTH = {Place.OWN, Place.SIBLING}
# The chief of the own section is whom the case is about, and sees only that side of it.
SEES: dict[str, dict[Role, set[Place]]] = {
    "cases.show": {Role.HR: BOTH, Role.LEADER: {Place.OWN}, Role.CHIEF: {Place.OWN}},
    "cases.evidence": {Role.HR: BOTH, Role.CHIEF: {Place.OWN}},
    "cases.step": {Role.CHIEF: {Place.OWN}},
    "cases.deadline": {Role.HR: BOTH},
    "cases.change": {Role.LEADER: {Place.OWN}},
    "remedies.apply_for": {Role.CHIEF: {Place.OWN}},
}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def values_at(world: World, endpoint: str, place: Place) -> dict[str, object]:
    if place is Place.MISSING:
        rows = {"case_id": NO_ID, "deadline_id": NO_ID, "change_id": NO_ID, "step_id": NO_ID}
    else:
        found = world.case_rows(place)
        rows = {"case_id": world.cases[place].id, **vars(found)}
    name = {"name": "file_plan"} if endpoint == "cases.step" else {}
    key = {
        "cases.deadline": "deadline_id",
        "cases.change": "change_id",
        "remedies.apply_for": "step_id",
    }.get(endpoint, "case_id")
    return {key: rows[key], **name}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_its_side_of_the_cases_of_its_scope(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    client.post("/inbox")  # Every page counts what is unread, and what is opened is read.
    nowhere = shape(client.get("/no/such/page"))
    for endpoint, seen in SEES.items():
        for place in Place:
            answer = ask(client, app, endpoint, values_at(world, endpoint, place))
            if place in seen.get(role, set()):
                assert answer.status_code == 200, (endpoint, place)
            else:
                assert (answer.status_code, shape(answer)) == (404, nowhere), (endpoint, place)


@pytest.mark.parametrize("role", [Role.HR, Role.LEADER, Role.CHIEF])
def test_the_list_names_no_case_beyond_the_scope(world: World, sign_in: SignIn, role: Role) -> None:
    answer = sign_in(world.users[role]).get("/cases?which=all")
    assert answer.status_code == 200
    for place, case in world.cases.items():
        is_named = f'href="/cases/{case.id}"' in answer.text
        assert is_named == (place in SEES["cases.show"][role])


def test_an_account_without_a_person_handles_no_case_of_its_namesake(
    world: World, sign_in: SignIn
) -> None:
    case = world.cases[Place.OWN]
    paths = (f"/cases/{case.id}", f"/cases/{case.id}/step/withdraw")
    other = sign_in(make_user(Role.HR, name="other", display_name="另一人"))
    assert other.get(paths[0]).status_code == 200
    namesake = sign_in(make_user(Role.HR, name="namesake", display_name=case.staff.name))
    assert [namesake.get(path).status_code for path in paths] == [404, 404]
    assert case.number not in namesake.get("/cases").text
