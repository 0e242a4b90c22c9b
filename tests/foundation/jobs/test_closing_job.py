"""The closing of a period in a worker that is killed meanwhile."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.queries import state_of
from evalsys.foundation.jobs.rules import GONE_AFTER, JobState
from evalsys.foundation.jobs.service import restart_job, start_job, sweep
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import get_period
from evalsys.scores.models import MemberScore, Result, SectionScore
from tests import prepared
from tests.factories import make_user, save
from tests.foundation.jobs.conftest import until
from tests.results.closing.city import CODE, make_city


def now() -> datetime:
    return datetime.now(UTC)


def number_of(model: type[Result | SectionScore | MemberScore]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_closing_whose_worker_is_killed_has_frozen_nothing_and_is_started_again(
    queued: Flask, start_worker: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    make_city()
    user, mark = make_user(), tmp_path / "frozen"
    job = start_job(user.actor, "closing.run", {"period": CODE}, now=now())
    uri, folder = queued.config["SQLALCHEMY_DATABASE_URI"], queued.config["DATA_DIR"]
    place = "evalsys.results.closing.service.hold_or_propose"
    command = [sys.executable, "-m", "tests.foundation.jobs.halting", uri, folder, str(mark), place]
    with prepared.Popen[bytes](command, cwd=Path(__file__).parents[3]) as worker:
        until(mark.exists)  # The scores are in the tables, the transaction is open.
        os.kill(worker.pid, signal.SIGKILL)
    db.session.rollback()
    assert get_period(CODE).state is PeriodState.COUNTING
    assert number_of(Result) == number_of(SectionScore) == number_of(MemberScore) == 0
    later = now() + GONE_AFTER + timedelta(seconds=5)
    assert state_of(job, later) is JobState.LOST
    assert sweep(now=later) == 1
    restart_job(user.actor, job, now=now())
    start_worker()
    until(lambda: job.state is JobState.DONE)
    assert get_period(CODE).state is PeriodState.CLOSED
    assert (number_of(Result), number_of(SectionScore), number_of(MemberScore)) == (1, 6, 12)
    assert db.session.scalars(select(Result.created_by)).one() == user.id


def test_a_lost_closing_waits_for_nobody_once_its_period_was_closed_by_command(
    queued: Flask, sign_in: Callable[[User], FlaskClient]
) -> None:
    make_city()
    user = make_user(Role.HR)
    job = start_job(user.actor, "closing.run", {"period": CODE}, now=now())
    job.state, job.worker, job.started_at = JobState.RUNNING, "gone", now()
    save(job)
    sweep(now=now())
    client = sign_in(user)
    assert job.state is JobState.LOST
    assert 'href="/jobs/"' in client.get("/").text
    done = queued.test_cli_runner().invoke(args=["closing", "run", CODE, "--yes"])
    assert done.exit_code == 0, done.output
    sweep(now=now())
    assert 'href="/jobs/"' not in client.get("/").text
    assert "was closed on" in client.get(f"/jobs/{job.id}").text


def test_a_lost_job_waits_for_nobody_once_a_later_one_did_the_same(queued: Flask) -> None:
    user = make_user()
    lost, other, again = (
        start_job(user.actor, "test.refuse", {"which": which}, now=now()) for which in "aba"
    )
    for job, state in ((lost, JobState.LOST), (other, JobState.LOST), (again, JobState.DONE)):
        job.state = state
        save(job)
    sweep(now=now())
    assert (lost.state, other.state) == (JobState.REFUSED, JobState.LOST)
    assert lost.problem is not None
    assert lost.problem["params"] == {"number": again.id}
