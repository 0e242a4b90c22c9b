"""Jobs with real worker processes."""

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.queries import state_of
from evalsys.foundation.jobs.rules import GONE_AFTER, JobState
from evalsys.foundation.jobs.service import cancel_job, restart_job, start_job, sweep
from evalsys.organisation.org.models import Organ
from tests.factories import make_user
from tests.foundation.jobs.conftest import until

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def user(queued: Flask) -> User:
    return make_user()


def now() -> datetime:
    return datetime.now(UTC)


def is_in(job: Job, state: JobState) -> Callable[[], bool]:
    return lambda: job.state is state


def test_a_job_runs_in_a_worker_with_the_rights_of_its_starter(
    user: User, start_worker: Start, tmp_path: Path
) -> None:
    job = start_job(user.actor, "test.write", {}, now=now())
    assert job.state is JobState.QUEUED
    start_worker()
    until(is_in(job, JobState.DONE))
    assert job.result is not None
    assert job.result["file"] == "名单.txt"
    written = (tmp_path / "files" / f"{job.id}-名单.txt").read_text(encoding="utf-8")
    assert written == f"{user.display_name} {now():%Y}"


def test_a_running_job_is_cancelled_though_it_holds_the_write_lock(
    user: User, start_worker: Start, tmp_path: Path
) -> None:
    job = start_job(user.actor, "test.wait", {"file": str(tmp_path / "never")}, now=now())
    start_worker()
    until(lambda: signals.read_progress(job.run_id).done > 0)
    cancel_job(user.actor, job, now=now())
    until(is_in(job, JobState.CANCELLED))
    assert db.session.scalar(select(func.count()).select_from(Organ)) == 0
    line = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.JOB_CANCEL))
    assert line.one().user_id == user.id


def test_the_job_of_a_killed_worker_is_seen_as_lost_and_runs_again(
    user: User, start_worker: Start, tmp_path: Path
) -> None:
    file = tmp_path / "go"
    job = start_job(user.actor, "test.wait", {"file": str(file)}, now=now())
    worker = start_worker()
    until(lambda: signals.read_progress(job.run_id).done > 0)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    later = now() + GONE_AFTER + timedelta(seconds=5)
    until(is_in(job, JobState.RUNNING))
    assert state_of(job, now()) is JobState.RUNNING, "a pause between two beats is no death"
    assert state_of(job, later) is JobState.LOST
    assert sweep(now=later) == 1
    assert job.state is JobState.LOST
    restart_job(user.actor, job, now=now())
    file.touch()
    start_worker()
    until(is_in(job, JobState.DONE))
    assert (job.attempt, job.problem) == (2, None)
    assert db.session.scalar(select(func.count()).select_from(Organ)) == 1, "the first was undone"


def test_two_workers_do_a_scheduled_job_once(
    queued: Flask, start_worker: Start, tmp_path: Path
) -> None:
    file = tmp_path / "marks"
    start_worker(), start_worker()
    keys = [f"test.mark:{number}" for number in range(20)]
    for key in keys * 2:
        start_job(SYSTEM, "test.mark", {"file": str(file)}, now=now(), unique_key=key)
    done = select(func.count()).where(Job.state == JobState.DONE)
    until(lambda: db.session.scalar(done) == len(keys))
    assert file.read_text() == "x" * len(keys)


def test_a_stop_signal_ends_the_worker_in_good_order(queued: Flask, start_worker: Start) -> None:
    worker = start_worker()
    until(lambda: signals.last_heartbeat() is not None)
    first = signals.last_heartbeat()
    until(lambda: signals.last_heartbeat() != first)  # By now it surely listens to signals.
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=10) == 0
    assert signals.last_heartbeat() is None
