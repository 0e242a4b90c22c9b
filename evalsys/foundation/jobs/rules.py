"""Rules of jobs: states, timeout of a worker, schedule. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from evalsys.core.errors import N_, Dated, DomainError, Filled, Joined, Message

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


def to_json(value: object) -> Any:
    """Return a parameter of a message as JSON, so that the page can translate it later."""
    match value:
        case Filled(message, params):
            return {"message": message, "params": {key: to_json(v) for key, v in params.items()}}
        case Joined(parts, between):
            return {"parts": [to_json(part) for part in parts], "between": between}
        case Dated(day, pattern):
            return {"day": day.isoformat(), "pattern": pattern}
        case date():
            return {"day": value.isoformat()}
        case int() | str():
            return value
    return str(value)


def from_json(stored: Any) -> Any:
    """Return a parameter of a message that `to_json` wrote."""
    match stored:
        case {"message": message, "params": params}:
            values = {key: from_json(value) for key, value in params.items()}
            return Message(message).filled(**values)
        case {"parts": parts, "between": between}:
            return Joined(tuple(map(from_json, parts)), Message(between))
        case {"day": day, "pattern": pattern}:
            return Dated(date.fromisoformat(day), Message(pattern))
        case {"day": day}:
            return date.fromisoformat(day)
    return stored
