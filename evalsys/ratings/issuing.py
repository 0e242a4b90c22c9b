"""Use cases of tickets: issue them for service events, or to whoever scans a window's screen."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from sqlalchemy import delete, insert

from evalsys.calendars.queries import working_days
from evalsys.calendars.rules import WorkingDays
from evalsys.core.audit import Unit, silent_unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Actor
from evalsys.periods.models import PeriodState
from evalsys.periods.queries import list_periods
from evalsys.policies.queries import rules_in_force
from evalsys.ratings.codes import SECRET_BYTES, write_code
from evalsys.ratings.issuing_queries import Spell, spells_between
from evalsys.ratings.models import Channel, RaterGroup, ScreenSlot, Ticket, TicketStaff
from evalsys.ratings.rules import StaleSlot, slot_hash, ticket_hash
from evalsys.ratings.service import DIALECTS, changed, table_of

MOST_SERVED = 10  # people on one ticket
UNKNOWN_NUMBER = N_("There is no staff member with this number")
SERVICE_TYPE_LENGTH = 80  # characters
KEPT = timedelta(days=1)  # A scanned slot is kept over midnight.


class EventProblem(NamedTuple):
    """Why an event gets no ticket: its row in the list, the field, the sentence (a msgid)."""

    row: int
    field: str
    value: str
    message: str
    params: Mapping[str, Any] = MappingProxyType({})


class EventsRefused(DomainError):
    """Some events cannot get a ticket, so that none did."""

    message = N_("%(problems)s places in the list need attention. No ticket was issued.")
    status = 422

    def __init__(self, problems: Sequence[EventProblem]) -> None:
        super().__init__(problems=len(problems))
        self.problems = problems


@dataclass(frozen=True)
class ServiceEvent:
    """A service that may be rated: when, by whom (staff numbers), of what kind.

    `row` is its row in the list it came from, as the person sees it in Excel.
    """

    served_on: date
    numbers: tuple[str, ...]
    service_type: str | None = None
    channel: Channel = Channel.SLIP
    rater_group: RaterGroup = RaterGroup.RECIPIENT
    row: int = 1


@dataclass(frozen=True)
class IssuedTicket:
    """A new ticket. Its code exists here and on what is printed from it, and nowhere else."""

    code: str
    valid_until: date
    event: ServiceEvent


def issue_tickets(unit: Unit, events: Sequence[ServiceEvent], *, on: date) -> list[IssuedTicket]:
    """Issue a ticket for each event and return the codes, which are never stored (a step).

    Raises EventsRefused with every problem of every event; then nothing is issued.
    """
    issued = _issue(unit.actor, events, on)
    first = min((event.served_on.isoformat() for event in events), default="")
    unit.record(Action.TICKET_ISSUE, "tickets", count=len(issued), first_day=first)
    return issued


def find_problems(actor: Actor, events: Sequence[ServiceEvent], *, on: date) -> list[EventProblem]:
    """Return everything that keeps the actor from issuing tickets for the events."""
    return _problems_of(events, _spells(actor, events), Window(on))


def _issue(actor: Actor, events: Sequence[ServiceEvent], on: date) -> list[IssuedTicket]:
    window, spells = Window(on), _spells(actor, events)
    problems = _problems_of(events, spells, window)
    if problems:
        raise EventsRefused(problems)
    issued, tickets, people = [], [], []
    for event in events:
        secret = secrets.token_bytes(SECRET_BYTES)
        until = window.until(event.served_on)
        ticket = {"ticket_hash": ticket_hash(secret), "served_on": event.served_on}
        kind = {"service_type": event.service_type, "channel": event.channel}
        group = {"rater_group": event.rater_group, "valid_until": until}
        tickets.append({**ticket, **kind, **group})
        for number in dict.fromkeys(event.numbers):
            spell = next(s for s in spells[number] if s.covers(event.served_on))
            served = {"staff_id": spell.staff_id, "section_id": spell.section_id}
            people.append({"ticket_hash": ticket["ticket_hash"], **served})
        issued.append(IssuedTicket(write_code(secret), until, event))
    if tickets:
        # In the order of the hashes, so that the place of a row does not tell who came first.
        db.session.execute(insert(table_of(Ticket)), sorted(tickets, key=_by_hash))
        db.session.execute(insert(table_of(TicketStaff)), sorted(people, key=_by_hash))
    return issued


class Window:
    """How long the service of a day may be rated, as seen from one day."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.working_days: WorkingDays = working_days()
        self.length = rules_in_force().window_wd
        self.sealed = list_periods(PeriodState.CLOSED, PeriodState.PUBLISHED)

    def until(self, served_on: date) -> date:
        """Return the last day on which the service may be rated."""
        return self.working_days.add(served_on, self.length)

    def objection(self, served_on: date) -> str | None:
        """Return why no ticket can be issued for a day any more, or yet; None if it can."""
        if served_on > self.on:
            return N_("This day is in the future")
        if any(period.starts_on <= served_on <= period.ends_on for period in self.sealed):
            return N_("The period of this day is closed")
        if self.until(served_on) < self.on:
            return N_("The time to rate a service of this day is over")
        return None


