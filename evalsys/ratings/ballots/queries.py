"""Queries of tickets, ballots and references. Citizens' lookups go by hash only."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select

from evalsys.core.database import BareConnection, Query, bare_connection
from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.foundation.rows import batched
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.policies.queries import read_rules, rules_fact
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import (
    EXCLUDES,
    Channel,
    Exclusion,
    ExclusionReason,
    Intake,
    RaterGroup,
    Rating,
    Ticket,
    TicketStaff,
)
from evalsys.ratings.ballots.rules import (
    ExpiredTicket,
    UnknownTicket,
    UsedTicket,
    ballot_id,
    kept_reference,
    read_reference,
    ticket_hash,
    ticket_tag,
)
from evalsys.ratings.ballots.sealing import name_of_reference, unmask_replaced
from evalsys.ratings.counting.spent_models import RatedTicket, SpentTicket
from evalsys.ratings.tickets.rules.codes import write_code

# The hot path: built and prepared once.
SERVED = (
    select(
        Ticket.rater_group,
        Ticket.service_type,
        Ticket.channel,
        Ticket.served_on,
        Ticket.valid_until,
        TicketStaff.staff_id,
        TicketStaff.section_id,
        Staff.number,
        Staff.post,
        Staff.window_no,
        Section.name,
    )
    .join(TicketStaff, TicketStaff.ticket_hash == Ticket.ticket_hash)
    .join(Staff, Staff.id == TicketStaff.staff_id)
    .join(Section, Section.id == TicketStaff.section_id)
    .order_by(Staff.number)
)
TICKET = SERVED.where(Ticket.ticket_hash == bindparam("hash"))
FORM = TICKET.add_columns(rules_fact(None).label("rules"))
OWN = Rating.staff_id == bindparam("staff_id")
COUNTED = select(Rating.reference).where(OWN, Rating.ballot_id == bindparam("ballot_id"))


@dataclass(frozen=True)
class Served:
    """A person on a ticket, with the section they belonged to on that day."""

    staff_id: int
    section_id: int
    number: str
    post: str | None
    window_no: str | None
    section: str
    ballot_id: bytes


@dataclass(frozen=True)
class HeldTicket:
    """A ticket with its secret; `served` are the persons it covers, by number."""

    secret: bytes
    hash: bytes
    rater_group: RaterGroup
    service_type: str | None
    channel: Channel
    served_on: date
    valid_until: date
    served: tuple[Served, ...]

    @functools.cached_property
    def counted(self) -> Mapping[int, str]:
        """The reference of each counted ballot, by staff id."""
        with bare_connection(db.engine) as connection:
            return find_counted(self.served, connection)

    @functools.cached_property
    def code(self) -> str:
        """The code printed on the slip."""
        return write_code(self.secret)

    def person(self, number: str | None) -> Served:
        """Return the person with a staff number, by default the first. Raises NotFound."""
        if number is None:
            return self.served[0]
        for person in self.served:
            if person.number == number:
                return person
        raise NotFound

    def receipt(self, person: Served, reference: str) -> "BallotReceipt":
        """Return the receipt of a ballot on a person."""
        return BallotReceipt(
            reference, person.number, person.post, person.window_no, self.valid_until, self.hash
        )

    def check_open(self, on: date) -> None:
        """Raise UsedTicket or ExpiredTicket unless a ballot can still be submitted."""
        is_over = self.valid_until < on
        if self.counted and (is_over or len(self.counted) == len(self.served)):
            raise UsedTicket(ticket=self)
        if is_over:
            raise ExpiredTicket(ticket=self)


@dataclass(frozen=True)
class BallotReceipt:
    """A submitted ballot that can still be changed, with the person it rates."""

    reference: str
    number: str
    post: str | None
    window_no: str | None
    valid_until: date
    hashed: bytes


class LookUp(StrEnum):
    """The state of the ballot of a reference, as `/check` shows it; never its content."""

    RECEIVED = "received"
    COUNTED = "counted"
    SET_ASIDE = "set_aside"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class LookUpResult:
    """The result of a lookup; `base_period` and `reason` of counted ballots only.

    `replaced` is how often the ballot replaced an earlier one, `replaced_on` the day it last did;
    the day is not kept once the ballot is counted. None is not known any more.
    """

    state: LookUp
    base_period: str = ""
    valid_until: date | None = None
    reason: ExclusionReason | None = None
    replaced: int | None = 0
    replaced_on: date | None = None


def find_receipts(hashed: bytes, key: bytes) -> list[BallotReceipt]:
    """Return what a phone's key has submitted for a ticket, by staff number."""
    with bare_connection(db.engine) as connection:
        rows = connection.fetch(TICKET, hash=hashed)
    receipts = [
        BallotReceipt(
            kept_reference(key, hashed, row.number),
            row.number,
            row.post,
            row.window_no,
            row.valid_until,
            hashed,
        )
        for row in rows
    ]
    names = {name_of_reference(receipt.reference): receipt for receipt in receipts}
    query = select(Intake.looked_up_by).where(Intake.looked_up_by.in_(names))
    waiting = set(db.session.scalars(query))
    return [receipt for name, receipt in names.items() if name in waiting]


