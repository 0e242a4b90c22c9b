"""Who has a number before them: it is shown to one person at a time, so that none is rung twice.

The audit lines tell it. A mark on the contact would join it to its case (docs/adr/0035).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import time_words
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.models import User

HELD = timedelta(minutes=30)


class Look(NamedTuple):
    """Somebody else who was shown a number, and when."""

    name: str
    since: datetime

    @property
    def until(self) -> datetime:
        """The moment from which others are shown the number, at the latest."""
        return self.since + HELD


def looks_of_others(actor: Actor, kind: str, now: datetime) -> dict[str, Look]:
    """Map the keys of what others have a number of to their looks, by the kind in the audit log.

    A look ends when its call is recorded, or after HELD.
    """
    lines = (
        select(AuditEvent, User.display_name)
        .join(User, User.id == AuditEvent.user_id)
        .where(AuditEvent.at > now - HELD, AuditEvent.subject_type == kind)
        .where(AuditEvent.action.in_((Action.CONTACT_REVEAL, Action.CONTACT_CALL)))
        .order_by(AuditEvent.id)
    )
    held = dict[str, Look]()
    for line, name in db.session.execute(lines):
        held.pop(line.subject_id, None)
        if line.action is Action.CONTACT_REVEAL and line.user_id != actor.user_id:
            held[line.subject_id] = Look(name, line.at)
    return held


def refuse_second(actor: Actor, kind: str, key: str, now: datetime) -> None:
    """Raise DomainError if somebody else has a number before them. Lock what it is of before."""
    look = looks_of_others(actor, kind, now).get(key)
    if look is not None:
        raise refusal_of(look)


def refusal_of(look: Look) -> DomainError:
    """Return the refusal that names who has a number before them."""
    return DomainError(
        N_(
            "%(name)s was shown this number at %(since)s and may be on the phone with the rater. "
            "Others are shown it from %(until)s at the latest."
        ),
        name=look.name,
        since=time_words(look.since),
        until=time_words(look.until),
    )
