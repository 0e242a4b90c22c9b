"""Reads of tickets, ballots and references. What a citizen asks for is looked up by hash only."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, false, or_, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.org.models import Posting, Section, Staff
from evalsys.org.queries import overlaps, visible_to
from evalsys.ratings.models import (
    Channel,
    Exclusion,
    ExclusionReason,
    Intake,
    RaterGroup,
    Rating,
    Ticket,
    TicketStaff,
)
from evalsys.ratings.rules import (
    ExpiredTicket,
    UnknownTicket,
    UsedTicket,
    ballot_id,
    read_reference,
    reference,
    ticket_hash,
)

CHUNK = 500  # Parameters of one statement: below the limit of every database.

# The hot path: built once, so that SQLAlchemy compiles it once.
TICKET = (
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
    .where(Ticket.ticket_hash == bindparam("hash"))
    .order_by(Staff.number)
)


@dataclass(frozen=True)
class Served:
    """One person on a ticket, and the section they belonged to on that day."""

    staff_id: int
    section_id: int
    number: str
    post: str | None
    window_no: str | None
    section: str
    ballot_id: bytes

    @property
    def reference(self) -> str:
        """The eight symbols under which the ballot is looked up."""
        return reference(self.ballot_id)


@dataclass(frozen=True)
class HeldTicket:
    """A ticket in the hand of its holder; `served` are the persons it covers, by number."""

    secret: bytes
    hash: bytes
    rater_group: RaterGroup
    service_type: str | None
    channel: Channel
    served_on: date
    valid_until: date
    served: tuple[Served, ...]

    @functools.cached_property
    def counted(self) -> frozenset[int]:
        """The staff ids whose ballot is counted."""
        ids = {person.ballot_id: person.staff_id for person in self.served}
        found = db.session.scalars(select(Rating.ballot_id).where(Rating.ballot_id.in_(ids)))
        return frozenset(ids[ballot] for ballot in found)

    def rated(self) -> list[Served]:
        """Return the persons whose ballot is here, waiting or counted."""
        waiting = db.session.scalars(select(Intake.staff_id).where(Intake.ticket_hash == self.hash))
        rated = self.counted | set(waiting)
        return [person for person in self.served if person.staff_id in rated]

    def check_open(self, on: date) -> None:
        """Raise UsedTicket if the ballot is counted, ExpiredTicket if the window is over."""
        is_over = self.valid_until < on
        if self.counted and (is_over or len(self.counted) == len(self.served)):
            raise UsedTicket(ticket=self)
        if is_over:
            raise ExpiredTicket(ticket=self)


class LookUp(StrEnum):
    """What `/check` may say about a reference: where the ballot is, never what it says."""

    RECEIVED = "received"
    COUNTED = "counted"
    SET_ASIDE = "set_aside"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """The answer to a reference: of a counted ballot also its period and batch."""

    state: LookUp
    base_period: str = ""
    valid_until: date | None = None
    batch: int | None = None
    reason: ExclusionReason | None = None


def get_ticket(secret: bytes) -> HeldTicket:
    """Return the ticket of a secret. Raises UnknownTicket."""
    hashed = ticket_hash(secret)
    rows = db.session.execute(TICKET, {"hash": hashed}).all()
    if not rows:
        raise UnknownTicket
    group, service_type, channel, served_on, valid_until = rows[0][:5]
    served = tuple(Served(*row[5:], ballot_id(secret, row.number)) for row in rows)
    return HeldTicket(secret, hashed, group, service_type, channel, served_on, valid_until, served)


def look_up(text: str) -> Finding:
    """Return what may be said about a reference, however it was typed."""
    symbols = read_reference(text)
    if symbols is None:
        return Finding(LookUp.UNKNOWN)
    counted = db.session.execute(
        select(Rating.base_period, Rating.batch_id, Exclusion.reason)
        .outerjoin(Exclusion, Exclusion.ballot_id == Rating.ballot_id)
        .where(Rating.reference == symbols)
    ).first()
    if counted is not None:
        state = LookUp.SET_ASIDE if counted.reason else LookUp.COUNTED
        return Finding(state, counted.base_period, batch=counted.batch_id, reason=counted.reason)
    waiting = db.session.execute(
        select(Intake.base_period, Intake.valid_until).where(Intake.reference == symbols)
    ).first()
    if waiting is not None:
        return Finding(LookUp.RECEIVED, waiting.base_period, waiting.valid_until)
    return Finding(LookUp.UNKNOWN)


def may_issue_for(actor: Actor, start: date, end: date) -> ColumnElement[bool]:
    """Return the condition on `Section` that the actor may issue tickets for its members.

    Whoever sees a section may; somebody at a counter may for the own section.
    """
    if actor.role is not Role.STAFF:
        return visible_to(actor, start, end)
    own = Section.id == actor.section_id if actor.section_id else false()
    if actor.staff_id is None:
        return own
    mine = select(Posting.section_id).where(
        Posting.staff_id == actor.staff_id, overlaps(Posting, start, end)
    )
    return or_(own, Section.id.in_(mine))


@dataclass(frozen=True)
class Colleague:
    """Somebody for whom a ticket may be issued at a counter."""

    staff_id: int
    number: str
    name: str
    post: str | None
    window_no: str | None
    section_id: int
    section: str


def list_colleagues(actor: Actor, on: date, section_id: int | None = None) -> list[Colleague]:
    """Return who may be ticked at the counter on a day, by section and number."""
    query = (
        select(
            Staff.id,
            Staff.number,
            Staff.name,
            Staff.post,
            Staff.window_no,
            Section.id,
            Section.name,
        )
        .join(Posting, Posting.staff_id == Staff.id)
        .join(Section, Section.id == Posting.section_id)
        .where(overlaps(Posting, on, on), may_issue_for(actor, on, on), Staff.faces_recipients)
        .order_by(Section.code, Staff.number)
    )
    if section_id is not None:
        query = query.where(Section.id == section_id)
    return [Colleague(*row) for row in db.session.execute(query)]


def list_issuing_sections(actor: Actor, on: date) -> Sequence[tuple[int, str]]:
    """Return (id, name) of the sections for whose members the actor may issue tickets."""
    rows = db.session.execute(
        select(Section.id, Section.name).where(may_issue_for(actor, on, on)).order_by(Section.code)
    )
    return [(row.id, row.name) for row in rows]


class Spell(NamedTuple):
    """A time in a section; `ended_on` None: still there."""

    staff_id: int
    section_id: int
    started_on: date
    ended_on: date | None

    def covers(self, day: date) -> bool:
        """Say whether somebody belonged there on a day."""
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


def spells_between(
    actor: Actor, numbers: Iterable[str], start: date, end: date
) -> dict[str, list[Spell]]:
    """Return staff number -> where the person belonged, in sections the actor may issue for.

    Somebody who exists has at least an empty list; an unknown number is left out.
    """
    found: dict[str, list[Spell]] = {}
    own = select(Section.id).where(may_issue_for(actor, start, end))
    postings = and_(
        Posting.staff_id == Staff.id, overlaps(Posting, start, end), Posting.section_id.in_(own)
    )
    spell = (Posting.staff_id, Posting.section_id, Posting.started_on, Posting.ended_on)
    query = select(Staff.number, *spell).outerjoin(Posting, postings)
    wanted = sorted(set(numbers))
    for first in range(0, len(wanted), CHUNK):
        part = wanted[first : first + CHUNK]
        for row in db.session.execute(query.where(Staff.number.in_(part))):
            spells = found.setdefault(row.number, [])
            if row.staff_id is not None:
                spells.append(Spell(row.staff_id, row.section_id, row.started_on, row.ended_on))
    return found
