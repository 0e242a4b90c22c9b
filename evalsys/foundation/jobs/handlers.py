"""What a feature writes for a job: a handler, and the progress that it reports."""

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
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState

LOOK_EVERY = 0.5  # seconds between two looks at the signals: a step then costs next to nothing


class Cancelled(Exception):
    """Somebody asked the job to stop. Let it pass through: the unit of work rolls back."""


class Progress:
    """How far a job is. Outside a job (`run_id` None) it only counts."""

    def __init__(self, run_id: str | None = None) -> None:
        self.run_id = run_id
        self.done = 0
        self.total: int | None = None
        self._words: str | None = None
        self._next_look = 0.0
        self._began = monotonic()

    def begin(self, total: int | None, words: str | None = None) -> None:
        """Begin a stage of `total` steps (None: unknown); `words` is the msgid of what it does.

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
        """Return where the handler writes its file; it then returns {"file": name}."""
        if self.run_id is None or Path(name).name != name:
            raise ValueError(f"{name} is no plain file name of a job")
        return files_folder() / f"{self.run_id.split('.')[0]}-{name}"

    def settle(self, result: dict[str, Any], now: datetime) -> None:
        """Write the job's end into the transaction of its work: both are, or neither is.

        For work that must not be done twice. Raises Cancelled if the run was given up for lost
        meanwhile: then nothing of it stays. `now` is when the run began.
        """
        if self.run_id is None:
            return
        job_id, attempt = map(int, self.run_id.split("."))
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
    """The work of a kind of job. It must be safe to start again after it broke off anywhere.

    Returns JSON: `message` (a msgid) and `params` for the result's words, `url` of the page to go
    on with or `file` for the download; all optional. A DomainError becomes the job's problem.
    """

    def __call__(
        self, progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
    ) -> dict[str, Any]:
        """Do the work."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job, such as "closing.run": its label on pages (a msgid), and who does it.

    `at`: it starts by itself each day at this local time, or late but the same day. `is_private`:
    only who started it may fetch its file, not the whole office.
    """

    name: str
    label: str
    run: Handler
    at: time | None = None
    is_private: bool = False


def init_app(app: Flask) -> None:
    """Give the application its kinds of jobs and the checks of a worker, none yet."""
    app.extensions["evalsys.jobs"] = {}
    app.extensions["evalsys.jobs.checks"] = []


def jobs_of(app: Flask) -> dict[str, JobKind]:
    """Return the kinds of jobs that an application can do."""
    kinds: dict[str, JobKind] = app.extensions["evalsys.jobs"]
    return kinds


def add_job(app: Flask, kind: JobKind) -> None:
    """Let a feature bring a kind of job. Raises ValueError for a second one of the name."""
    if kind.name in jobs_of(app):
        raise ValueError(f"two handlers for {kind.name}")
    jobs_of(app)[kind.name] = kind


def checks_of(app: Flask) -> list[Callable[[], None]]:
    """Return what must hold before a worker starts: each raises if it does not."""
    checks: list[Callable[[], None]] = app.extensions["evalsys.jobs.checks"]
    return checks


def get_kind(kind: str) -> JobKind:
    """Return the kind of job of a name. Raises DomainError."""
    if kind not in jobs_of(current_app):
        raise DomainError(N_("This version knows no job of the kind %(kind)s."), kind=kind)
    return jobs_of(current_app)[kind]


def has_kind(kind: str) -> bool:
    """Return whether a feature has brought the kind."""
    return kind in jobs_of(current_app)


def schedule() -> dict[str, time]:
    """Return which kinds start by themselves, and at which local time."""
    kinds = jobs_of(current_app)
    return {name: kind.at for name, kind in kinds.items() if kind.at is not None}


def files_folder() -> Path:
    """Return the folder of result files, private to the account that runs the server."""
    folder = Path(current_app.config["DATA_DIR"]) / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
