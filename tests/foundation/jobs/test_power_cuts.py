"""A closing, correction or export is killed before one of its commits, and restarted."""

from datetime import timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import files_folder
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.queries import state_of
from evalsys.foundation.jobs.rules import GONE_AFTER, JobState, to_json
from evalsys.foundation.jobs.runner import run_job
from evalsys.foundation.jobs.service import restart_job, start_job, sweep
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import get_period
from evalsys.organisation.periods.rules import period_message
from evalsys.ratings.ballots.models import Intake, Rating
from evalsys.results.closing.service import close_period
from evalsys.scores.models import Result
from evalsys.scores.service import check_result
from tests.factories import make_user
from tests.foundation.jobs.powercut import run_until
from tests.ratings.intake import add_ballot
from tests.results.closing.city import CODE, NOW, TODAY, make_city, someone_of
from tests.scores.test_queries import put_aside

BALLOTS = 30
COMMITS, CORRECTION, EXPORT = 12, 3, 3  # of a run that nobody kills, and one more


@pytest.fixture
def user(queued: Flask) -> User:
    """A user of the personnel office, in a city with uncounted ballots."""
    low, _high = make_city()
    person = someone_of(low)
    for number in range(BALLOTS):
        levels = {"attitude": 2, "contact": None} if number < 2 else {"attitude": 4}
        add_ballot(number.to_bytes(10), person, **levels)
    db.session.commit()
    return make_user()


def number_of(model: type[object]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def finish(job_id: int, user_id: int) -> Job:
    """Restart a lost job by the page, and run it to its end."""
    job, user = db.session.get_one(Job, job_id), db.session.get_one(User, user_id)
    later = NOW + GONE_AFTER + timedelta(seconds=5)
    if job.state is JobState.RUNNING:
        assert state_of(job, later) is JobState.LOST
        assert sweep(now=later) == 1
        restart_job(user.actor, job, now=NOW)
    if job.state is JobState.QUEUED:
        run_job(job.id, job.attempt, "alive", NOW)
    db.session.expire_all()
    return job


def lines(action: Action, **details: object) -> int:
    rows = db.session.scalars(select(AuditEvent.details).where(AuditEvent.action == action))
    return sum(all(row.get(key) == value for key, value in details.items()) for row in rows)


def check_closed_once() -> None:
    """Check that the period is closed exactly once and completely."""
    assert get_period(CODE).state is PeriodState.CLOSED
    result = db.session.scalars(select(Result)).one()
    check_result(result)
    assert (number_of(Intake), lines(Action.CLOSING_RUN, version=1)) == (0, 1)
    counted = db.session.scalars(
        select(AuditEvent.details).where(AuditEvent.action == Action.RATING_COUNT)
    )
    assert sum(row.get("ballots", 0) for row in counted) == BALLOTS


@pytest.mark.parametrize("nth", range(1, COMMITS + 1))
def test_a_closing_that_dies_before_any_of_its_commits_is_closed_once_and_whole(
    queued: Flask, user: User, nth: int
) -> None:
    job = start_job(user.actor, "closing.run", {"period": CODE}, now=NOW)
    job_id, user_id = job.id, user.id
    assert run_until(queued, job, nth, now=NOW) == (nth < COMMITS), "each commit was tried"
    job = finish(job_id, user_id)
    assert job.state is JobState.DONE, job.problem
    assert (job.result or {})["params"] == {"code": to_json(period_message(CODE)), "version": 1}
    check_closed_once()


@pytest.mark.parametrize("nth", range(1, CORRECTION + 1))
def test_a_correction_that_dies_before_any_of_its_commits_is_frozen_once(
    queued: Flask, user: User, nth: int
) -> None:
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    put_aside(db.session.scalars(select(Rating.ballot_id).order_by(Rating.ballot_id)).all()[0])
    params = {"period": CODE, "reason": "第12号决定"}
    job = start_job(user.actor, "closing.correct", params, now=NOW)
    job_id, user_id = job.id, user.id
    assert run_until(queued, job, nth, now=NOW) == (nth < CORRECTION), "each commit was tried"
    job = finish(job_id, user_id)
    assert job.state is JobState.DONE, job.problem
    assert (job.result or {})["params"] == {"code": to_json(period_message(CODE)), "version": 2}
    versions = db.session.scalars(select(Result).order_by(Result.version)).all()
    assert [one.version for one in versions] == [1, 2]
    for one in versions:
        check_result(one)
    assert lines(Action.CLOSING_CORRECT, version=2) == 1


@pytest.mark.parametrize("nth", range(1, EXPORT + 1))
def test_an_export_that_dies_before_any_of_its_commits_is_one_whole_file(
    queued: Flask, user: User, nth: int
) -> None:
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    params = {"name": "report", "period": CODE, "filters": {}, "lang": "zh"}
    job = start_job(user.actor, "exchange.export", params, now=NOW)
    job_id, user_id = job.id, user.id
    assert run_until(queued, job, nth, now=NOW) == (nth < EXPORT), "each commit was tried"
    job = finish(job_id, user_id)
    assert job.state is JobState.DONE, job.problem
    [file] = files_folder().iterdir()
    assert file.name == f"{job.id}-{(job.result or {})['file']}"
    assert len(load_workbook(file).sheetnames) > 3
