"""The tasks of ratings: comments to review."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, func, select

from evalsys.core.frame.tasks import Task
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.ratings.ballots.models import Comment, CommentState
from evalsys.ratings.comments.service import reviewable_by


def count(actor: Actor, now: datetime) -> Select[int]:
    """Return the query that counts the comments awaiting the actor's review."""
    waits = Comment.state == CommentState.PENDING
    return select(func.count()).where(waits, reviewable_by(actor, local_day(now)))


def tasks(_actor: Actor, _now: datetime, number: int) -> Iterator[Task]:
    """Yield the task of the comments that await review."""
    yield Task(
        title=_("Review comments"),
        detail=_("Sections read a comment only after nobody can be recognised in it."),
        mark=str(ngettext("%(num)s comment", "%(num)s comments", number)),
        endpoint="ratings.comments",
        button=_("Review"),
    )
