"""Signals between pages and workers: progress, stop requests, heartbeats.

Each is a small file beside the database, since on SQLite a running handler may hold the write lock.
They are cheap and short-lived, and losing them is harmless.
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
    """The progress of a job: `done` of `total` steps (None: unknown), and its stage's msgid."""

    done: int = 0
    total: int | None = None
    words: str | None = None


def show_progress(run_id: str, progress: JobProgress) -> None:
    """Publish the progress of a job."""
    _put(f"progress.{run_id}", asdict(progress))


def read_progress(run_id: str) -> JobProgress:
    """Return the progress of a job."""
    return JobProgress(**_peek(f"progress.{run_id}") or {})


def ask_to_stop(run_id: str, user_id: int | None) -> None:
    """Request a job to stop at its next step, on behalf of a user or of nobody (None)."""
    _put(f"stop.{run_id}", {"by": user_id})


def read_stop(run_id: str) -> dict[str, int | None] | None:
    """Return the stop request of a job as {"by": user id}, or None."""
    return _peek(f"stop.{run_id}")


def forget(run_id: str) -> None:
    """Remove the signals of a job that has ended."""
    for name in ("progress", "stop"):
        _path(f"{name}.{run_id}").unlink(missing_ok=True)


def send_heartbeat(worker: str, now: datetime) -> None:
    """Store the heartbeat of a worker."""
    for key in (f"beat.{worker}", "beat"):
        _put(key, {"at": now.isoformat()})


def last_heartbeat(worker: str | None = None) -> datetime | None:
    """Return the last heartbeat of a worker, or of any; None if there was none."""
    beat = _peek(f"beat.{worker}" if worker else "beat")
    return datetime.fromisoformat(beat["at"]) if beat else None


def end_heartbeat(worker: str) -> None:
    """Remove the heartbeat of a worker that stopped properly."""
    for key in (f"beat.{worker}", "beat"):
        _path(key).unlink(missing_ok=True)


def _path(key: str) -> Path:
    return Path(current_app.config["DATA_DIR"]) / "signs" / key


def _put(key: str, value: dict[str, Any]) -> None:
    """Write a signal atomically, by rename."""
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
