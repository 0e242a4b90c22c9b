"""Use cases of jobs: start, cancel, restart, mark as lost.

A feature needs only this module: `Progress`, `start_job`.
"""

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from evalsys.core.audit import lock_until_commit, unaudited_unit, unit_of_work
from evalsys.core.errors import N_, DomainError, NotAllowed
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import Action, Actor, Role
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.handlers import Cancelled, Progress, get_kind, has_kind
from evalsys.foundation.jobs.models import Job, scope_of
from evalsys.foundation.jobs.queries import find_by_key, find_live, state_of
from evalsys.foundation.jobs.rules import NOT_POSSIBLE_NOW, STARTABLE, JobState, check_step
from evalsys.foundation.jobs.runner import THIS_WORKER, problem_of, run_job

__all__ = [
    "Cancelled",
    "Progress",
    "cancel_job",
    "restart_job",
    "start_job",
    "start_once",
    "sweep",
]

DONE_LATER = N_("A later job did the same: no. %(number)s.")
START_LOCK = 0x7374_6172_74  # An arbitrary number that nothing else locks.


def start_job(
    actor: Actor,
    kind: str,
    params: dict[str, Any],
    *,
    now: datetime,
    unique_key: str | None = None,
) -> Job:
    """Start a job and return it. With JOBS_IMMEDIATE it runs to its end first.

    Returns the existing job with the same `unique_key`, in any state. Raises DomainError.
    """
    if unique_key is not None and (earlier := find_by_key(unique_key)):
        return earlier
    job = _new_job(actor, kind, params, unique_key=unique_key, now=now)
    try:
        with unit_of_work(actor) as unit:
            db.session.add(job)
            unit.record(Action.JOB_START, job, kind=kind)
    except IntegrityError:
        if unique_key is None or (earlier := find_by_key(unique_key)) is None:
            raise
        return earlier  # Another process was faster.
    _run_if_immediate(job, now)
    return job


def start_once(actor: Actor, kind: str, params: dict[str, Any], *, now: datetime) -> Job:
    """Start a job, or return the queued or running one with the same parameters and scope.

    Once that has ended, a new one may be started. Raises DomainError.
    """
    job = _new_job(actor, kind, params, now=now)
    with unit_of_work(actor) as unit:
        lock_until_commit(START_LOCK)
        if live := find_live(actor, kind, params, now):
            unit.nothing_to_do()
            return live
        db.session.add(job)
        unit.record(Action.JOB_START, job, kind=kind)
    _run_if_immediate(job, now)
    return job


def _run_if_immediate(job: Job, now: datetime) -> None:
    if current_app.config["JOBS_IMMEDIATE"]:
        run_job(job.id, job.attempt, THIS_WORKER, now)


def _new_job(
    actor: Actor, kind: str, params: dict[str, Any], *, now: datetime, unique_key: str | None = None
) -> Job:
    get_kind(kind)
    if actor.user_id is None and actor.role is not Role.SYSTEM:
        raise ValueError("a job needs an account or the system behind it")
    return Job(
        kind=kind,
        params=params,
        state=JobState.QUEUED,
        attempt=1,
        unique_key=unique_key,
        user_id=actor.user_id,
        scope=scope_of(actor),
        created_at=now,
    )


def cancel_job(actor: Actor, job: Job, *, now: datetime) -> None:
    """Cancel a queued job, or ask a running one to stop. Raises DomainError."""
    if not actor.may(Action.JOB_CANCEL):
        raise NotAllowed
    state = state_of(job, now)
    check_step(state, JobState.CANCELLED)
    if state is JobState.RUNNING:
        # The runner writes the audit line: the handler may hold the write lock until then.
        signals.ask_to_stop(job.run_id, actor.user_id)
        return
    with unit_of_work(actor) as unit:
        lock_row(job)
        check_step(job.state, JobState.CANCELLED)
        job.state, job.ended_at = JobState.CANCELLED, now
        unit.record(Action.JOB_CANCEL, job)


def restart_job(actor: Actor, job: Job, *, now: datetime) -> Job:
    """Restart a lost, refused, cancelled or failed job. Raises DomainError."""
    if state_of(job, now) not in STARTABLE:
        raise DomainError(NOT_POSSIBLE_NOW)
    signals.ask_to_stop(job.run_id, None)  # In case its lost worker resumes.
    with unit_of_work(actor) as unit:
        lock_row(job)
        if state_of(job, now) not in STARTABLE:
            raise DomainError(NOT_POSSIBLE_NOW)
        job.state, job.attempt = JobState.QUEUED, job.attempt + 1
        job.worker = job.problem = job.result = job.started_at = job.ended_at = None
        unit.record(Action.JOB_START, job, kind=job.kind, attempt=job.attempt)
    _run_if_immediate(job, now)
    return job


def sweep(*, now: datetime) -> int:
    """Mark the jobs of gone workers as lost; return their number.

    Lost jobs whose work was done in another way since are refused: nobody has to start them again.
    """
    running = db.session.scalars(select(Job).where(Job.state == JobState.RUNNING)).all()
    lost = [job.id for job in running if state_of(job, now) is JobState.LOST]
    for job_id in lost:
        with unaudited_unit():
            job = db.session.get_one(Job, job_id, with_for_update=True)
            if state_of(job, now) is JobState.LOST:
                signals.ask_to_stop(job.run_id, None)
                job.state, job.ended_at = JobState.LOST, now
    for job in db.session.scalars(select(Job).where(Job.state == JobState.LOST)).all():
        if refusal := _moot(job):
            _refuse_lost(job, refusal)
    return len(lost)


def _moot(job: Job) -> DomainError | None:
    """Return why a lost job has nothing left to do, or None."""
    same = (Job.kind == job.kind, Job.scope == job.scope, Job.state == JobState.DONE)
    later = db.session.scalars(select(Job).where(*same, Job.id > job.id))
    if again := next((other for other in later if other.params == job.params), None):
        return DomainError(DONE_LATER, number=again.id)
    return get_kind(job.kind).moot(job.params) if has_kind(job.kind) else None


def _refuse_lost(job: Job, refusal: DomainError) -> None:
    with unaudited_unit():
        lock_row(job)
        if job.state is JobState.LOST:
            job.state, job.problem = JobState.REFUSED, problem_of(refusal)
