"""评价单与办件对照: tickets against services handled as a workbook, by day and by issuer.

`services.lists` can read the first sheet back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from evalsys.core.audit import unit_of_work
from evalsys.core.city import say
from evalsys.core.errors import N_, NP_, Text
from evalsys.core.permissions import Action, Actor
from evalsys.exports.approval.rules import is_large
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import CellKind, Column, Frame, Sheet, Value
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.ratings.services.lists import NOT_ENTERED
from evalsys.results.reports.handled.days import HandledFilter
from evalsys.results.reports.handled.page import (
    HandledRow,
    HandledTotals,
    Issuer,
    list_rows,
    read_totals,
    share,
)

TITLE = N_("Tickets against services handled")
BY_ISSUER = NP_("sheet", "By issuer")
COMMAND = NP_("sheet", "the command line")

ONLY = {
    "more": N_("days with more tickets; sums of all"),
    "unknown": N_("days without a number; sums of all"),
}


@dataclass(frozen=True)
class HandledRequest:
    """A request of `actor`, made at `at`, with the filter of the page."""

    actor: Actor
    wanted: HandledFilter
    lang: str
    at: datetime


@dataclass(frozen=True)
class IssuerRow:
    """The tickets that one account issued for a person's services of a day."""

    day: HandledRow
    issuer: Issuer


def export_handled(request: HandledRequest, path: Path) -> int:
    """Write the workbook to a file, record it, and return the number of its rows."""
    rows = list_rows(request.actor, request.wanted)
    totals = read_totals(request.actor, request.wanted)
    people = len({row.staff.id for row in rows})
    issuers = [IssuerRow(row, issuer) for row in rows for issuer in row.issuers]
    sheets: list[Sheet[Any]] = [
        Sheet(TITLE, DAYS, rows, len(rows), frozen=3),
        Sheet(BY_ISSUER, ISSUERS, issuers, len(issuers), frozen=3),
    ]
    written = write_file(
        path, sheets, _frame(request), _facts(request, sheets, totals, people), Progress()
    )
    wanted = request.wanted
    marks: dict[str, Any] = {"many_persons": True} if is_large(people) else {}
    with unit_of_work(request.actor) as unit:
        unit.record(
            Action.HANDLED_EXPORT,
            "handled",
            since=wanted.since.isoformat(),
            until=wanted.until.isoformat(),
            filters={"section": wanted.section, "person": wanted.person, "show": wanted.show},
            rows=written,
            persons=people,
            **marks,
        )
    return written


def file_name(request: HandledRequest) -> str:
    """Return the file name: title, days, day of export."""
    wanted = request.wanted
    span = f"{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}"
    return book_name(say(TITLE, request.lang), span, at=request.at)


def _frame(request: HandledRequest) -> Frame:
    wanted, lang = request.wanted, request.lang
    title = f"{say(TITLE, lang)} {wanted.since} – {wanted.until}"
    place = str(current_app.config["ORGANISATION"])
    return internal_frame(title, place, request.actor.name, at=request.at, lang=lang)


def _facts(
    request: HandledRequest, sheets: list[Sheet[Any]], totals: HandledTotals, people: int
) -> Facts:
    wanted = request.wanted
    yield NP_("sheet", "Days"), f"{wanted.since} – {wanted.until}"
    if wanted.section:
        yield NP_("sheet", "Section code"), wanted.section
    if wanted.person:
        yield NP_("sheet", "Number or name"), wanted.person
    if wanted.show in ONLY:
        yield NP_("sheet", "Only"), ONLY[wanted.show]
    yield (
        N_("Tickets for each service"),
        N_("%(share)s (%(tickets)s tickets, %(services)s services)").filled(
            share=_percent(totals.ratio), tickets=totals.known, services=totals.services
        ),
    )
    yield (
        N_("Without a number"),
        N_(
            "%(unknown)s of %(days)s days of a person, with %(tickets)s tickets: on neither side "
            "of the share"
        ).filled(unknown=totals.unknown, days=totals.rows, tickets=totals.tickets - totals.known),
    )
    most = share(totals.one_hand, totals.tickets)
    yield N_("Issued by one hand"), f"{_percent(most)} ({totals.one_hand})"
    own = share(totals.own, totals.tickets)
    yield N_("Issued for oneself"), f"{_percent(own)} ({totals.own})"
    yield from export_facts(request.actor.name, request.at, sheets, people)


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _issuer_name(issuer: Issuer) -> Value:
    return issuer.name or COMMAND


