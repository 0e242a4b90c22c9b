from datetime import UTC, datetime, time, timedelta
from itertools import product

import pytest

from evalsys.core.errors import DomainError
from evalsys.core.pages import SHANGHAI
from evalsys.foundation.jobs.rules import (
    GONE_AFTER,
    STARTABLE,
    JobState,
    check_step,
    due_keys,
    is_gone,
)


def local(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=SHANGHAI)


NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("before", "after"), list(product(JobState, JobState)))
def test_only_waiting_jobs_start_and_nothing_leaves_done(before: JobState, after: JobState) -> None:
    allowed = {
        JobState.QUEUED: {JobState.RUNNING, JobState.CANCELLED},
        JobState.RUNNING: {JobState.DONE, *STARTABLE},
        JobState.DONE: set(),
        JobState.LOST: {JobState.QUEUED, JobState.REFUSED},
    }.get(before, {JobState.QUEUED})
    if after in allowed:
        check_step(before, after)
    else:
        with pytest.raises(DomainError, match="The job has moved on meanwhile: this step is"):
            check_step(before, after)


def test_a_worker_without_a_sign_is_gone() -> None:
    assert is_gone(None, NOON)
    assert not is_gone(NOON - GONE_AFTER, NOON)
    assert is_gone(NOON - GONE_AFTER - timedelta(milliseconds=1), NOON)


def test_a_night_job_is_due_from_its_time_on_under_the_key_of_the_day() -> None:
    schedule = {"cases.remind": time(9), "ratings.count": time(2, 30)}
    assert due_keys(schedule, local(1, 2, 29)) == {}
    assert due_keys(schedule, local(1, 2, 30)) == {"ratings.count": "ratings.count:2026-07-01"}
    assert list(due_keys(schedule, local(2, 23, 0)).items()) == [
        ("ratings.count", "ratings.count:2026-07-02"),
        ("cases.remind", "cases.remind:2026-07-02"),
    ]
