"""Use cases of large exports: request, approve or refuse, download."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import DomainError, NotAllowed, NotFound
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.exports.approval.queries import (
    find_same,
    get_own,
    get_request,
    is_same,
    may_decide,
    select_scope,
    state_of,
)
from evalsys.exports.approval.rules import HOLDS, NOT_AS_AGREED, WAITS, ExportState, check_step
from evalsys.exports.models import LargeExport, LargeExportSection
from evalsys.exports.service import count_persons, job_key, request_export
from evalsys.foundation.accounts.second_person import check_second_person
from evalsys.foundation.jobs.handlers import files_folder
from evalsys.foundation.jobs.models import scope_of
from evalsys.foundation.jobs.queries import find_by_key
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.rows import add_rows
from evalsys.results.reports.sheets.request import ExportRequest


def ask(request: ExportRequest, persons: int, purpose: str) -> LargeExport:
    """Store a request until a second person decides; return an existing one for the same workbook.

    Raises NotAllowed.
    """
    actor, on = request.actor, local_day(request.at)
    if not actor.may(Action.EXPORT_ASK) or actor.user_id is None:
        raise NotAllowed
    with unit_of_work(actor) as unit:
        if same := find_same(request, persons, on):
            unit.record(Action.EXPORT_ASK, same, **_facts(same), again=True)
            return same
        row = LargeExport(
            asker_id=actor.user_id,
            scope=scope_of(actor),
            book=request.name,
            result=request.result,
            filters=dict(request.filters),
            lang=request.lang,
            persons=persons,
            purpose=purpose,
            state=ExportState.WAITING,
            asked_at=request.at,
            valid_until=on + timedelta(days=WAITS),
        )
        db.session.add(row)
        db.session.flush()
        sections = db.session.scalars(select_scope(request)).all()
        seen = [{"export_id": row.id, "section_id": section_id} for section_id in sections]
        add_rows(LargeExportSection, seen)
        unit.record(Action.EXPORT_ASK, row, **_facts(row), purpose=purpose)
    return row


def agree(actor: Actor, export_id: int, *, now: datetime) -> LargeExport:
    """Approve a request as a second person. Raises NotFound or DomainError."""
    if find_still(get_request(actor, export_id), now=now) is None:
        raise DomainError(NOT_AS_AGREED)
    with unit_of_work(actor) as unit:
        row = _decide(unit, export_id, ExportState.AGREED, now=now)
        row.valid_until = local_day(now) + timedelta(days=HOLDS)
        until = row.valid_until.isoformat()
        unit.record(Action.EXPORT_DECIDE, row, **_facts(row), agreed=True, until=until)
    return row


def refuse(actor: Actor, export_id: int, reason: str, *, now: datetime) -> LargeExport:
    """Refuse a request as a second person, with a reason. Raises NotFound or DomainError."""
    with unit_of_work(actor) as unit:
        row = _decide(unit, export_id, ExportState.REFUSED, now=now)
        row.refusal = reason
        unit.record(Action.EXPORT_DECIDE, row, **_facts(row), agreed=False, reason=reason)
    return row


def find_still(row: LargeExport, *, now: datetime) -> ExportRequest | None:
    """Return the export of a request, or None if it would now be a different workbook.

    The results may have been corrected, or the requester's scope may have changed.
    """
    code, asker = row.result.period.code, row.asker.actor
    try:
        request = request_export(asker, row.book, code, row.filters, lang=row.lang, now=now)
    except DomainError:
        return None
    return request if is_same(row, request, count_persons(request)) else None


def take(actor: Actor, export_id: int, *, now: datetime) -> tuple[LargeExport, ExportRequest]:
    """Return the actor's approved request and its export.

    Raises NotFound, or DomainError if it is not approved, has expired, or would now be a different
    workbook.
    """
    row = get_own(actor, export_id)
    check_step(state_of(row, local_day(now)), ExportState.TAKEN)
    request = find_still(row, now=now)
    if request is None:
        raise DomainError(NOT_AS_AGREED)
    return row, request


def find_file(row: LargeExport) -> tuple[Path, str] | None:
    """Return path and name of the file that the job of a request wrote, None if there is none."""
    job = find_by_key(job_key(row))
    if job is None or job.state is not JobState.DONE or job.result is None:
        return None
    name = str(job.result["made"])
    path = files_folder() / f"{job.id}-{name}"
    return (path, name) if path.is_file() else None


def fetch(actor: Actor, row: LargeExport) -> None:
    """Record a download of the job's file in the audit log."""
    with unit_of_work(actor) as unit:
        unit.record(Action.EXCHANGE_EXPORT, row, **_facts(row), fetched=True)


def _decide(unit: Unit, export_id: int, step: ExportState, *, now: datetime) -> LargeExport:
    """Lock a request and store the decision."""
    row = get_request(unit.actor, export_id)
    lock_row(row)
    check_second_person(unit.actor, row.asker_id)
    if not may_decide(unit.actor, row):
        raise NotFound
    check_step(state_of(row, local_day(now)), step)
    row.state, row.decided_by, row.decided_at = step, unit.actor.user_id, now
    return row


def _facts(row: LargeExport) -> dict[str, Any]:
    """Return the details of every audit line of a request."""
    return {
        "request": row.id,
        "book": row.book,
        "period": row.result.period.code,
        "filters": row.filters,
        "persons": row.persons,
    }
