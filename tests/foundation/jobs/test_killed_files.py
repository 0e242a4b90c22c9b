"""A worker that is killed during an export or an import leaves nothing half done."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import files_folder
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import FILES_KEPT, GONE_AFTER, JobState
from evalsys.foundation.jobs.runner import run_job
from evalsys.foundation.jobs.service import start_job, sweep
from evalsys.organisation.org.models import Staff
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.roster.service import JOB
from tests import prepared
from tests.exports.books import make_closed_city
from tests.factories import make_user
from tests.foundation.jobs.conftest import until
from tests.results.closing.city import CODE
from tests.roster.rosters import roster

SignIn = Callable[[User], FlaskClient]
Start = Callable[[], "subprocess.Popen[bytes]"]
# All is written then, the file or the rows, and nothing is committed.
PLACE = "evalsys.core.audit.Unit.record"


def now() -> datetime:
    return datetime.now(UTC)


def kill_in(app: Flask, place: str, mark: Path) -> None:
    """Start a worker that halts at a place of the code, and kill it there."""
    uri, folder = app.config["SQLALCHEMY_DATABASE_URI"], app.config["DATA_DIR"]
    command = [sys.executable, "-m", "tests.foundation.jobs.halting", uri, folder, str(mark), place]
    with prepared.Popen[bytes](command, cwd=Path(__file__).parents[3]) as worker:
        try:
            until(mark.exists)
        finally:
            os.kill(worker.pid, signal.SIGKILL)
    db.session.rollback()


def restart_lost(client: FlaskClient, job: Job) -> None:
    """Check that the page shows the job as lost, and restart it."""
    with time_machine.travel(now() + GONE_AFTER + timedelta(seconds=5), tick=False):
        page = client.get(f"/jobs/{job.id}")
        assert page.status_code == 200
        assert f'action="/jobs/{job.id}/again"' in page.text
        assert sweep(now=now()) == 1
        assert job.state is JobState.LOST
        assert client.post(f"/jobs/{job.id}/again").status_code == 303
    db.session.rollback()
    assert (job.state, job.attempt) == (JobState.QUEUED, 2)


def test_an_export_whose_worker_is_killed_leaves_no_file_and_is_made_again(
    queued: Flask, start_worker: Start, sign_in: SignIn, tmp_path: Path
) -> None:
    make_closed_city()
    user = make_user()
    params = {"name": "report", "period": CODE, "filters": {}, "lang": "zh"}
    job = start_job(user.actor, "exchange.export", params, now=now())
    kill_in(queued, PLACE, tmp_path / "mark")
    client = sign_in(user)
    assert client.get(f"/jobs/{job.id}/file").status_code == 404
    restart_lost(client, job)
    start_worker()
    until(lambda: job.state is JobState.DONE)
    assert job.result is not None
    load_workbook(files_folder() / f"{job.id}-{job.result['file']}")
    assert len(list(files_folder().glob(f"{job.id}-*"))) == 1, "nothing of the first run is left"


def test_half_a_workbook_of_a_killed_worker_goes_with_the_old_files(
    queued: Flask, tmp_path: Path
) -> None:
    make_closed_city()
    params = {"name": "report", "period": CODE, "filters": {}, "lang": "zh"}
    start_job(make_user().actor, "exchange.export", params, now=now())
    kill_in(queued, "pathlib.Path.replace", tmp_path / "mark")  # Written, and without its name.
    assert [path.name[0] for path in files_folder().iterdir()] == ["."]
    later = now() + GONE_AFTER + timedelta(seconds=5)
    assert sweep(now=later) == 1
    tidy = start_job(SYSTEM, "jobs.tidy", {}, now=later + FILES_KEPT)
    run_job(tidy.id, tidy.attempt, "later", later + FILES_KEPT + timedelta(seconds=1))
    assert list(files_folder().iterdir()) == []


def test_an_import_whose_worker_is_killed_has_written_nothing_and_is_written_again(
    queued: Flask, start_worker: Start, sign_in: SignIn, tmp_path: Path
) -> None:
    low, _ = make_closed_city()
    user = make_user()
    file = roster([("990001", "新来的人", low.code), ("990002", "另一位", low.code)])
    batch = check_roster(
        user.actor, file, Reading("名单.xlsx", now().date(), complete=False), now=now()
    )
    before = db.session.scalar(select(func.count()).select_from(Staff)) or 0
    job = start_job(user.actor, JOB, {"batch": batch.id}, now=now())
    kill_in(queued, PLACE, tmp_path / "mark")
    assert db.session.scalar(select(func.count()).select_from(Staff)) == before
    assert db.session.get_one(RosterBatch, batch.id).state is BatchState.CHECKED
    restart_lost(sign_in(user), job)
    start_worker()
    until(lambda: job.state is JobState.DONE)
    assert db.session.scalar(select(func.count()).select_from(Staff)) == before + 2
    assert db.session.get_one(RosterBatch, batch.id).state is BatchState.APPLIED
