"""The queue: Huey on a SQLite file beside the database; on Redis later, without a change here."""

import os
import socket
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from huey import SqliteHuey

from evalsys.core.pages import now
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.runner import run_job

STORED = "evalsys.jobs.queue"  # How what waits in the queue names its task: never changed.
THIS_WORKER = f"{socket.gethostname()[:60]}:{os.getpid()}:{os.urandom(4).hex()}"


class Queue:
    """The queue of one application. The file is opened when it is first needed."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.before_work: list[Callable[[], None]] = []  # What must hold where a worker starts.

    @cached_property
    def huey(self) -> Any:
        """Return Huey; with JOBS_IMMEDIATE it keeps its signs in memory."""
        path = Path(self.app.config["DATA_DIR"]) / "jobs.sqlite3"
        immediate = self.app.config["JOBS_IMMEDIATE"]
        if not immediate:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        return SqliteHuey(
            "evalsys", filename=str(path), results=False, immediate=immediate, timeout=10
        )

    @cached_property
    def task(self) -> Any:
        """Return the only task: run the job with this number."""

        def run(job_id: int, attempt: int) -> None:
            self._run(job_id, attempt)

        run.__module__ = STORED
        return self.huey.task(name="run")(run)

    def put(self, job: Job, moment: datetime) -> None:
        """Hand a job to the workers; with JOBS_IMMEDIATE do it here and now."""
        if self.app.config["JOBS_IMMEDIATE"]:
            run_job(job.id, job.attempt, THIS_WORKER, moment)
        else:
            self.task(job.id, job.attempt)

    def is_empty(self) -> bool:
        """Say whether nothing waits for a worker."""
        return not self.huey.pending_count()

    def _run(self, job_id: int, attempt: int) -> None:
        with self.app.app_context():  # Its end gives the database session back.
            run_job(job_id, attempt, THIS_WORKER, now())


def init_app(app: Flask) -> None:
    """Give the application its queue."""
    app.extensions["jobs"] = Queue(app)


def enqueue(job: Job, moment: datetime) -> None:
    """Hand a job that is committed to the workers."""
    queue: Queue = current_app.extensions["jobs"]
    queue.put(job, moment)


def is_empty() -> bool:
    """Say whether nothing waits for a worker."""
    queue: Queue = current_app.extensions["jobs"]
    return queue.is_empty()
