"""Export of the registers of cases: permission, file, audit line, notice to those named."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Looked, Subject
from evalsys.cases.engine.service import note_looks, page_of
from evalsys.core.audit import unit_of_work
from evalsys.core.city import say
from evalsys.core.errors import N_, NP_, NotAllowed, NotFound
from evalsys.core.permissions import Action, Actor, Role
from evalsys.exports.approval.rules import refuse_many_cases
from evalsys.exports.taken import cases_taken_before, note_cases_taken
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import Frame, Sheet
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.personnel.sheets.registers import Register, all_registers
from evalsys.personnel.sheets.request import CaseRequest

OF_DAYS = NP_("a workbook and its days", "%(title)s, %(days)s")


def registers_for(actor: Actor) -> Mapping[str, Register]:
    """Return the registers that an actor may export, by name."""
    if not actor.may(Action.REGISTER_EXPORT):
        return {}
    return {name: book for name, book in all_registers().items() if actor.role in book.readers}


def request_register(  # noqa: PLR0913  # Each is one of the things that are asked for.
    actor: Actor,
    name: str,
    span: tuple[date, date],
    filters: Mapping[str, str],
    *,
    lang: str,
    now: datetime,
) -> CaseRequest:
    """Return the request for a register. Raises NotFound or NotAllowed."""
    if name not in all_registers():
        raise NotFound
    if name not in registers_for(actor):
        raise NotAllowed if actor.may(Action.REGISTER_EXPORT) else NotFound
    return CaseRequest(actor, name, *span, dict(filters), lang, now)


def export_register(request: CaseRequest, path: Path) -> int:
    """Write a register to a file, record it, and return the number of its rows.

    Everybody in it who knows of their case is notified. One person may export the cases of at most
    MANY people a year, over all their accounts. Raises DomainError above that.
    """
    register = all_registers()[request.name]
    sheet = register.sheet(request)
    sheets = [sheet, *register.more(request)]
    cases: list[Subject] = [row.case for row in sheet.rows if row.case is not None]
    people = {case.staff.id for case in cases if case.concerned is not None}
    persons, is_limited = len(people), request.actor.role is not Role.SYSTEM
    if is_limited:  # Checked again below under a lock.
        before = cases_taken_before(request.actor, request.on.year)
        refuse_many_cases(persons, len(people | before))
    facts = _facts(request, sheets, persons)
    rows = write_file(path, sheets, _frame(request), facts, Progress())
    notified = [
        case.staff.id
        for case in cases
        if case.concerned is not None and case.state not in kind_of(case).unseen
    ]
    span = (request.since.isoformat(), request.until.isoformat())
    with unit_of_work(request.actor) as unit:
        if is_limited:
            note_cases_taken(request.actor, request.on.year, people)
        page = page_of(Looked.REGISTER, request.name)
        note_looks(unit, ((staff_id, page) for staff_id in notified), now=request.at)
        unit.record(
            Action.REGISTER_EXPORT,
            request.name,
            book=request.name,
            since=span[0],
            until=span[1],
            scope=say(request.scope_words, "zh"),
            filters=dict(request.filters),
            rows=rows,
            persons=persons,
        )
    return rows


def file_name(request: CaseRequest) -> str:
    """Return the file name: title, days, place, day of export."""
    title = say(all_registers()[request.name].title, request.lang)
    span = f"{request.since:%Y%m%d}-{request.until:%Y%m%d}"
    return book_name(title, span, request.place, at=request.at)


def _frame(request: CaseRequest) -> Frame:
    title = OF_DAYS.filled(title=all_registers()[request.name].title, days=request.span_words)
    who, lang = request.actor.name, request.lang
    return internal_frame(title, request.place, who, at=request.at, lang=lang)


def _facts(request: CaseRequest, sheets: Sequence[Sheet[Any]], persons: int) -> Facts:
    yield NP_("sheet", "Days"), request.span_words
    yield N_("Scope"), request.scope_words
    yield N_("Filter"), request.filter_words
    yield from export_facts(request.actor.name, request.at, sheets, persons)
