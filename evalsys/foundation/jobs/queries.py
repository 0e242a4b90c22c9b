"""Reads of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.handlers import get_kind
from evalsys.foundation.jobs.models import Job, scope_of
from evalsys.foundation.jobs.rules import LIVE, JobState, is_gone


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the filter of jobs that an actor may see.

    Everybody sees their own of the present role and scope. The personnel office shares its work
    within the same scope; the office of the whole city also sees its organs' and the nightly jobs.
    """
    own = (Job.user_id == actor.user_id) if actor.user_id is not None else false()
    mine = own & (Job.scope == scope_of(actor))
    if actor.role is not Role.HR:
        return mine
    if actor.organ_id is None and actor.section_id is None:
        return or_(Job.scope.startswith(f"{Role.HR.value}:"), Job.scope == scope_of(SYSTEM))
    return Job.scope == scope_of(actor)


def get_job(actor: Actor, job_id: int) -> Job:
    """Return a job that the actor may see. Raises NotFound."""
    job = db.session.scalar(select(Job).where(Job.id == job_id, visible_to(actor)))
    if job is None:
        raise NotFound
    return job


def select_jobs(actor: Actor) -> Select[Job]:
    """Return the query of the actor's jobs, newest first."""
    return select(Job).where(visible_to(actor)).order_by(Job.id.desc())


def find_by_key(unique_key: str) -> Job | None:
    """Return the job with a unique key, if there is one."""
    return db.session.scalar(select(Job).where(Job.unique_key == unique_key))


def find_live(actor: Actor, kind: str, params: dict[str, Any], now: datetime) -> Job | None:
    """Return the job that waits or runs with the same parameters and scope, if there is one.

    A job whose file is private is of another person only another job.
    """
    query = select_jobs(actor).where(Job.kind == kind, Job.state.in_(LIVE))
    if get_kind(kind).is_private:
        query = query.where(Job.user_id == actor.user_id)
    live = (job for job in db.session.scalars(query) if state_of(job, now) in LIVE)
    return next((job for job in live if job.params == params), None)


def state_of(job: Job, now: datetime) -> JobState:
    """Return where a job stands now: one whose worker is gone is lost, written down or not."""
    if job.state is JobState.RUNNING and is_gone(signals.last_heartbeat(job.worker), now):
        return JobState.LOST
    return job.state


def count_lost() -> int:
    """Return how many lost jobs nobody has started again."""
    query = select(func.count()).where(Job.state == JobState.LOST).select_from(Job)
    return db.session.scalar(query) or 0
