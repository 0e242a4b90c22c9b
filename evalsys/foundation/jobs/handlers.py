"""Handlers of jobs, written by features, and their progress."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from flask import Flask, current_app
from sqlalchemy import update

from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.models import Job, numbers_of
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.registry import Registry

LOOK_EVERY = 0.5  # seconds between two polls of the signals, so that a step is cheap


class Cancelled(Exception):
    """The job was cancelled. Do not catch it: the unit of work rolls back."""


class Progress:
    """The progress of a job. Outside a job (`run_id` None) it only counts."""

    def __init__(self, run_id: str | None = None) -> None:
        self.run_id = run_id
        self.done = 0
        self.total: int | None = None
        self._words: str | None = None
        self._next_look = 0.0
        self._began = monotonic()

    def begin(self, total: int | None, words: str | None = None) -> None:
        """Begin a stage of `total` steps (None: unknown); `words` is the msgid of its label.

        Raises Cancelled.
        """
        self.done, self.total, self._words = 0, total, words
        self._look()

    def advance(self, n: int = 1) -> None:
        """Count `n` steps. Cheap enough for every row. Raises Cancelled."""
        self.done += n
        if self.run_id is not None and monotonic() >= self._next_look:
            self._look()

    def result_path(self, name: str) -> Path:
        """Return the path of the handler's result file; the handler then returns {"file": name}."""
        if self.run_id is None or Path(name).name != name:
            raise ValueError(f"{name} is no plain file name of a job")
        return files_folder() / f"{numbers_of(self.run_id)[0]}-{name}"

    def settle(self, result: dict[str, Any], now: datetime) -> None:
        """Mark the job as done in the transaction of its work, for work that must not run twice.

        Raises Cancelled, to roll back, if the run was marked as lost. `now` is when it began.
        """
        if self.run_id is None:
            return
        job_id, attempt = numbers_of(self.run_id)
        mine = (Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING)
        ended_at = now + timedelta(seconds=monotonic() - self._began)
        ended = {"state": JobState.DONE, "result": result, "ended_at": ended_at}
        if not db.session.execute(update(Job).where(*mine).values(**ended).returning(Job.id)).all():
            raise Cancelled

    def _look(self) -> None:
        if self.run_id is None:
            return
        self._next_look = monotonic() + LOOK_EVERY
        signals.show_progress(self.run_id, signals.JobProgress(self.done, self.total, self._words))
        if signals.read_stop(self.run_id) is not None:
            raise Cancelled


class Handler(Protocol):
    """The function of a kind of job. It must be safe to retry after a crash anywhere.

    Returns JSON: `message` (a msgid) and `params` of the result, `url` of the next page or `file`
    to download; all optional. A DomainError becomes the job's problem.
    """

    def __call__(
        self, progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
    ) -> dict[str, Any]:
        """Run the job."""


def _nothing_kept(_params: dict[str, Any]) -> dict[str, Any] | None:
    return None


def _never_moot(_params: dict[str, Any]) -> DomainError | None:
    return None


@dataclass(frozen=True)
class JobKind:
    """A kind of job, such as "closing.run", with its label (a msgid) and handler.

    `at` is the local time of a daily start, made up for later on the same day. `is_private` means
    that only its starter may download the file, not the whole office. `moot` returns the refusal
    that a lost job would meet, if its work was done in another way meanwhile. With `stays`, what
    a broken run has done is kept, and a new start goes on from there; `kept` returns what that is,
    as a result: `message`, `params` and `url`.
    """

    name: str
    label: str
    run: Handler
    at: time | None = None
    is_private: bool = False
    stays: bool = False
    kept: Callable[[dict[str, Any]], dict[str, Any] | None] = _nothing_kept
    moot: Callable[[dict[str, Any]], DomainError | None] = _never_moot


JOBS = Registry[JobKind]("jobs", "kinds of jobs")
jobs_of = JOBS.of


def init_app(app: Flask) -> None:
    """Create the registry of worker checks."""
    app.extensions["evalsys.jobs.checks"] = []


def add_job(app: Flask, kind: JobKind) -> None:
    """Register a kind of job. Raises ValueError for a duplicate name."""
    JOBS.add(app, kind.name, kind)


def checks_of(app: Flask) -> list[Callable[[], None]]:
    """Return the checks before a worker starts; each raises if it fails."""
    checks: list[Callable[[], None]] = app.extensions["evalsys.jobs.checks"]
    return checks


def get_kind(kind: str) -> JobKind:
    """Return the kind of job of a name. Raises DomainError if it is not registered."""
    if kind not in JOBS.all():
        raise DomainError(N_("This version knows no job of the kind %(kind)s."), kind=kind)
    return JOBS.all()[kind]


def has_kind(kind: str) -> bool:
    """Return whether a kind of job is registered."""
    return kind in JOBS.all()


def schedule() -> dict[str, time]:
    """Map the scheduled kinds to their local time."""
    kinds = JOBS.all()
    return {name: kind.at for name, kind in kinds.items() if kind.at is not None}


def files_folder() -> Path:
    """Return the folder of result files, private to the server's account."""
    folder = Path(current_app.config["DATA_DIR"]) / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