def get_ticket(secret: bytes) -> HeldTicket:
    """Return the ticket of a secret.

    Raises UnknownTicket; UsedTicket or ExpiredTicket with `day` if it is spent.
    """
    with bare_connection(db.engine) as connection:
        return _get_ticket(secret, TICKET, connection)[0]


def get_form(secret: bytes) -> tuple[HeldTicket, PolicyRules]:
    """Return the ticket of a secret, its counted ballots loaded, and the rules in force.

    Two statements over one connection for the busiest page. Raises as `get_ticket`.
    """
    with bare_connection(db.engine) as connection:
        ticket, row = _get_ticket(secret, FORM, connection)
        vars(ticket)["counted"] = find_counted(ticket.served, connection)
        return ticket, read_rules(row.rules)


def _get_ticket(secret: bytes, query: Query, lent: BareConnection) -> tuple[HeldTicket, Any]:
    """Return a ticket, and the first row of its query."""
    hashed = ticket_hash(secret)
    rows = lent.fetch(query, hash=hashed)
    if not rows:
        _refuse_spent(secret, hashed)
        raise UnknownTicket
    return _held(secret, hashed, rows), rows[0]


def find_counted(served: Iterable[Served], connection: BareConnection) -> dict[int, str]:
    """Return the reference of each counted ballot, by staff id."""
    ids = {person.staff_id: person.ballot_id for person in served}
    rows = {key: connection.fetch(COUNTED, staff_id=key, ballot_id=ids[key]) for key in ids}
    return {staff_id: own[0].reference for staff_id, own in rows.items() if own}


def _refuse_spent(secret: bytes, hashed: bytes) -> None:
    spent = db.session.get(SpentTicket, hashed)
    if spent is not None:
        is_used = db.session.get(RatedTicket, ticket_tag(secret)) is not None
        raise (UsedTicket if is_used else ExpiredTicket)(ticket=None, day=spent.valid_until)


def get_tickets(secrets: Sequence[bytes]) -> list[HeldTicket]:
    """Return the tickets of secrets, in the given order. Raises UnknownTicket."""
    hashes = {ticket_hash(secret): secret for secret in secrets}
    rows: dict[bytes, list[Any]] = {}
    query = SERVED.add_columns(Ticket.ticket_hash)
    for part in batched(hashes):
        for row in db.session.execute(query.where(Ticket.ticket_hash.in_(part))):
            rows.setdefault(row.ticket_hash, []).append(row)
    if len(rows) < len(hashes):
        raise UnknownTicket
    return [_held(secret, hashed, rows[hashed]) for hashed, secret in hashes.items()]


def _held(secret: bytes, hashed: bytes, rows: Sequence[Any]) -> HeldTicket:
    """Build a ticket from its rows, one for each person."""
    served = tuple(
        Served(
            row.staff_id,
            row.section_id,
            row.number,
            row.post,
            row.window_no,
            row.name,
            ballot_id(secret, row.number),
        )
        for row in rows
    )
    first = rows[0]
    return HeldTicket(
        secret,
        hashed,
        first.rater_group,
        first.service_type,
        first.channel,
        first.served_on,
        first.valid_until,
        served,
    )


def look_up(text: str) -> LookUpResult:
    """Return the state of the ballot of a reference as typed."""
    symbols = read_reference(text)
    if symbols is None:
        return LookUpResult(LookUp.UNKNOWN)
    counted = db.session.execute(
        select(Rating.base_period, Rating.ballot_id, Rating.replaced, Exclusion.reason)
        .outerjoin(Exclusion, EXCLUDES)
        .where(Rating.reference == symbols)
    ).first()
    if counted is not None:
        state = LookUp.SET_ASIDE if counted.reason else LookUp.COUNTED
        replaced = unmask_replaced(counted.replaced, counted.ballot_id)
        return LookUpResult(state, counted.base_period, reason=counted.reason, replaced=replaced)
    waiting = db.session.execute(
        select(Intake.base_period, Intake.valid_until, Intake.replaced, Intake.replaced_on).where(
            Intake.looked_up_by == name_of_reference(symbols)
        )
    ).first()
    if waiting is not None:
        return LookUpResult(
            LookUp.RECEIVED,
            waiting.base_period,
            waiting.valid_until,
            replaced=waiting.replaced,
            replaced_on=waiting.replaced_on,
        )
    return LookUpResult(LookUp.UNKNOWN)