def _spells(actor: Actor, events: Sequence[ServiceEvent]) -> dict[str, list[Spell]]:
    if not events:
        return {}
    days = [event.served_on for event in events]
    numbers = {number for event in events for number in event.numbers}
    return spells_between(actor, numbers, min(days), max(days))


def _problems_of(
    events: Sequence[ServiceEvent], spells: Mapping[str, Sequence[Spell]], window: Window
) -> list[EventProblem]:
    return [problem for event in events for problem in _problems(event, spells, window)]


def _problems(
    event: ServiceEvent, spells: Mapping[str, Sequence[Spell]], window: Window
) -> Iterable[EventProblem]:
    day = event.served_on
    objection = window.objection(day)
    if objection:
        yield EventProblem(event.row, "served_on", day.isoformat(), objection)
    if not event.numbers:
        yield EventProblem(event.row, "staff", "", N_("Nobody is named who served"))
    if len(set(event.numbers)) > MOST_SERVED:
        yield EventProblem(event.row, "staff", str(len(event.numbers)), N_("Too many people"))
    if len(event.service_type or "") > SERVICE_TYPE_LENGTH:
        text = N_("Longer than 80 characters")
        yield EventProblem(event.row, "service_type", (event.service_type or "")[:20], text)
    for number in dict.fromkeys(event.numbers):
        if number not in spells:
            yield EventProblem(event.row, "staff", number[:40], UNKNOWN_NUMBER)
        elif not any(spell.covers(day) for spell in spells[number]):
            text = N_("Was in no section that day for which you may issue tickets")
            yield EventProblem(event.row, "staff", number, text)


def issue_from_screen(token: str, number: str, *, on: date) -> IssuedTicket:
    """Issue the one ticket of a minute of a rotating screen.

    It leaves no audit line: the line would tell the minute in which somebody scanned. Raises
    StaleSlot if somebody was faster, or the person is not on duty here any more.
    """
    event = ServiceEvent(on, (number,), channel=Channel.SCREEN)
    slot = {"slot_hash": slot_hash(token), "used_on": on}
    take = DIALECTS[db.engine.dialect.name](table_of(ScreenSlot)).on_conflict_do_nothing()
    with silent_unit():
        db.session.execute(delete(ScreenSlot).where(ScreenSlot.used_on < on - KEPT))
        if not changed(take, slot):
            raise StaleSlot
        try:
            return _issue(SYSTEM, [event], on)[0]
        except EventsRefused:
            raise StaleSlot from None


def _by_hash(row: Mapping[str, Any]) -> bytes:
    return cast(bytes, row["ticket_hash"])
