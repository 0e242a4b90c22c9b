"""A worker that is killed before one of its commits, without any clean-up, as by a power cut."""

import os
import signal
from datetime import datetime

from flask import Flask
from sqlalchemy import event

from evalsys.core.extensions import db
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.runner import run_job


def run_until(app: Flask, job: Job, nth: int, *, now: datetime) -> bool:
    """Run a queued job in a process that is killed before its nth commit; return whether it was.

    It runs the worker's own `run_job`; False means that the job ended with fewer commits.
    """
    job_id, attempt = job.id, job.attempt
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            _die_before(nth)
            run_job(job_id, attempt, "doomed", now)
            db.session.remove()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _die_before(nth: int) -> None:
    commits = iter(range(1, nth))

    def commit(_connection: object) -> None:
        if next(commits, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine, "commit", commit)
