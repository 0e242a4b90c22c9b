"""Queries of the audit log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.queries import contains

PAGE = 50  # lines
CHUNK = 2_000  # lines read at a time for a file


@dataclass(frozen=True)
class AuditFilter:
    """The filter of audit lines; None and "" match all. Days are Shanghai days."""

    since: date | None = None
    until: date | None = None
    action: Action | None = None
    user: str = ""
    subject: str = ""


class AuditLine(NamedTuple):
    """An audit line of a file; a plain tuple, since there may be a million."""

    id: int
    at: datetime
    user: str | None
    user_name: str | None
    role: Role
    action: Action
    subject_type: str
    subject_id: str
    details: dict[str, Any]


def list_events(
    wanted: AuditFilter, *, before: int | None = None, limit: int = PAGE
) -> Sequence[tuple[AuditEvent, User | None]]:
    """Return audit lines with their users, newest first, with ids below `before`."""
    query = _select_events(wanted)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    rows = db.session.execute(query.order_by(AuditEvent.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def each_chunk(wanted: AuditFilter, before: int) -> Iterator[list[AuditLine]]:
    """Yield the matching audit lines with ids below `before`, newest first, in chunks.

    Each chunk has its own transaction, so that a slow download keeps none open.
    """
    columns = (
        *(AuditEvent.id, AuditEvent.at, User.name, User.display_name, AuditEvent.role),
        *(AuditEvent.action, AuditEvent.subject_type, AuditEvent.subject_id, AuditEvent.details),
    )
    query = _select_events(wanted).with_only_columns(*columns, maintain_column_froms=True)
    query = query.order_by(AuditEvent.id.desc()).limit(CHUNK)
    while rows := db.session.execute(query.where(AuditEvent.id < before)).all():
        db.session.rollback()
        before = rows[-1].id
        yield [AuditLine._make(row) for row in rows]


def count_events(wanted: AuditFilter) -> int:
    """Return the number of matching audit lines."""
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
