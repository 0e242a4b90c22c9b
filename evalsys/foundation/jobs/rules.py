"""Rules of jobs: their states, when a worker counts as gone, what is due today. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from evalsys.core.errors import N_, DomainError

BEAT_EVERY = timedelta(seconds=3)  # How often a worker gives a sign of life.
GONE_AFTER = timedelta(seconds=20)  # Six missed beats: a busy disk may swallow a few.
FILES_KEPT = timedelta(days=10)


class JobState(StrEnum):
    """Where a job stands.

    REFUSED: a rule said no. FAILED: our error. LOST: its worker stopped sending heartbeats.
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
}


NOT_POSSIBLE_NOW = N_("The job has moved on meanwhile: this step is not possible any more.")


def check_step(before: JobState, after: JobState) -> None:
    """Raise DomainError unless a job may go from one state to the other."""
    if after not in TRANSITIONS[before]:
        raise DomainError(NOT_POSSIBLE_NOW)


def is_gone(heartbeat_at: datetime | None, now: datetime) -> bool:
    """Return whether a worker with this last sign of life counts as gone; None means no sign."""
    return heartbeat_at is None or now - heartbeat_at > GONE_AFTER


def due_keys(schedule: Mapping[str, time], local_now: datetime) -> dict[str, str]:
    """Return kind -> unique key of what should have started by now, today, local time.

    In the order of the times, so that what is made up for late runs as it would have in time.
    """
    due = [kind for kind, at in schedule.items() if local_now.time() >= at]
    due.sort(key=schedule.__getitem__)
    return {kind: daily_key(kind, local_now.date()) for kind in due}


def daily_key(kind: str, day: date) -> str:
    """Return the key that makes a kind start once on a day, however many workers there are."""
    return f"{kind}:{day.isoformat()}"
