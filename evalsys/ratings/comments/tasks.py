"""The tasks of ratings: comments to review."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from evalsys.core.frame.tasks import Task
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.ratings.ballots.models import CommentState
from evalsys.ratings.comments.service import count_comments


def tasks(actor: Actor, now: datetime) -> Iterator[Task]:
    """Yield the task of the comments that await review."""
    if not actor.may(Action.COMMENT_REVIEW):
        return
    count = count_comments(actor, on=local_day(now)).get(CommentState.PENDING, 0)
    if count:
        yield Task(
            title=_("Review comments"),
            detail=_("Sections read a comment only after nobody can be recognised in it."),
            mark=str(ngettext("%(num)s comment", "%(num)s comments", count)),
            endpoint="ratings.comments",
            button=_("Review"),
        )
