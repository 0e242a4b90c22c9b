"""Start-page tasks of accounts: unused one-time links."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Select, func, select

from evalsys.core.extensions import db
from evalsys.core.frame.tasks import Task
from evalsys.core.pages import day_words, local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import OneTimeLink


def count(_actor: Actor, now: datetime) -> Select[int]:
    """Return the query that counts the unused links."""
    return select(func.count()).where(*_waiting(now))


def tasks(_actor: Actor, now: datetime, number: int) -> Iterator[Task]:
    """Yield a task for the unused links, due when the first expires."""
    ends_at = db.session.execute(select(func.min(OneTimeLink.expires_at)).where(*_waiting(now)))
    day = local_day(ends_at.scalar_one())
    yield Task(
        title=_("Links not used yet"),
        detail=_(
            "Each lets somebody set a password once; the first is void after %(day)s.",
            day=day_words(day),
        ),
        mark=str(ngettext("%(num)s link", "%(num)s links", number)),
        endpoint="accounts.index",
        button=_("View"),
        due_on=day,
    )


def _waiting(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now