def _services(row: HandledRow) -> Value:
    return NOT_ENTERED if row.services is None else row.services


def _entered_by(row: HandledRow) -> Value:
    if row.services is None:
        return NONE
    return row.entered_by or COMMAND


def _yes(*, is_so: bool) -> Text:
    return YES if is_so else NO


def _person_columns() -> Iterable[Column[HandledRow]]:
    yield Column(
        N_("Day"),
        lambda row: row.served_on,
        meaning=NP_("sheet", "of the services"),
    )
    yield Column(N_("Staff number"), lambda row: row.staff.number, CellKind.CODE)
    yield Column(N_("Name"), lambda row: row.staff.name)
    yield Column(N_("Organ"), lambda row: row.section.organ.name)
    yield Column(N_("Section"), lambda row: row.section.name)


DAYS: tuple[Column[HandledRow], ...] = (
    *_person_columns(),
    Column(
        N_("Services handled"),
        _services,
        CellKind.WHOLE,
        N_("as the business system counts; unknown is not 0"),
    ),
    Column(
        N_("Tickets"),
        lambda row: row.tickets,
        CellKind.WHOLE,
        N_("issued for recipients; nobody invited"),
    ),
    Column(
        N_("Tickets for each service"),
        lambda row: row.ratio,
        CellKind.PERCENT,
        N_("tickets / services; empty if unknown or 0"),
    ),
    Column(NP_("sheet", "More than services"), lambda row: _yes(is_so=row.is_more)),
    Column(
        NP_("sheet", "By one hand"),
        lambda row: row.one_hand,
        CellKind.WHOLE,
        N_("the most by one person over all accounts"),
    ),
    Column(
        NP_("sheet", "Share of one hand"),
        lambda row: share(row.one_hand, row.tickets),
        CellKind.PERCENT,
    ),
    Column(N_("For oneself"), lambda row: row.own, CellKind.WHOLE),
    Column(
        NP_("sheet", "Share for oneself"),
        lambda row: share(row.own, row.tickets),
        CellKind.PERCENT,
    ),
    Column(
        NP_("sheet", "By own section"),
        lambda row: row.colleagues,
        CellKind.WHOLE,
        N_("who issued belonged to the section on that day"),
    ),
    Column(NP_("sheet", "Number entered by"), _entered_by),
    Column(
        N_("Who entered issued too"),
        lambda row: _yes(is_so=row.is_own_number),
    ),
)

ISSUERS: tuple[Column[IssuerRow], ...] = (
    Column(N_("Day"), lambda row: row.day.served_on),
    Column(N_("Staff number"), lambda row: row.day.staff.number, CellKind.CODE),
    Column(N_("Name"), lambda row: row.day.staff.name),
    Column(N_("Section"), lambda row: row.day.section.name),
    Column(
        N_("Who issued"),
        lambda row: _issuer_name(row.issuer),
        meaning=N_("an account; one person may have several"),
    ),
    Column(N_("Tickets"), lambda row: row.issuer.tickets, CellKind.WHOLE),
    Column(
        NP_("sheet", "Share of the day"),
        lambda row: share(row.issuer.tickets, row.day.tickets),
        CellKind.PERCENT,
    ),
    Column(NP_("sheet", "For oneself"), lambda row: _yes(is_so=row.issuer.is_own)),
    Column(NP_("sheet", "By own section"), lambda row: row.issuer.colleagues, CellKind.WHOLE),
)
