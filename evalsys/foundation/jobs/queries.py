"""Queries of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.core.reads import once
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.handlers import get_kind
from evalsys.foundation.jobs.models import Job, scope_of
from evalsys.foundation.jobs.rules import LIVE, JobState, is_gone


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Job` for the scope of an actor.

    Everybody sees their own jobs of the current role and scope. Personnel offices share theirs
    within a scope; that of the whole city also sees those of its organs, and nightly jobs.
    """
    own = (Job.user_id == actor.user_id) if actor.user_id is not None else false()
    mine = own & (Job.scope == scope_of(actor))
    if actor.role is not Role.HR:
        return mine
    if actor.organ_id is None and actor.section_id is None:
        return or_(Job.scope.startswith(f"{Role.HR.value}:"), Job.scope == scope_of(SYSTEM))
    return Job.scope == scope_of(actor)


def get_job(actor: Actor, job_id: int) -> Job:
    """Return a job that the actor may see. Raises NoResultFound."""
    return db.session.scalars(select(Job).where(Job.id == job_id, visible_to(actor))).one()


def select_jobs(actor: Actor) -> Select[Job]:
    """Return the query of the jobs an actor may see, newest first."""
    return select(Job).where(visible_to(actor)).order_by(Job.id.desc())


def find_by_key(unique_key: str) -> Job | None:
    """Return the job with a unique key, or None."""
    return db.session.scalar(select(Job).where(Job.unique_key == unique_key))


def find_live(actor: Actor, kind: str, params: dict[str, Any], now: datetime) -> Job | None:
    """Return a queued or running job with the same parameters and scope, or None.

    A job with a private file only matches for the same account.
    """
    query = select_jobs(actor).where(Job.kind == kind, Job.state.in_(LIVE))
    if get_kind(kind).is_private:
        query = query.where(Job.user_id == actor.user_id)
    live = (job for job in db.session.scalars(query) if state_of(job, now) in LIVE)
    return next((job for job in live if job.params == params), None)


def state_of(job: Job, now: datetime) -> JobState:
    """Return the current state of a job: LOST if its worker is gone, even if not stored yet."""
    if job.state is JobState.RUNNING and is_gone(signals.last_heartbeat(job.worker), now):
        return JobState.LOST
    return job.state


def select_lost() -> Select[int]:
    """Return the query that counts the lost jobs that were not restarted."""
    return select(func.count()).where(Job.state == JobState.LOST).select_from(Job)


@once
def count_lost() -> int:
    """Return the number of lost jobs that were not restarted."""
    return db.session.scalar(select_lost()) or 0
