"""Start-page tasks of jobs: lost jobs to restart."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from evalsys.core.frame.tasks import Task
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.queries import count_lost


def tasks(actor: Actor, now: datetime) -> Iterator[Task]:
    """Yield a task for the lost jobs."""
    count = count_lost() if actor.may(Action.CLOSING_RUN) else 0
    if count:
        yield Task(
            title=_("Interrupted work"),
            detail=_("Its worker stopped. Nothing is half done; it can be started again."),
            mark=str(ngettext("%(num)s job", "%(num)s jobs", count)),
            endpoint="jobs.index",
            button=_("View"),
        )
