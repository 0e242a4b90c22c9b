"""Reads of the audit log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, func, or_, select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.queries import contains

PAGE = 50  # lines


@dataclass(frozen=True)
class AuditFilter:
    """Which audit lines are asked for; None and "" do not narrow. Days are Shanghai days."""

    since: date | None = None
    until: date | None = None
    action: Action | None = None
    user: str = ""
    subject: str = ""


def list_events(
    wanted: AuditFilter, *, before: int | None = None, limit: int = PAGE
) -> Sequence[tuple[AuditEvent, User | None]]:
    """Return audit lines with who did it, newest first, older than the line `before`."""
    query = _select_events(wanted)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    rows = db.session.execute(query.order_by(AuditEvent.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def each_event(
    wanted: AuditFilter, before: int, chunk: int = 1000
) -> Iterator[tuple[AuditEvent, User | None]]:
    """Yield all matching audit lines older than `before`, newest first, in bounded memory."""
    while rows := list_events(wanted, before=before, limit=chunk):
        before = rows[-1][0].id
        yield from rows
        db.session.expunge_all()


def count_events(wanted: AuditFilter) -> int:
    """Return how many audit lines match."""
    query = _select_events(wanted).with_only_columns(func.count(), maintain_column_froms=True)
    return db.session.scalar(query) or 0


def _select_events(wanted: AuditFilter) -> Select[AuditEvent, User]:
    query = select(AuditEvent, User).outerjoin(User, User.id == AuditEvent.user_id)
    if wanted.since:
        query = query.where(AuditEvent.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(AuditEvent.at < _midnight(wanted.until + timedelta(days=1)))
    if wanted.action:
        query = query.where(AuditEvent.action == wanted.action)
    if wanted.user:
        is_name = contains(User.name, wanted.user)
        query = query.where(is_name | contains(User.display_name, wanted.user))
    if wanted.subject:
        kind, slash, key = wanted.subject.partition("/")
        is_named = (AuditEvent.subject_type == kind) & (AuditEvent.subject_id == key)
        is_alike = or_(AuditEvent.subject_type == kind, contains(AuditEvent.subject_id, kind))
        query = query.where(is_named if slash else is_alike)
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
