from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import CITIZEN, SYSTEM, Action, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.handlers import Cancelled, Progress
from evalsys.foundation.jobs.models import Job, scope_of
from evalsys.foundation.jobs.rules import FILES_KEPT, GONE_AFTER, JobState
from evalsys.foundation.jobs.runner import run_next
from evalsys.foundation.jobs.service import cancel_job, restart_job, start_job, sweep
from evalsys.foundation.jobs.worker import keep_schedule
from tests.factories import JULY, make_user, save


@pytest.fixture
def user(app: Flask) -> User:
    return make_user()


def make_job(user: User, **values: object) -> Job:
    defaults = {"kind": "test.write", "params": {}, "state": JobState.QUEUED, "created_at": JULY}
    return save(Job(user_id=user.id, scope=scope_of(user.actor), **{**defaults, **values}))


def test_an_immediate_job_has_ended_and_left_one_audit_line(user: User) -> None:
    job = start_job(user.actor, "test.write", {}, now=JULY)
    assert job.state is JobState.DONE
    assert job.ended_at is not None
    assert job.ended_at >= JULY
    lines = select(AuditEvent).where(AuditEvent.action == Action.JOB_START)
    assert db.session.scalars(lines).one().subject_id == str(job.id)


def test_a_broken_rule_refuses_the_job_in_words(user: User) -> None:
    job = start_job(user.actor, "test.refuse", {}, now=JULY)
    assert job.state is JobState.REFUSED
    assert job.problem == {
        "message": "%(code)s has not ended yet.",
        "params": {"code": "2026-Q3"},
    }


def test_an_error_of_ours_fails_the_job_and_leaves_no_half_file(user: User, tmp_path: Path) -> None:
    job = start_job(user.actor, "test.break", {}, now=JULY)
    assert job.state is JobState.FAILED
    assert list((tmp_path / "files").iterdir()) == []


def test_an_unknown_kind_stores_nothing(user: User) -> None:
    with pytest.raises(DomainError, match="This version knows no job of the kind"):
        start_job(user.actor, "test.unknown", {}, now=JULY)
    assert db.session.scalars(select(Job)).all() == []


def test_who_may_not_start_jobs_starts_none(user: User) -> None:
    clerk = make_user(Role.STAFF)
    with pytest.raises(NotAllowed):
        start_job(clerk.actor, "test.write", {}, now=JULY)
    with pytest.raises(ValueError, match="account"):
        start_job(CITIZEN, "test.write", {}, now=JULY)


def test_the_same_key_gives_the_same_job(user: User, tmp_path: Path) -> None:
    marks = {"file": str(tmp_path / "marks")}
    one = start_job(SYSTEM, "test.mark", marks, now=JULY, unique_key="today")
    two = start_job(SYSTEM, "test.mark", marks, now=JULY, unique_key="today")
    assert one.id == two.id
    assert (tmp_path / "marks").read_text() == "x"


def test_a_disabled_starter_has_no_rights_left_when_the_job_runs(queued: Flask) -> None:
    user = make_user()
    job = start_job(user.actor, "test.write", {}, now=JULY)
    user.disabled_at = JULY
    save(user)
    run_next("w", JULY)
    db.session.expire_all()
    assert (job.state, (job.problem or {})["message"]) == (JobState.REFUSED, NotAllowed.message)


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(queued: Flask, tmp_path: Path) -> None:
    user = make_user()
    job = start_job(user.actor, "test.mark", {"file": str(tmp_path / "marks")}, now=JULY)
    cancel_job(user.actor, job, now=JULY)
    assert not run_next("w", JULY)
    db.session.expire_all()
    assert job.state is JobState.CANCELLED
    assert not (tmp_path / "marks").exists()


def test_a_job_that_ended_is_not_cancelled(user: User) -> None:
    job = start_job(user.actor, "test.write", {}, now=JULY)
    with pytest.raises(DomainError, match="The job has moved on meanwhile: this step is"):
        cancel_job(user.actor, job, now=JULY)
    with pytest.raises(DomainError, match="The job has moved on meanwhile: this step is"):
        restart_job(user.actor, job, now=JULY)


def test_a_worker_that_wakes_up_after_it_was_given_up_stops_and_changes_nothing(
    queued: Flask,
) -> None:
    user = make_user()
    job = make_job(user, state=JobState.RUNNING, worker="asleep", started_at=JULY)
    awake = Progress(job.run_id)
    awake.begin(10)
    restart_job(user.actor, job, now=JULY)
    with pytest.raises(Cancelled):
        awake.begin(10)
    assert (job.state, job.attempt) == (JobState.QUEUED, 2)


def test_the_sweep_writes_down_lost_jobs_and_leaves_those_that_run_or_wait(
    queued: Flask,
) -> None:
    user = make_user()
    lost = make_job(user, state=JobState.RUNNING, worker="gone", started_at=JULY)
    alive = make_job(user, state=JobState.RUNNING, worker="alive", started_at=JULY)
    waits = make_job(user)
    later = JULY + GONE_AFTER + timedelta(seconds=1)
    signals.send_heartbeat("alive", later)
    assert sweep(now=later) == 1
    assert (lost.state, alive.state, waits.state) == (
        JobState.LOST,
        JobState.RUNNING,
        JobState.QUEUED,
    )


def test_what_stands_in_the_table_is_done_the_oldest_first(queued: Flask, tmp_path: Path) -> None:
    """A job survives the death of its starter right after the commit."""
    user, marks = make_user(), {"file": str(tmp_path / "marks")}
    old, young = (make_job(user, kind="test.mark", params=marks) for _ in "ab")
    assert run_next("w", JULY)
    assert (old.state, young.state) == (JobState.DONE, JobState.QUEUED)
    assert run_next("w", JULY)
    assert not run_next("w", JULY)
    assert (tmp_path / "marks").read_text() == "xx"


def test_the_schedule_starts_each_job_once_a_day(app: Flask) -> None:
    for hour in range(24):
        keep_schedule(datetime(2026, 7, 1, hour, tzinfo=UTC))  # Two days in Shanghai.
    query = select(func.count()).where(Job.kind == "jobs.tidy")
    assert db.session.scalar(query) == 2


def test_old_files_are_removed_and_young_ones_kept(user: User, tmp_path: Path) -> None:
    job = start_job(user.actor, "test.write", {}, now=JULY)
    path = tmp_path / "files" / f"{job.id}-名单.txt"
    start_job(SYSTEM, "jobs.tidy", {}, now=JULY + FILES_KEPT)
    assert path.exists()
    start_job(SYSTEM, "jobs.tidy", {}, now=JULY + FILES_KEPT + timedelta(hours=1))
    assert not path.exists()


def test_a_file_name_cannot_leave_the_folder(user: User) -> None:
    with pytest.raises(ValueError, match="plain"):
        Progress("1.1.0").result_path("../evil")


def test_progress_outside_a_job_only_counts() -> None:
    progress = Progress()
    progress.begin(2)
    progress.advance(2)
    assert progress.done == 2


def test_an_actor_is_written_down_with_role_and_scope() -> None:
    assert scope_of(Actor(Role.HR, 1, organ_id=3)) == "hr:3:"
