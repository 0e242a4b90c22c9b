"""Signs between pages and workers: how far a job is, that it should stop, that a worker lives.

They stand in Huey's own storage, because on SQLite a running handler may hold the write lock of
the main database for a while. They are cheap, short-lived, and losing them harms nothing.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import current_app
from huey.constants import EmptyData


@dataclass(frozen=True)
class Sign:
    """How far a job is: `done` of `total` steps (None: unknown), and the msgid of what it does."""

    done: int = 0
    total: int | None = None
    words: str | None = None


def show_progress(run_id: str, sign: Sign) -> None:
    """Tell the pages how far a job is."""
    _put(f"progress.{run_id}", {"done": sign.done, "total": sign.total, "words": sign.words})


def read_progress(run_id: str) -> Sign:
    """Return how far a job is."""
    return Sign(**_peek(f"progress.{run_id}") or {})


def ask_to_stop(run_id: str, user_id: int | None) -> None:
    """Ask the handler of a job to stop at its next step. `user_id` is who asks; None: nobody."""
    _put(f"stop.{run_id}", {"by": user_id})


def read_stop(run_id: str) -> dict[str, int | None] | None:
    """Return who asked the job to stop, as {"by": user id}, or None if nobody did."""
    return _peek(f"stop.{run_id}")


def forget(run_id: str) -> None:
    """Remove the signs of a job that has ended."""
    for name in ("progress", "stop"):
        _storage().delete_data(f"{name}.{run_id}")


def beat(worker: str, now: datetime) -> None:
    """Give a worker's sign of life."""
    for key in (f"beat.{worker}", "beat"):
        _put(key, {"at": now.isoformat()})


def last_beat(worker: str | None = None) -> datetime | None:
    """Return the last sign of life of a worker, or of any; None if there was none."""
    found = _peek(f"beat.{worker}" if worker else "beat")
    return datetime.fromisoformat(found["at"]) if found else None


def end_beat(worker: str) -> None:
    """Say that a worker stopped in good order."""
    for key in (f"beat.{worker}", "beat"):
        _storage().delete_data(key)


def _storage() -> Any:
    return current_app.extensions["jobs"].huey.storage


def _put(key: str, value: dict[str, Any]) -> None:
    _storage().put_data(key, json.dumps(value).encode())


def _peek(key: str) -> dict[str, Any] | None:
    found = _storage().peek_data(key)
    return None if found is EmptyData else cast(dict[str, Any], json.loads(bytes(found)))
