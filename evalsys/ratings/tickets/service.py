"""Issuing tickets: for service events, or to the phone that scans a window's screen."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import delete

from evalsys.core.audit import Unit, lock_until_commit, unaudited_unit
from evalsys.core.errors import NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor, Role
from evalsys.foundation.rows import add_new_rows, add_rows
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.organisation.periods.queries import base_period_of
from evalsys.ratings.ballots.models import Channel, RaterGroup, Ticket, TicketStaff
from evalsys.ratings.ballots.rules import StaleSlot, ticket_hash
from evalsys.ratings.counting.tallies import add_issuing
from evalsys.ratings.tickets.ceilings.service import counts_of, issuer_of, own_sections
from evalsys.ratings.tickets.checks import Check, EventsRefused, ServiceEvent, Window
from evalsys.ratings.tickets.models import Invitation, ScreenTurn, UsedEvent
from evalsys.ratings.tickets.queries import Colleague, Spell, find_at_window, may_issue_at_all
from evalsys.ratings.tickets.rules.codes import SECRET_BYTES, write_code
from evalsys.ratings.tickets.rules.events import addressee_key, kept_until, read_event_no

ISSUING_LOCK = 0x7469_636B_6574  # An arbitrary number, used by no other lock.
EVENTS_IN_LINE = 100  # events in one audit entry


@dataclass(frozen=True)
class IssuedTicket:
    """A new ticket. Its code is stored nowhere; it exists here and in print only."""

    code: str
    valid_until: date
    event: ServiceEvent


def issue_tickets(unit: Unit, events: Sequence[ServiceEvent], *, on: date) -> list[IssuedTicket]:
    """Issue a ticket for each event and return the codes, which are not stored.

    Raises EventsRefused with every problem of every event; then nothing is issued.
    """
    check = _claim(unit, events, on)
    drawn = [(secrets.token_bytes(SECRET_BYTES), event) for event in events]
    _store(
        (secret, event, check.window.until(event.served_on), check.served(event).values())
        for secret, event in drawn
    )
    return [
        IssuedTicket(write_code(secret), check.window.until(event.served_on), event)
        for secret, event in drawn
    ]


def put_on_screen(
    unit: Unit, person: Colleague, numbers: Sequence[str], service_type: str | None, *, on: date
) -> None:
    """Queue events of today on a person's screen, each for one ticket.

    The first number is shown first, before all that are queued already. Raises EventsRefused.
    """
    events = [
        ServiceEvent(on, (person.number,), service_type, Channel.SCREEN, event_no=number)
        for number in numbers
    ]
    _claim(unit, events, on)
    db.session.execute(delete(ScreenTurn).where(ScreenTurn.served_on < on))
    turn = {"staff_id": person.staff_id, "service_type": service_type, "served_on": on}
    rows = [{**turn, "event_no": read_event_no(number)} for number in reversed(numbers)]
    add_rows(ScreenTurn, rows)


def find_problems(actor: Actor, events: Sequence[ServiceEvent], *, on: date) -> list[CellProblem]:
    """Return all problems that keep the actor from issuing the tickets."""
    return Check(actor, events, on).problems()


def _claim(unit: Unit, events: Sequence[ServiceEvent], on: date) -> Check:
    """Check the events, mark them as used and record it."""
    actor = unit.actor
    if actor.role is Role.STAFF and not may_issue_at_all(actor):
        raise NotAllowed
    lock_until_commit(ISSUING_LOCK)
    check = Check(actor, events, on)
    problems = check.problems()
    if problems:
        raise EventsRefused(problems)
    used = [
        {"event_hash": key, "kept_until": _kept(event, check.window)}
        for event in events
        for key in check.claims(event)
    ]
    db.session.execute(delete(UsedEvent).where(UsedEvent.kept_until < on))
    invited = [row for event in events for row in _invitations(event, check.served(event))]
    add_new_rows(UsedEvent, used)  # That digits are in so many groups may be known.
    add_rows(Invitation, invited)
    _count(check)
    _record(unit, events)
    return check


def _count(check: Check) -> None:
    """Count the tickets of the issuer, for the ceiling and for supervision."""
    days = [event.served_on for event in check.events]
    if not days:
        return
    own = own_sections(check.actor, min(days), max(days))
    asked = [
        (event.served_on, spell.staff_id, spell.section_id, event.is_invitation)
        for event in check.events
        for spell in check.served(event).values()
    ]
    add_issuing(counts_of(issuer_of(check.actor), own, asked))


def _kept(event: ServiceEvent, window: Window) -> date:
    number = read_event_no(event.event_no or "") or ""
    return kept_until(number, event.served_on, window.until(event.served_on))


def _invitations(event: ServiceEvent, served: Mapping[str, Spell]) -> Iterator[dict[str, Any]]:
    for spell in served.values():
        if event.is_invitation and event.addressee:
            yield {
                "staff_id": spell.staff_id,
                "rater_group": event.rater_group,
                "addressee_key": addressee_key(event.addressee),
                "base_period": base_period_of(event.served_on),
                "addressee": event.addressee,
            }


def _record(unit: Unit, events: Sequence[ServiceEvent]) -> None:
    """Record persons, group, day and events; never a code."""
    ways = (Action.TICKET_ISSUE, Action.TICKET_HOTLINE, Action.TICKET_COLLEAGUE)
    issues = next((one for one in ways if unit.actor.may(one)), Action.TICKET_ISSUE)
    lines: dict[tuple[str, RaterGroup, date, Channel], list[str]] = {}
    for event in events:
        who = " ".join(dict.fromkeys(event.numbers))
        named = event.addressee or read_event_no(event.event_no or "") or ""
        key = (who, event.rater_group, event.served_on, event.channel)
        lines.setdefault(key, []).append(named)
    for (who, group, day, channel), names in sorted(lines.items()):
        action = issues if group is RaterGroup.RECIPIENT else Action.TICKET_INVITE
        about = {"group": group.value, "day": day.isoformat(), "channel": channel.value}
        for start in range(0, len(names), EVENTS_IN_LINE):
            part = names[start : start + EVENTS_IN_LINE]
            unit.record(action, who, **about, count=len(part), events=part)
    if not lines:
        unit.record(Action.TICKET_ISSUE, "tickets", count=0)


def _store(drawn: Iterable[tuple[bytes, ServiceEvent, date, Iterable[Spell]]]) -> None:
    """Store tickets in hash order, so that the physical order reveals nothing."""
    tickets, people = [], []
    for secret, event, until, served in drawn:
        key = {"ticket_hash": ticket_hash(secret)}
        kind = {"service_type": event.service_type, "channel": event.channel}
        days = {"served_on": event.served_on, "valid_until": until}
        tickets.append({**key, **kind, **days, "rater_group": event.rater_group})
        people += [{**key, "staff_id": s.staff_id, "section_id": s.section_id} for s in served]
    add_rows(Ticket, sorted(tickets, key=_by_hash))
    add_rows(TicketStaff, sorted(people, key=_by_hash))


def issue_from_screen(turn_id: int, *, on: date) -> IssuedTicket:
    """Issue the ticket of an event whose code was scanned from a screen.

    No audit entry, which would date the scan; the event was recorded when it was queued. Raises
    StaleSlot if it was issued already, the day is over, or the person is no longer on duty.
    """
    with unaudited_unit():
        taken = delete(ScreenTurn).where(ScreenTurn.id == turn_id, ScreenTurn.served_on == on)
        row = db.session.execute(
            taken.returning(ScreenTurn.staff_id, ScreenTurn.service_type)
        ).first()
        person = find_at_window(row.staff_id, on) if row else None
        window = Window(on)
        if row is None or person is None or window.objection(on):
            raise StaleSlot
        event = ServiceEvent(on, (person.number,), row.service_type, Channel.SCREEN)
        secret, until = secrets.token_bytes(SECRET_BYTES), window.until(on)
        spell = Spell(person.staff_id, person.name, person.section_id, 0, on, on)
        _store([(secret, event, until, [spell])])
    return IssuedTicket(write_code(secret), until, event)


def _by_hash(row: Mapping[str, Any]) -> bytes:
    return cast(bytes, row["ticket_hash"])
