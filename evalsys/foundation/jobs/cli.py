"""Commands of jobs."""

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from evalsys.core.error_pages import refusals
from evalsys.foundation.jobs.worker import work

group = AppGroup("jobs", help="Background jobs.")


@group.command("work")
@click.option("--threads", default=2, show_default=True, help="Jobs that run side by side.")
@click.option("--schedule/--no-schedule", default=True, help="Start the nightly jobs, too.")
@with_appcontext
@refusals
def work_command(*, threads: int, schedule: bool) -> None:
    """Work on background jobs until stopped. One worker of an installation keeps the schedule."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    work(app, threads=threads, periodic=schedule)
