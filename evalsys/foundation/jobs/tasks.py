"""Start-page tasks of jobs: lost jobs to restart."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from evalsys.core.frame.tasks import Task
from evalsys.core.permissions import Actor


def tasks(_actor: Actor, _now: datetime, number: int) -> Iterator[Task]:
    """Yield a task for the lost jobs."""
    yield Task(
        title=_("Interrupted work"),
        detail=_("Its worker stopped. Nothing is half done; it can be started again."),
        mark=str(ngettext("%(num)s job", "%(num)s jobs", number)),
        endpoint="jobs.index",
        button=_("View"),
    )
