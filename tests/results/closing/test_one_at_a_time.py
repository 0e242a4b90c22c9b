"""Two tabs, two workers, the page and the command line: a period is closed once, by one of them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.runner import run_job
from evalsys.foundation.jobs.service import start_job
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import get_period
from evalsys.results.closing import service
from evalsys.results.closing.running import is_running
from evalsys.results.closing.service import close_period, correct, publish
from evalsys.scores.models import Result
from evalsys.scores.service import check_result
from tests import prepared, production
from tests.factories import make_user
from tests.foundation.accounts.phones import make_known
from tests.foundation.jobs.conftest import until
from tests.results.closing.city import CODE, NOW, TODAY, make_city
from tests.servers import ROOT, serve, settings_of
from tests.visitors import Visitor

SignIn = Callable[[User], FlaskClient]
CLICKS = 6
RECOUNT = "evalsys.results.closing.service._recount"


def versions() -> int:
    return db.session.scalar(select(func.count()).select_from(Result)) or 0


@pytest.fixture
def queued(app: Flask) -> Flask:
    """The application with a real queue, and a key that a server of production takes."""
    app.config["JOBS_IMMEDIATE"] = False
    app.config["SECRET_KEY"] = "one-at-a-time-7RzW5bNc8LpYd4HsGfA6eU"
    return app


@contextmanager
def closing_in_a_worker(
    app: Flask, mark: Path, place: str = RECOUNT
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the worker; it stands still between counting and freezing, and is killed at last."""
    uri, folder = app.config["SQLALCHEMY_DATABASE_URI"], app.config["DATA_DIR"]
    command = [sys.executable, "-m", "tests.foundation.jobs.halting", uri, folder, str(mark), place]
    with prepared.Popen[bytes](command, cwd=ROOT, env={**os.environ, **settings_of(app)}) as worker:
        while not mark.exists():
            assert worker.poll() is None
            time.sleep(0.05)
        try:
            yield worker
        finally:
            os.kill(worker.pid, signal.SIGKILL)


def close_by_command(app: Flask) -> "subprocess.CompletedProcess[str]":
    return prepared.run(
        [sys.executable, "-m", "flask", "closing", "run", CODE, "--yes"],
        cwd=ROOT,
        env={**os.environ, **settings_of(app), "EVALSYS_BABEL_DEFAULT_LOCALE": "en"},
    )


def words(client: FlaskClient) -> str:
    client.set_cookie("lang", "en")
    return re.sub(r"\s+", " ", client.get(f"/periods/{CODE}").text)


def test_a_command_beside_a_closing_is_refused_and_does_not_disturb_it(
    queued: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    make_city()
    user = make_user()
    job = start_job(user.actor, "closing.run", {"period": CODE}, now=NOW)
    client = sign_in(user)
    with closing_in_a_worker(queued, tmp_path / "mark"):
        done = close_by_command(queued)
        assert (done.returncode, "is running at this moment" in done.stderr) == (1, True)
        db.session.rollback()
        assert get_period(CODE).state is PeriodState.COUNTING, "the first still has it"
        page = words(client)
        assert "The period is being closed" in page
        assert f'href="/jobs/{job.id}"' in page
    until(lambda: not is_running())  # The turn ends with its process.
    with time_machine.travel(time.time() + 60, tick=True):
        page = words(client)
    assert "The closing was broken off" in page
    assert f'href="/periods/{CODE}/close"' in page
    done = close_by_command(queued)
    assert done.returncode == 0, done.stderr
    db.session.rollback()
    assert (get_period(CODE).state, versions()) == (PeriodState.CLOSED, 1)
    check_result(db.session.scalars(select(Result)).one())


def test_the_button_in_many_tabs_and_two_accounts_starts_one_closing(queued: Flask) -> None:
    make_city()
    users = [make_known(Role.HR), make_known(Role.HR)]
    with serve(settings_of(queued) | {"WEB_WORKERS": "2"}) as server:
        visitors = [Visitor(server.url) for _ in users]
        for visitor, user in zip(visitors, users, strict=True):
            visitor.sign_in(user)
            visitor.get(f"/periods/{CODE}/close")

        def press(nth: int) -> str:
            answer = visitors[nth % 2].post(f"/periods/{CODE}/close")
            assert answer.status_code == 303
            return answer.location

        with ThreadPoolExecutor(CLICKS) as hands:
            places = set(hands.map(press, range(CLICKS)))
        [place] = places  # All see the same work.
        with production.start(queued, "jobs", "work") as worker:
            while "is closed: version 1" not in visitors[0].get(place).text:
                assert worker.poll() is None
                time.sleep(0.2)
            worker.terminate()
    db.session.rollback()
    kinds = db.session.scalars(select(Job.kind).where(Job.user_id.is_not(None))).all()
    assert kinds == ["closing.run"], "beside those of the schedule"
    assert (get_period(CODE).state, versions()) == (PeriodState.CLOSED, 1)


@pytest.fixture
def closed(app: Flask) -> User:
    """Who may correct a period that is closed."""
    make_city()
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    return make_user()


def run(place: str) -> int:
    """Run the job of a page here and now, and return its number."""
    db.session.rollback()
    job = db.session.get_one(Job, int(place.rsplit("/", 1)[1]))
    run_job(job.id, job.attempt, "here", NOW)
    return job.id


def test_two_who_looked_at_the_same_figures_freeze_one_correction(
    closed: User, queued: Flask, sign_in: SignIn
) -> None:
    client, path = sign_in(closed), f"/periods/{CODE}/correct"
    client.set_cookie("lang", "en")
    looked = [
        run(client.post(path, data={"reason": reason}).headers["Location"])
        for reason in ("第12号决定", "第13号决定")
    ]
    places = [client.post(f"{path}?preview={one}").headers["Location"] for one in looked]
    assert len({run(place) for place in places}) == 2
    assert "was frozen meanwhile. Look at that one first." in client.get(places[1]).text
    assert versions() == 2


def test_what_is_agreed_to_is_the_version_that_was_looked_at(
    closed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def correct_meanwhile(_result: Result) -> None:
        correct(closed.actor, CODE, "第12号决定", now=NOW)

    monkeypatch.setattr(service, "check_result", correct_meanwhile)
    with pytest.raises(DomainError, match="Look at that one first"):
        publish(make_user(Role.LEADER).actor, CODE, now=NOW)
    assert (get_period(CODE).state, versions()) == (PeriodState.CLOSED, 2)
