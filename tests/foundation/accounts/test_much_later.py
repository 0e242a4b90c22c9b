"""The clock jumps 400 days ahead during sessions: terms expire, nothing breaks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import KeptPost, User
from evalsys.foundation.jobs.handlers import schedule
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.service import start_job
from evalsys.ratings.ballots.models import Intake, Rating
from tests.routes import routes
from tests.test_permissions import ROLES
from tests.world import NOW, World, make_world

SignIn = Callable[[User], FlaskClient]
LATER = NOW + timedelta(days=400)
WORST = 500
EACH = 3  # Every role tries a third of the routes: together they try each several times.
LEAVES = {"accounts.logout", "accounts.end_session"}
RATING = {"attitude": "5", "work_style": "5", "efficiency": "5", "competence": "5"}


def people(world: World) -> list[tuple[Role, User]]:
    return [(role, world.users[role]) for role in ROLES]


@dataclass(frozen=True)
class Then:
    """The state 400 days ago: sessions and an uncounted ballot."""

    world: World
    clients: dict[Role, FlaskClient]


@pytest.fixture
def then(app: Flask, sign_in: SignIn) -> Iterator[Then]:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with time_machine.travel(NOW, tick=False):
        world = make_world()
        clients = {role: sign_in(user) for role, user in people(world)}
        for client in clients.values():
            assert client.get("/").status_code in {200, 302}
        answer = app.test_client().post("/r", data={"code": world.code, **RATING})
        assert answer.status_code == 200, "it has arrived"
    with time_machine.travel(LATER, tick=False):
        yield Then(world, clients)


def test_every_session_has_ended_for_pages_posts_and_files(app: Flask, then: Then) -> None:
    guarded = [route for route in routes(app) if route.action is not None]
    for client in then.clients.values():
        for route in guarded[:: len(then.clients)]:
            for path in route.addresses(then.world):
                for method in sorted(route.methods):
                    answer = client.open(path, method=method)
                    assert answer.status_code == 302, (method, path)
                    assert answer.headers["Location"].startswith("/login"), (method, path)


def test_no_page_and_no_post_breaks(app: Flask, then: Then, sign_in: SignIn) -> None:
    broken = []
    for nth, (role, user) in enumerate(people(then.world)):
        client = sign_in(user)
        for route in routes(app)[nth % EACH :: EACH]:
            for path in route.addresses(then.world):
                for method in sorted(route.methods):
                    answer = client.open(path, method=method, buffered=True)
                    if answer.status_code >= WORST:
                        broken.append((role.value, method, path))
            if route.endpoint in LEAVES:
                client = sign_in(user)
    assert broken == []


def test_tickets_screens_and_links_are_over(app: Flask, then: Then) -> None:
    client = app.test_client()
    answer = client.post("/r", data={"code": then.world.code, **RATING}, follow_redirects=True)
    assert "The time to rate is over" in answer.text
    new = {"new": "correct horse battery staple 9", "again": "correct horse battery staple 9"}
    answer = client.post(f"/link/{then.world.link}", data=new)
    assert answer.status_code == 410
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Intake)) == 1, "it waits, unchanged"


def test_the_nights_work_is_done_and_clears_what_is_old(then: Then) -> None:
    for kind in schedule():
        job = start_job(SYSTEM, kind, {}, now=LATER)
        assert job.state is JobState.DONE, (kind, job.problem)
    assert db.session.scalar(select(func.count()).select_from(Intake)) == 0
    assert db.session.scalar(select(func.count()).select_from(Rating)) == 1
    assert db.session.scalar(select(func.count()).select_from(KeptPost)) == 0
