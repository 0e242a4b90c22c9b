"""Lists of tickets: their columns are named once, tried, and written by a job."""

from datetime import time

from flask import Flask

from evalsys.core.errors import N_
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.supervision.hotline.imports import check, models, service, views

__all__ = ["models"]

CHECK = JobKind(check.JOB, N_("Check a list of hotline tickets"), check.check_in_job)
WRITE = JobKind(
    service.JOB,
    N_("Write a list of hotline tickets"),
    service.write_in_job,
    stays=True,
    kept=service.kept_of,
)
TIDY = JobKind(
    check.TIDY_JOB, N_("Delete old lists of tickets"), check.forget_in_job, at=time(3, 40)
)


def init_app(app: Flask) -> None:
    """Register pages and jobs."""
    for job in (CHECK, WRITE, TIDY):
        add_job(app, job)
    app.register_blueprint(views.bp)
