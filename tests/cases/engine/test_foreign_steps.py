"""Every step of every kind of case, posted by people whose step it is not: nothing happens.

The kinds and their steps are those of the application; who may take one follows from the corner in
which somebody stands, and from the duties that its table names.
"""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.engine.kinds import Kind, kinds_of
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.engine.rules.machine import Move
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_case, make_leader, make_staff, make_user
from tests.world import NOW, Place, World, make_world

pytestmark = pytest.mark.only("sqlite", "whose step it is, Python decides")

SignIn = Callable[[User], FlaskClient]
# A visitor's own session and what a refused post keeps of the typed text are theirs.
OWN_ROWS = {"sign_in_session", "kept_post", "sign_in_tries"}
REFUSED = {403, 404}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def strangers(world: World) -> dict[str, User]:
    """People who have no office in the own section."""
    foreign, own = world.corners[Place.FOREIGN], world.corners[Place.OWN]
    others = {
        "personnel of another organ": make_user(Role.HR, organ_id=foreign.section.organ_id),
        "chief of another organ": make_user(Role.CHIEF, staff_id=foreign.chief.id),
        "chief of the section beside": make_user(
            Role.CHIEF, staff_id=world.corners[Place.SIBLING].chief.id
        ),
        "leader of another organ": make_user(Role.LEADER, staff_id=make_leader(foreign.section).id),
        "member of another organ": make_user(Role.STAFF, staff_id=foreign.member.id),
        "colleague": make_user(Role.STAFF, staff_id=make_staff(own.section).id),
    }
    roles = (Role.COUNTER, Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR)
    return {**others, **{role.value: world.users[role] for role in roles}}


def insiders(world: World) -> dict[Role, User]:
    """People with an office in the own section each."""
    roles = (Role.HR, Role.LEADER, Role.CHIEF, Role.SUPERVISOR, Role.DISCIPLINE)
    return {role: world.users[role] for role in roles}


def takers(kind: Kind, move: Move) -> set[Role | None]:
    """The roles whose accounts take a step in the own section; no one's where another case does."""
    duties = () if move.is_automatic or move.follows else move.duties
    return {office.role for office in kind.duties if office.name in duties}


def counts() -> dict[str, int]:
    db.session.rollback()
    tables = [one for one in metadata.sorted_tables if one.name not in OWN_ROWS]
    return {
        one.name: db.session.scalar(select(func.count()).select_from(one)) or 0 for one in tables
    }


def names_of(move: Move) -> list[str]:
    return [move.name, move.form] if move.form else [move.name]


def test_a_step_that_is_not_ones_own_is_refused_and_leaves_no_trace(
    world: World, app: Flask, sign_in: SignIn
) -> None:
    own = world.corners[Place.OWN]
    person = make_staff(own.section, name="当事人")
    outside = [sign_in(user) for user in strangers(world).values()]
    concerned = sign_in(make_user(Role.STAFF, staff_id=person.id))
    inside = {role: sign_in(user) for role, user in insiders(world).items()}
    faults: list[tuple[object, ...]] = []
    posts = 0
    for kind in kinds_of(app).values():
        for move in kind.machine.moves:
            case = make_case(kind.name, section=own.section, staff=person, state=move.sources[0])
            clients = [*outside]
            clients += [concerned] if PERSON not in move.duties else []
            clients += [one for role, one in inside.items() if role not in takers(kind, move)]
            before = counts()
            for number, client in enumerate(clients):
                for name in names_of(move):
                    answer = client.post(f"/cases/{case.id}/step/{name}", data=entry(move))
                    posts += 1
                    if answer.status_code not in REFUSED:
                        faults.append((kind.name, name, number, answer.status_code))
            if counts() != before or case.state != move.sources[0]:
                faults.append((kind.name, move.name, "changed something"))
    assert faults == []
    assert posts > 500


def entry(move: Move) -> dict[str, str]:
    """Something in every field, so that no missing word is what keeps a stranger out."""
    fields = {
        one.name: (next(iter(one.choices), "") if one.choices else "1") for one in move.fields
    }
    return {**fields, "reasons": "越权", "confirm": "y"}


def test_the_foreign_case_is_missing_for_who_may_take_the_step_elsewhere(
    world: World, app: Flask, sign_in: SignIn
) -> None:
    """The own duty ends at the own scope: the same people, one organ further."""
    foreign = world.corners[Place.FOREIGN]
    clients = [sign_in(user) for user in insiders(world).values()]
    for kind in kinds_of(app).values():
        for move in kind.machine.moves:
            values = {"section": foreign.section, "staff": foreign.member}
            case = make_case(kind.name, **values, state=move.sources[0])
            for client in clients:
                for name in names_of(move):
                    answer = client.post(f"/cases/{case.id}/step/{name}", data=entry(move))
                    assert answer.status_code == 404, (kind.name, name)
            db.session.rollback()
            assert db.session.get_one(Subject, case.id).state == move.sources[0]
