"""Run a job: claim it, call its handler, store its end.

The table is the queue: a worker claims a queued job by a single UPDATE.
"""

import logging
import os
import socket
import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from evalsys.core.audit import unaudited_unit, unit_of_work
from evalsys.core.error_pages import OUTAGES, is_outage, outage_of
from evalsys.core.errors import N_, DomainError, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Actor
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.handlers import Cancelled, Progress, files_folder, get_kind
from evalsys.foundation.jobs.models import Job, numbers_of, scope_of
from evalsys.foundation.jobs.rules import JobState, to_json

BROKE = N_("The work broke off because of an error of ours. It was logged; please start it again.")

THIS_WORKER = f"{socket.gethostname()[:60]}:{os.getpid()}:{os.urandom(4).hex()}"

log = logging.getLogger("evalsys.jobs")


def run_next(worker: str, now: datetime) -> bool:
    """Run the oldest queued job to its end; return False if there is none."""
    waiting = select(Job.id, Job.attempt).where(Job.state == JobState.QUEUED).order_by(Job.id)
    oldest = db.session.execute(waiting.limit(1)).first()
    db.session.rollback()  # On SQLite the claim must not start from this snapshot.
    if oldest is None:
        return False
    run_job(oldest.id, oldest.attempt, worker, now)
    return True


def run_job(job_id: int, attempt: int, worker: str, now: datetime) -> None:
    """Run a queued job to its end, unless it was claimed or cancelled meanwhile."""
    if not _claim(job_id, attempt, worker, now):
        return
    began = time.monotonic()
    job = db.session.get_one(Job, job_id)
    run_id, kind, who = job.run_id, job.kind, {"job_id": job_id, "kind": job.kind}
    values: dict[str, Any]
    try:
        result = get_kind(kind).run(Progress(run_id), dict(job.params), actor_of(job), now)
        values = {"state": JobState.DONE, "result": result}
    except Cancelled:
        values = {"state": JobState.CANCELLED}
    except DomainError as error:
        values = {"state": JobState.REFUSED, "problem": problem_of(error)}
    except OUTAGES as error:
        log.exception("job could not be done now", extra=who)
        broke: dict[str, Any] = {"message": BROKE, "params": {}}
        values = {
            "state": JobState.FAILED,
            "problem": problem_of(outage_of(error)) if is_outage(error) else broke,
        }
    except Exception:
        log.exception("job failed", extra=who)
        values = {"state": JobState.FAILED, "problem": {"message": BROKE, "params": {}}}
    db.session.rollback()
    took = time.monotonic() - began
    log.info("job ended", extra={**who, "state": values["state"].value, "ms": round(took * 1000)})
    _finish(run_id, worker, {**values, "ended_at": now + timedelta(seconds=took)})
    signals.forget(run_id)


def actor_of(job: Job) -> Actor:
    """Return the starter as the job's actor. Raises NotAllowed if their rights changed."""
    if job.user_id is None:
        return SYSTEM
    user = db.session.get_one(User, job.user_id)
    if user.disabled_at is not None or scope_of(user.actor) != job.scope:
        raise NotAllowed
    return user.actor


def remove_files(job_id: int) -> None:
    """Remove the result files of a job, and partial ones of a killed run."""
    for pattern in (f"{job_id}-*", f".{job_id}-*"):
        for path in files_folder().glob(pattern):
            path.unlink(missing_ok=True)


def _claim(job_id: int, attempt: int, worker: str, now: datetime) -> bool:
    """Claim a queued job; return False if it is not queued any more."""
    with unaudited_unit():
        changed = db.session.execute(
            update(Job)
            .where(Job.id == job_id, Job.attempt == attempt, Job.state == JobState.QUEUED)
            .values(state=JobState.RUNNING, worker=worker, started_at=now, ended_at=None)
            .returning(Job.id)
        ).all()
    return bool(changed)


def _finish(run_id: str, worker: str, values: dict[str, Any]) -> None:
    """Store the end, unless the job was marked as lost or restarted meanwhile."""
    job_id, attempt = numbers_of(run_id)
    mine = (Job.id == job_id, Job.attempt == attempt, Job.worker == worker)
    statement = update(Job).where(*mine, Job.state == JobState.RUNNING).values(**values)
    job = db.session.get_one(Job, job_id)
    if job.attempt != attempt or job.state is JobState.DONE:
        return  # Another run has it, and the files; or it was settled with its work.
    if values["state"] is not JobState.DONE:
        remove_files(job_id)
    stop = signals.read_stop(run_id) or {}
    user = db.session.get(User, stop["by"]) if stop.get("by") else None
    asked = user is not None and user.actor.may(Action.JOB_CANCEL)
    if values["state"] is not JobState.CANCELLED or user is None or not asked:
        with unaudited_unit():
            db.session.execute(statement)
        return
    # Recorded here, since the handler held the write lock when it was requested.
    with unit_of_work(user.actor) as unit:
        db.session.execute(statement)
        unit.record(Action.JOB_CANCEL, db.session.get_one(Job, job_id))


def problem_of(error: DomainError) -> dict[str, Any]:
    """Return an error as JSON, to be translated by the page."""
    params = {name: to_json(value) for name, value in error.params.items()}
    return {"message": error.message, "params": params}
