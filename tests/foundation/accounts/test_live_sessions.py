"""A role is changed, or an account disabled, during a session."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.engine.models import Attachment
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.passwords import hash_password
from evalsys.foundation.jobs.handlers import files_folder
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.runner import run_job
from evalsys.foundation.jobs.service import start_job
from tests.cases.papers.files import pdf
from tests.foundation.accounts.phones import PASSWORD, give_password, set_up
from tests.routes import routes
from tests.test_permissions import ROLES
from tests.world import CLOSED, NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
EACH = 3  # Every role tries a third of the routes: together they try each several times.
MEMBERS = {"name": "members", "period": CLOSED, "filters": {}, "lang": "zh"}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.fixture
def waiting(app: Flask, world: World) -> Job:
    """A queued export of the personnel office."""
    app.config["JOBS_IMMEDIATE"] = False
    return start_job(world.users[Role.HR].actor, "exchange.export", MEMBERS, now=NOW)


def disable(app: Flask, sign_in: SignIn, world: World, user: User) -> None:
    """Disable an account by the page; one of an administrator by the command."""
    if user.role in {Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR}:
        done = app.test_cli_runner().invoke(args=["accounts", "disable", user.name])
        assert done.exit_code == 0, done.output
    else:
        client, path = sign_in(world.users[Role.SECADMIN]), f"/accounts/{user.id}/disable"
        assert client.post(path, data={"reason": "调离"}).status_code == 303


def give(sign_in: SignIn, world: World, user: User, role: Role) -> None:
    data = {"role": role.value, "organ": "", "section": "", "person": ""}
    answer = sign_in(world.users[Role.SECADMIN]).post(f"/accounts/{user.id}/role", data=data)
    assert answer.status_code == 303, answer.text


def count_jobs() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Job)) or 0


@pytest.mark.parametrize(("nth", "role"), [*enumerate(ROLES)])
def test_after_disabling_the_next_request_of_any_kind_leads_to_the_sign_in(
    world: World, app: Flask, sign_in: SignIn, nth: int, role: Role
) -> None:
    client = sign_in(world.users[role])
    assert client.get("/").status_code in {200, 302}
    disable(app, sign_in, world, world.users[role])
    guarded = [route for route in routes(app) if route.action is not None]
    for route in guarded[nth % EACH :: EACH]:
        for path in route.addresses(world):
            for method in sorted(route.methods):
                answer = client.open(path, method=method)
                assert answer.status_code == 302, (method, path)
                assert answer.headers["Location"].startswith("/login"), (method, path)


def test_with_another_role_the_old_session_may_nothing_of_the_old_one(
    world: World, app: Flask, sign_in: SignIn
) -> None:
    user = world.users[Role.HR]
    client = sign_in(user)
    job = world.jobs[Role.HR]
    assert client.get(f"/jobs/{job.id}/file", buffered=True).status_code == 200
    give(sign_in, world, user, Role.STAFF)
    old = [route for route in routes(app) if route.action is not None]
    for route in old:
        for path in route.addresses(world):
            for method in sorted(route.methods):
                answer = client.open(path, method=method, buffered=True)
                assert answer.status_code in {302, 404}, (method, path, answer.status_code)
    fresh = sign_in(db.session.get_one(User, user.id))
    for path in (f"/jobs/{job.id}/file", f"/jobs/{job.id}", f"/export/members/{CLOSED}", "/roster"):
        assert fresh.get(path, buffered=True).status_code == 404, path


@pytest.mark.parametrize("becomes", [None, Role.STAFF])
def test_a_job_that_was_asked_for_before_is_refused_and_writes_nothing(
    world: World, app: Flask, sign_in: SignIn, waiting: Job, becomes: Role | None
) -> None:
    user = world.users[Role.HR]
    if becomes is None:
        disable(app, sign_in, world, user)
    else:
        give(sign_in, world, user, becomes)
    run_job(waiting.id, waiting.attempt, "worker", NOW)
    db.session.rollback()
    assert waiting.state is JobState.REFUSED
    assert list(files_folder().glob(f"{waiting.id}-*")) == []


@pytest.mark.parametrize("how", ["disabled", "another role"])
def test_a_second_factor_given_a_moment_ago_decides_nothing_any_more_and_opens_no_file(
    app: Flask, world: World, sign_in: SignIn, how: str
) -> None:
    app.config["SECOND_FACTOR"] = "required"
    user, case = world.city, world.cases[Place.OWN]
    user.password_hash = hash_password(PASSWORD)
    db.session.commit()
    live, begun = app.test_client(), app.test_client()
    give_password(live, user)
    phone, _codes = set_up(live, NOW)
    evidence = {"kind": "work_result", "title": "台账", "body": "见附件"}
    data = {**evidence, "files": [(BytesIO(pdf()), "台账.pdf")]}
    path = f"/cases/{case.id}/evidence"
    assert live.post(path, data=data).status_code == 303
    file = f"/attachments/{db.session.scalars(select(Attachment.id)).one()}"
    assert live.get(file, buffered=True).data == pdf()
    decide = f"/periods/{CLOSED}/correct"
    assert live.get(decide).status_code == 200, "asked a moment ago, it is not asked again"
    assert give_password(begun, user).startswith("/second-factor")

    app.config["SECOND_FACTOR"] = "offered"  # The administrators of the world have none.
    if how == "disabled":
        disable(app, sign_in, world, user)
    else:
        give(sign_in, world, user, Role.STAFF)
    app.config["SECOND_FACTOR"] = "required"
    jobs = count_jobs()
    later = {"code": phone.code(NOW, 1)}
    for client in (live, begun):
        answer = client.post("/second-factor", data=later)
        assert answer.headers["Location"].startswith("/login"), "a code opens neither of them"
        for to in (decide, f"/periods/{CLOSED}/publish", path):
            refused = client.post(to, data={"reason": "第12号决定", **evidence})
            assert refused.headers["Location"].startswith("/login"), to
        assert client.get(file).headers["Location"].startswith("/login")
    assert count_jobs() == jobs
    assert len(db.session.scalars(select(Attachment)).all()) == 1
