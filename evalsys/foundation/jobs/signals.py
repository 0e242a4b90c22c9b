"""Signals between pages and workers: how far a job is, that it should stop, that a worker lives.

Each is a small file beside the database, because on SQLite a running handler may hold the only
write lock for a while. They are cheap, short-lived, and losing them harms nothing.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from flask import current_app


@dataclass(frozen=True)
class JobProgress:
    """How far a job is: `done` of `total` steps (None: unknown), and the msgid of what it does."""

    done: int = 0
    total: int | None = None
    words: str | None = None


def show_progress(run_id: str, progress: JobProgress) -> None:
    """Tell the pages how far a job is."""
    _put(f"progress.{run_id}", asdict(progress))


def read_progress(run_id: str) -> JobProgress:
    """Return how far a job is."""
    return JobProgress(**_peek(f"progress.{run_id}") or {})


def ask_to_stop(run_id: str, user_id: int | None) -> None:
    """Ask the handler of a job to stop at its next step. `user_id` is who asks; None: nobody."""
    _put(f"stop.{run_id}", {"by": user_id})


def read_stop(run_id: str) -> dict[str, int | None] | None:
    """Return who asked the job to stop, as {"by": user id}, or None if nobody did."""
    return _peek(f"stop.{run_id}")


def forget(run_id: str) -> None:
    """Remove the signals of a job that has ended."""
    for name in ("progress", "stop"):
        _path(f"{name}.{run_id}").unlink(missing_ok=True)


def send_heartbeat(worker: str, now: datetime) -> None:
    """Record that a worker lives."""
    for key in (f"beat.{worker}", "beat"):
        _put(key, {"at": now.isoformat()})


def last_heartbeat(worker: str | None = None) -> datetime | None:
    """Return the last heartbeat of a worker, or of any; None if there was none."""
    found = _peek(f"beat.{worker}" if worker else "beat")
    return datetime.fromisoformat(found["at"]) if found else None


def end_heartbeat(worker: str) -> None:
    """Say that a worker stopped in good order."""
    for key in (f"beat.{worker}", "beat"):
        _path(key).unlink(missing_ok=True)


def _path(key: str) -> Path:
    return Path(current_app.config["DATA_DIR"]) / "signs" / key


def _put(key: str, value: dict[str, Any]) -> None:
    """Write a signal. It gets its name when it is whole, so that nobody reads half of one."""
    path = _path(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = path.with_name(f".{secrets.token_hex(8)}")
    whole.write_text(json.dumps(value), encoding="utf-8")
    whole.rename(path)


def _peek(key: str) -> dict[str, Any] | None:
    try:
        return cast(dict[str, Any], json.loads(_path(key).read_bytes()))
    except OSError:
        return None
