"""Background jobs: queue, state, progress and cancellation."""

from datetime import time

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action
from evalsys.foundation.jobs import cli, handlers, models, tasks, views, worker
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.foundation.jobs.queries import select_lost

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register pages, commands, tasks and the nightly job."""
    handlers.init_app(app)
    add_job(app, JobKind("jobs.tidy", N_("Remove old files"), worker.tidy, at=time(3, 30)))
    app.register_blueprint(views.bp)
    app.cli.add_command(cli.group)
    add_counted_tasks(app, Action.CLOSING_RUN, lambda *_: select_lost(), tasks.tasks)
