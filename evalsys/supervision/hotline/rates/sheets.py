"""12345月报: the tickets received in a span, the league table with a chart, what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from evalsys.cases.engine.models import Subject
from evalsys.core.errors import N_, NP_
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.words import stage_words
from evalsys.supervision.hotline.callbacks.models import HotlineExclusion
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.rates.queries import (
    count_by_organ,
    count_of_city,
    list_excluded,
    list_received,
    weights_now,
)
from evalsys.supervision.hotline.rates.rules import LeagueRow, among, league
from evalsys.supervision.hotline.rules import SATISFACTIONS
from evalsys.supervision.hotline.words import CLOSED, OPEN

MONTH, LEAGUE = NP_("sheet", "Hotline month"), NP_("sheet", "Hotline rates")
LEFT_OUT = NP_("sheet", "Left out of the rates")
TEXT = 48  # characters of a wide column
YES, NO = NP_("sheet", "yes"), NP_("sheet", "no")


@dataclass(frozen=True)
class TicketLine:
    """A ticket of the register. It names nobody, and its matter has a register of its own."""

    ticket: HotlineTicket

    @property
    def case(self) -> Subject | None:
        """No case: the register is one of tickets."""
        return None


def month_sheet(request: CaseRequest) -> Sheet[TicketLine]:
    """Return the sheet of the tickets received in the span."""
    found = list_received(*_asked(request))
    rows = [TicketLine(ticket) for ticket in found]
    return Sheet(MONTH, COLUMNS, rows, len(rows), frozen=1, printed=10)


def sums_sheets(request: CaseRequest) -> Sequence[Sheet[Any]]:
    """Return the rates by organ, with a chart, and what was left out of them."""
    from evalsys.foundation.spreadsheets.charts import draw_shares

    shown = count_by_organ(*_asked(request))
    of_section = bool(request.filters.get("section"))
    counts = shown if of_section else count_of_city(request.since, request.until)
    rows = among(league(counts, *weights_now()), shown)
    draw = draw_shares(NP_("sheet", "Overall rate"), value=3, columns=len(SUMS)) if rows else None
    excluded = list_excluded(*_asked(request))
    return [
        Sheet(LEAGUE, SUMS, rows, len(rows), 1, draw=draw),
        Sheet(LEFT_OUT, EXCLUDED, excluded, len(excluded), 1),
    ]


def _asked(request: CaseRequest) -> tuple[Actor, date, date, str, str]:
    """Return whose tickets of which days; those of a section are the ones that it handles."""
    place = (request.filters.get("organ", ""), request.filters.get("section", ""))
    return request.actor, request.since, request.until, *place


def _number(value: Fraction | None) -> Value:
    return None if value is None else float(value)


def _answer(*, is_yes: bool | None) -> Value:
    return NONE if is_yes is None else YES if is_yes else NO


COLUMNS: tuple[Column[TicketLine], ...] = (
    Column(
        N_("Ticket number"),
        lambda row: row.ticket.number,
        CellKind.CODE,
        N_("the number at the hotline"),
    ),
    Column(N_("Received on"), lambda row: row.ticket.received_on, meaning=N_("by the hotline")),
    Column(N_("Organ"), lambda row: row.ticket.organ.name, meaning=N_("that is competent")),
    Column(
        N_("Category"),
        lambda row: row.ticket.category or NONE,
        meaning=N_("in the words of the hotline"),
    ),
    Column(
        N_("Title"),
        lambda row: row.ticket.title,
        meaning=N_("in the words of the hotline"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("hotline", "State at the hotline"),
        lambda row: OPEN if row.ticket.is_open else CLOSED,
        meaning=N_("open or closed, as it was told last"),
    ),
    Column(
        NP_("sheet", "Matter number"),
        lambda row: row.ticket.matter.number if row.ticket.matter else NONE,
        CellKind.CODE,
        N_("the number of the year among matters"),
    ),
    Column(
        N_("Stage"),
        lambda row: stage_words(row.ticket.matter) if row.ticket.matter else NONE,
        meaning=N_("where the matter stands"),
    ),
    Column(N_("Called back on"), lambda row: row.ticket.called_on, meaning=N_("last")),
    Column(
        N_("Caller reached"),
        lambda row: _answer(is_yes=row.ticket.is_reached),
        meaning=N_("in that call"),
    ),
    Column(
        N_("Contacted within the limit"),
        lambda row: _answer(is_yes=row.ticket.in_limit),
        meaning=N_("by the organ, as the caller says"),
    ),
    Column(
        N_("Problem solved"),
        lambda row: _answer(is_yes=row.ticket.is_solved),
        meaning=N_("as the caller says"),
    ),
    Column(
        N_("Satisfaction of the caller"),
        lambda row: SATISFACTIONS[row.ticket.satisfaction] if row.ticket.satisfaction else NONE,
        meaning=N_("as the caller says"),
    ),
)
SUMS: tuple[Column[LeagueRow], ...] = (
    Column(N_("Organ"), lambda row: row.counts.organ, meaning=N_("that is competent")),
    Column(
        N_("Rank"),
        lambda row: NONE if row.place is None else row.place,
        CellKind.WHOLE,
        N_("by the overall rate; — with too few callers, or without one of the rates"),
    ),
    Column(
        NP_("sheet", "Overall rate"),
        lambda row: _number(row.overall),
        CellKind.PERCENT,
        N_("the three rates, weighed as the policy says today"),
    ),
    Column(
        N_("Response rate"),
        lambda row: _number(row.counts.response),
        CellKind.PERCENT,
        N_("contacted within the limit / reached and asked"),
    ),
    Column(
        N_("Solution rate"),
        lambda row: _number(row.counts.solution),
        CellKind.PERCENT,
        N_("solved / (solved + not solved)"),
    ),
    Column(
        N_("Satisfaction rate"),
        lambda row: _number(row.counts.satisfaction),
        CellKind.PERCENT,
        N_("very, plainly and basically satisfied / all who rated"),
    ),
    Column(
        N_("Tickets counted"),
        lambda row: row.counts.tickets,
        CellKind.WHOLE,
        N_("received in the span, without those left out"),
    ),
    Column(N_("Callers reached"), lambda row: row.counts.reached, CellKind.WHOLE, N_("of them")),
    Column(
        N_("Left out"),
        lambda row: row.counts.excluded,
        CellKind.WHOLE,
        N_("tickets that count in no rate"),
    ),
)
EXCLUDED: tuple[Column[HotlineExclusion], ...] = (
    Column(
        N_("Ticket number"),
        lambda row: row.ticket.number,
        CellKind.CODE,
        N_("the number at the hotline"),
    ),
    Column(N_("Organ"), lambda row: row.ticket.organ.name, meaning=N_("that is competent")),
    Column(
        N_("Reason"),
        lambda row: row.reason,
        meaning=N_("why it counts in no rate"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(N_("By"), lambda row: row.user.display_name, meaning=N_("who left it out")),
    Column(N_("Day"), lambda row: local_day(row.at), meaning=N_("on which it was left out")),
)

REGISTER = Register(
    "hotline",
    MONTH,
    N_("Hotline tickets received in these days, and the rates of organs by what callers say"),
    month_sheet,
    readers=frozenset({Role.SUPERVISOR, Role.SYSTEM}),
    more=sums_sheets,
)
