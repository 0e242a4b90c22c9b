"""The use case of an export: checked, written, and recorded with its scope, filter and rows."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, NotAllowed, NotHere
from evalsys.core.permissions import Action, Actor
from evalsys.exchange.export_books import BOOKS, SINGLE_BALLOTS, file_name, write_book
from evalsys.exchange.export_request import ExportRequest, check_scope, find_result
from evalsys.jobs.models import Job
from evalsys.jobs.queries import find_live
from evalsys.jobs.service import Progress, handler, start_job

JOB = "exchange.export"
LONG = 20_000  # rows from which an export runs as a job
MANY = 200  # people whom a workbook names before its line is marked (ADR 10)


def may_export(actor: Actor, name: str) -> bool:
    """Say whether somebody may have a workbook: single ballots are for the personnel office."""
    book = BOOKS.get(name)
    if book is None or not actor.may(Action.EXCHANGE_EXPORT):
        return False
    return not book.is_single or actor.role in SINGLE_BALLOTS


def request_export(  # noqa: PLR0913  # Each is one of the things that are asked for.
    actor: Actor, name: str, code: str, filters: Mapping[str, str], *, lang: str, now: datetime
) -> ExportRequest:
    """Return what somebody asks for, if they may have it.

    Raises NotHere out of their scope, NotAllowed, BadPeriod, NoSuchPeriod or StillOpen.
    """
    if name not in BOOKS:
        raise NotHere
    if not may_export(actor, name):
        raise NotAllowed if actor.may(Action.EXCHANGE_EXPORT) else NotHere
    request = ExportRequest(actor, name, find_result(code), dict(filters), lang, now)
    check_scope(request)
    return request


def is_long(request: ExportRequest) -> bool:
    """Say whether the export should run as a job."""
    return BOOKS[request.name].rows(request) > LONG


def start_export(request: ExportRequest) -> Job:
    """Start a job that writes the workbook; the same one twice at a time is one job."""
    params = {
        "name": request.name,
        "period": request.result.period.code,
        "filters": dict(request.filters),
        "lang": request.lang,
    }
    return find_live(request.actor, JOB, params, request.at) or start_job(
        request.actor, JOB, params, now=request.at
    )


def export(request: ExportRequest, path: Path, *, progress: Progress | None = None) -> int:
    """Write the workbook to a file, record it, and return how many rows it has.

    A workbook that names more than `MANY` people is marked on its line. Raises TooManyRows or
    Cancelled; then there is no file.
    """
    persons = BOOKS[request.name].persons(request)
    rows = write_book(request, path, progress or Progress(), persons)
    marks = {"many_persons": True} if persons > MANY else {}
    with unit_of_work(request.actor) as unit:
        unit.record(
            Action.EXCHANGE_EXPORT,
            request.result,
            book=request.name,
            period=request.result.period.code,
            scope=request.scope_words.zh,
            filters=dict(request.filters),
            rows=rows,
            persons=persons,
            **marks,
        )
    return rows


@handler(JOB, N_("Export a workbook"), is_private=True)
def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Write a workbook into the files of the job."""
    request = request_export(
        actor, params["name"], params["period"], params["filters"], lang=params["lang"], now=now
    )
    name = file_name(request)
    rows = export(request, progress.result_path(name), progress=progress)
    return {
        "message": N_("The workbook is written: %(rows)s rows."),
        "params": {"rows": rows},
        "file": name,
    }
