"""Rules of jobs: states, timeout of a worker, schedule. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from evalsys.core.errors import N_, DomainError

BEAT_EVERY = timedelta(seconds=3)  # The interval of heartbeats.
GONE_AFTER = timedelta(seconds=20)  # Six missed heartbeats: a busy disk may delay a few.
FILES_KEPT = timedelta(days=10)


class JobState(StrEnum):
    """The state of a job.

    REFUSED: a DomainError. FAILED: any other error. LOST: its worker stopped sending heartbeats.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


LIVE = frozenset({JobState.QUEUED, JobState.RUNNING})
STARTABLE = frozenset({JobState.REFUSED, JobState.FAILED, JobState.CANCELLED, JobState.LOST})

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(JobState) - {JobState.QUEUED, JobState.RUNNING},
    JobState.DONE: frozenset(),
    **dict.fromkeys(STARTABLE, frozenset({JobState.QUEUED})),
    JobState.LOST: frozenset({JobState.QUEUED, JobState.REFUSED}),
}


NOT_POSSIBLE_NOW = N_("The job has moved on meanwhile: this step is not possible any more.")


def check_step(before: JobState, after: JobState) -> None:
    """Raise DomainError unless a job may go from one state to the other."""
    if after not in TRANSITIONS[before]:
        raise DomainError(NOT_POSSIBLE_NOW)


def is_gone(heartbeat_at: datetime | None, now: datetime) -> bool:
    """Return whether a worker counts as gone by its last heartbeat; None means it sent none."""
    return heartbeat_at is None or now - heartbeat_at > GONE_AFTER


def due_keys(schedule: Mapping[str, time], local_now: datetime) -> dict[str, str]:
    """Map the kinds due today, by local time, to their unique keys.

    In the order of their times, so that late starts run in the scheduled order.
    """
    due = [kind for kind, at in schedule.items() if local_now.time() >= at]
    due.sort(key=schedule.__getitem__)
    return {kind: daily_key(kind, local_now.date()) for kind in due}


def daily_key(kind: str, day: date) -> str:
    """Return the unique key that starts a kind once a day, with any number of workers."""
    return f"{kind}:{day.isoformat()}"
