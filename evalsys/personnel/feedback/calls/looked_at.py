"""Who is looking at a number: one person at a time, so that no rater is called twice.

It is read from the audit log: a mark on the contact would join it to its case (docs/adr/0035).
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
    """Return key -> the look of somebody else at its number; `kind` is the type of audit subject.

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
    """Raise DomainError if somebody else is looking at a number, whose row is locked."""
    look = looks_of_others(actor, kind, now).get(key)
    if look is not None:
        raise refusal_of(look)


def refusal_of(look: Look) -> DomainError:
    """Return the refusal that names who is looking at a number."""
    return DomainError(
        N_(
            "%(name)s was shown this number at %(since)s and may be on the phone with the rater. "
            "Others are shown it from %(until)s at the latest."
        ),
        name=look.name,
        since=time_words(look.since),
        until=time_words(look.until),
    )
