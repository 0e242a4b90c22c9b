"""Use cases of exports: permission, file, and an audit line with scope, filter and rows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from evalsys.core.audit import unit_of_work
from evalsys.core.city import say
from evalsys.core.errors import N_, DomainError, NotAllowed, NotFound
from evalsys.core.extensions import lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor, Role
from evalsys.exports.approval.queries import get_own, is_same, state_of
from evalsys.exports.approval.rules import (
    NOT_AS_AGREED,
    ExportState,
    check_step,
    is_large,
    refuse_many,
)
from evalsys.exports.books import file_name, write_book
from evalsys.exports.models import LargeExport
from evalsys.exports.taken import note_taken, taken_before
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.service import Progress, start_job, start_once
from evalsys.results.reports.sheets.registry import all_books
from evalsys.results.reports.sheets.request import ExportRequest, check_scope, find_result

JOB = "exchange.export"
LONG = 20_000  # rows above which an export runs as a job


def may_export(actor: Actor, name: str) -> bool:
    """Return whether an actor may export a workbook."""
    book = all_books().get(name)
    return book is not None and actor.may(Action.EXCHANGE_EXPORT) and book.is_open_to(actor)


def request_export(  # noqa: PLR0913  # Each is one of the things that are asked for.
    actor: Actor, name: str, code: str, filters: Mapping[str, str], *, lang: str, now: datetime
) -> ExportRequest:
    """Return the request for a workbook.

    Raises NotFound out of scope, NotAllowed, BadPeriod, or DomainError if the period is not closed.
    """
    if name not in all_books():
        raise NotFound
    if not may_export(actor, name):
        raise NotAllowed if actor.may(Action.EXCHANGE_EXPORT) else NotFound
    request = ExportRequest(actor, name, find_result(code), dict(filters), lang, now)
    check_scope(request)
    return request


def is_long(request: ExportRequest) -> bool:
    """Return whether the export should run as a job."""
    return count_rows(request) > LONG


def count_rows(request: ExportRequest) -> int:
    """Return the approximate number of rows of the workbook."""
    return all_books()[request.name].rows(request)


def count_persons(request: ExportRequest) -> int:
    """Return the number of people in the workbook."""
    return len(people_of(request))


def people_of(request: ExportRequest) -> set[int]:
    """Return the ids of the people in the workbook."""
    return all_books()[request.name].people(request)


def count_taken(request: ExportRequest, people: set[int]) -> int:
    """Return how many people of the period the actor would have exported, including `people`."""
    return len(people | taken_before(request.actor, request.result.period_id))


def start_export(request: ExportRequest, agreed: LargeExport | None = None) -> Job:
    """Start a job that writes the workbook, or return the live one for the same workbook.

    An approved workbook is written by one job only; later downloads get the same file.
    """
    params: dict[str, Any] = {
        "name": request.name,
        "period": request.result.period.code,
        "filters": dict(request.filters),
        "lang": request.lang,
    }
    actor, now = request.actor, request.at
    if agreed is not None:
        params["agreed"] = agreed.id
        return start_job(actor, JOB, params, now=now, unique_key=job_key(agreed))
    return start_once(actor, JOB, params, now=now)


def job_key(agreed: LargeExport) -> str:
    """Return the unique key of the job of an approved request."""
    return f"large-export-{agreed.id}"


def export(
    request: ExportRequest,
    path: Path,
    *,
    progress: Progress | None = None,
    agreed: LargeExport | None = None,
    at_last: Callable[[int], None] | None = None,
) -> int:
    """Write the workbook to a file, record it, and return the number of its rows.

    `at_last` takes that number in the transaction of the audit line. Above MANY people, together
    with the person's earlier exports of the period, it needs the approved request `agreed`, which
    becomes TAKEN. Raises DomainError or Cancelled.
    """
    people = people_of(request)
    persons = len(people)
    check_agreed(request, people, agreed)
    rows = write_book(request, path, progress or Progress(), persons)
    marks: dict[str, Any] = {"many_persons": True} if is_large(persons) else {}
    with unit_of_work(request.actor) as unit:
        if agreed is not None:
            _take(agreed, request.at)
            marks["request"] = agreed.id
        elif request.actor.role is not Role.SYSTEM:
            note_taken(request.actor, request.result.period_id, people)
        unit.record(
            Action.EXCHANGE_EXPORT,
            request.result,
            book=request.name,
            period=request.result.period.code,
            scope=say(request.scope_words, "zh"),
            filters=dict(request.filters),
            rows=rows,
            persons=persons,
            **marks,
        )
        if at_last is not None:
            at_last(rows)
    return rows


def _take(agreed: LargeExport, now: datetime) -> None:
    """Mark an approved request as taken."""
    lock_row(agreed)
    check_step(state_of(agreed, local_day(now)), ExportState.TAKEN)
    agreed.state, agreed.taken_at = ExportState.TAKEN, agreed.taken_at or now


def check_agreed(request: ExportRequest, people: set[int], agreed: LargeExport | None) -> None:
    """Raise DomainError if a large workbook is not exactly an approved one.

    The system is exempt: a user of the terminal can read the database anyway.
    """
    if agreed is not None:
        if not is_same(agreed, request, len(people)):
            raise DomainError(NOT_AS_AGREED)
        check_step(state_of(agreed, local_day(request.at)), ExportState.TAKEN)
    elif request.actor.role is not Role.SYSTEM:
        refuse_many(count_taken(request, people))


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Write a workbook as a job; an approved one is downloaded from the page of its request.

    The job ends with its audit line: killed at any point it leaves both or none.
    """
    request = request_export(
        actor, params["name"], params["period"], params["filters"], lang=params["lang"], now=now
    )
    agreed = get_own(actor, params["agreed"]) if "agreed" in params else None
    name = file_name(request)

    def result(rows: int) -> dict[str, Any]:
        words = {"message": N_("The workbook is written: %(rows)s rows."), "params": {"rows": rows}}
        if agreed is not None:
            return {**words, "made": name, "url": f"/exports/{agreed.id}"}
        return {**words, "file": name}

    rows = export(
        request,
        progress.result_path(name),
        progress=progress,
        agreed=agreed,
        at_last=lambda rows: progress.settle(result(rows), now),
    )
    return result(rows)
