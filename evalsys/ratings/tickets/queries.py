"""Queries of the counter: for whom the actor may issue tickets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, select, true

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.core.reads import once
from evalsys.foundation.rows import batched
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, Staff
from evalsys.organisation.org.queries import (
    may_be_staff,
    near_sections,
    overlaps,
    sections_of,
    visible_to,
)
from evalsys.organisation.periods.queries import base_codes, base_period_of, list_periods
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import RaterGroup, Ticket
from evalsys.ratings.ballots.rules import ticket_hash
from evalsys.ratings.tickets.limits import COLLEAGUES
from evalsys.ratings.tickets.models import Invitation, ScreenTurn, UsedEvent
from evalsys.ratings.tickets.rules.codes import near_secrets


def may_issue_for(
    actor: Actor, start: date, end: date, *, for_colleagues: bool
) -> ColumnElement[bool]:
    """Return the predicate on `Section` that the actor may issue tickets for its members.

    The hall office may for its organ, or for all without one; the personnel office within its
    scope; a window for its own section if the policy allows it. Whatever the account: its person,
    or any namesake of an account without one, may not for a section they lead, nor, unless the
    policy allows it, for their own.
    """
    if actor.role is Role.SYSTEM:
        return true()
    own = sections_of(Posting, actor, start, end)
    where: ColumnElement[bool]
    if actor.role is Role.STAFF:
        where = Section.id.in_(own) if for_colleagues else false()
    elif actor.role is Role.COUNTER:
        where = _scope_of(actor)
    else:
        where = visible_to(actor, start, end)
    led = near_sections(ChiefTerm, actor, start, end)
    near = near_sections(Posting, actor, start, end)
    not_own = true() if for_colleagues else Section.id.not_in(near)
    return and_(where, Section.id.not_in(led), not_own)


def _scope_of(actor: Actor) -> ColumnElement[bool]:
    if actor.section_id is not None:
        return Section.id == actor.section_id
    return true() if actor.organ_id is None else Section.organ_id == actor.organ_id


def issuable_by(actor: Actor, start: date, end: date) -> ColumnElement[bool]:
    """Return `may_issue_for` under the rules in force."""
    for_colleagues = rules_in_force()[COLLEAGUES]
    return may_issue_for(actor, start, end, for_colleagues=for_colleagues)


def may_issue_at_all(actor: Actor) -> bool:
    """Return whether a window account may issue tickets for colleagues today."""
    return actor.staff_id is not None and rules_in_force()[COLLEAGUES]


@dataclass(frozen=True)
class Colleague:
    """A person for whom a ticket may be issued at a counter."""

    staff_id: int
    number: str
    name: str
    post: str | None
    window_no: str | None
    section_id: int
    section: str


def list_colleagues(actor: Actor, on: date, section_id: int | None = None) -> list[Colleague]:
    """Return the persons selectable at the counter on a day, by section and number."""
    query = _colleagues(on).where(issuable_by(actor, on, on), ~may_be_staff(actor))
    if section_id is not None:
        query = query.where(Section.id == section_id)
    return [Colleague(*row) for row in db.session.execute(query)]


def _colleagues(on: date) -> Select[int, str, str, str | None, str | None, int, str]:
    person = (Staff.id, Staff.number, Staff.name, Staff.post, Staff.window_no)
    return (
        select(*person, Section.id, Section.name)
        .join(Posting, Posting.staff_id == Staff.id)
        .join(Section, Section.id == Posting.section_id)
        .where(overlaps(Posting, on, on), Staff.faces_recipients)
        .order_by(Section.code, Staff.number)
    )


@once
def namesakes(actor: Actor) -> frozenset[str]:
    """Return the staff numbers of all who may be the actor, whose account is tied to no person."""
    if actor.staff_id is not None:
        return frozenset()
    return frozenset(db.session.scalars(select(Staff.number).where(may_be_staff(actor))))


def list_issuing_sections(actor: Actor, on: date) -> Sequence[tuple[int, str]]:
    """Return (id, name) of the sections for whose members the actor may issue tickets."""
    rows = db.session.execute(
        select(Section.id, Section.name).where(issuable_by(actor, on, on)).order_by(Section.code)
    )
    return [(row.id, row.name) for row in rows]


class Spell(NamedTuple):
    """A posting of a person; `ended_on` None is open."""

    staff_id: int
    name: str
    section_id: int
    organ_id: int
    started_on: date
    ended_on: date | None


def spells_between(
    actor: Actor, numbers: Iterable[str], start: date, end: date
) -> dict[str, list[Spell]]:
    """Return staff number -> postings in the sections the actor may issue for."""
    return spells_in(issuable_by(actor, start, end), numbers, start, end)


def spells_in(
    allowed: ColumnElement[bool], numbers: Iterable[str], start: date, end: date
) -> dict[str, list[Spell]]:
    """Return staff number -> postings in the sections of a predicate.

    A known number has at least an empty list; an unknown one is left out.
    """
    by_number: dict[str, list[Spell]] = {}
    own = select(Section.id).where(allowed)
    postings = and_(
        Posting.staff_id == Staff.id, overlaps(Posting, start, end), Posting.section_id.in_(own)
    )
    spell = (Posting.staff_id, Posting.section_id, Posting.started_on, Posting.ended_on)
    query = (
        select(Staff.number, Staff.name, Section.organ_id, *spell)
        .select_from(Staff)
        .outerjoin(Posting, postings)
        .outerjoin(Section, Section.id == Posting.section_id)
    )
    for part in batched(sorted(set(numbers))):
        for row in db.session.execute(query.where(Staff.number.in_(part))):
            spells = by_number.setdefault(row.number, [])
            if row.staff_id is not None:
                spells.append(Spell(*(getattr(row, name) for name in Spell._fields)))
    return by_number


def meant_by(
    allowed: ColumnElement[bool], numbers: Iterable[str], start: date, end: date
) -> dict[str, str]:
    """Return number -> the staff number that differs from it by leading zeros only.

    Excel drops them. It must be the only such one in the sections of a predicate.
    """
    found: dict[str, set[str]] = {}
    query = (
        select(Staff.number)
        .join(Posting, Posting.staff_id == Staff.id)
        .join(Section, Section.id == Posting.section_id)
        .where(overlaps(Posting, start, end), allowed)
    )
    for part in batched(sorted({number.lstrip("0") for number in numbers})):
        for known in db.session.scalars(query.where(func.ltrim(Staff.number, "0").in_(part))):
            found.setdefault(known.lstrip("0"), set()).add(known)
    alike = {number: found.get(number.lstrip("0"), set()) for number in numbers}
    return {number: next(iter(known)) for number, known in alike.items() if len(known) == 1}


def used_among(hashes: Iterable[bytes]) -> frozenset[bytes]:
    """Return those of some event hashes that have a ticket."""
    query = select(UsedEvent.event_hash)
    return frozenset(
        used
        for part in batched(sorted(set(hashes)))
        for used in db.session.scalars(query.where(UsedEvent.event_hash.in_(part)))
    )


InvitationKey = tuple[int, RaterGroup, str]  # staff id, group, key of the addressee


def invited_among(staff_ids: Iterable[int], on: date) -> frozenset[InvitationKey]:
    """Return the invitations to rate some people in the period of a day.

    That is the longest period that covers the day, so that nobody counts twice in any.
    """
    covering = [p for p in list_periods() if p.starts_on <= on <= p.ends_on]
    codes = {code for p in covering for code in base_codes(parse_period(p.code))}
    codes.add(base_period_of(on))
    query = select(Invitation.staff_id, Invitation.rater_group, Invitation.addressee_key)
    query = query.where(Invitation.base_period.in_(codes))
    return frozenset(
        (row.staff_id, row.rater_group, row.addressee_key)
        for part in batched(sorted(set(staff_ids)))
        for row in db.session.execute(query.where(Invitation.staff_id.in_(part)))
    )


def find_turn(staff_id: int, on: date) -> ScreenTurn | None:
    """Return the event on a person's screen now, or None."""
    return db.session.scalar(_turns(staff_id, on).limit(1))


def list_turns(staff_id: int, on: date) -> Sequence[ScreenTurn]:
    """Return the events queued on a person's screen, in the order shown."""
    return db.session.scalars(_turns(staff_id, on)).all()


def is_waiting(turn_id: int, on: date) -> bool:
    """Return whether the code of an event is still on a screen."""
    turn = db.session.get(ScreenTurn, turn_id)
    return turn is not None and turn.served_on == on


def _turns(staff_id: int, on: date) -> Select[ScreenTurn]:
    return (
        select(ScreenTurn)
        .where(ScreenTurn.staff_id == staff_id, ScreenTurn.served_on == on)
        .order_by(ScreenTurn.id.desc())
    )


def get_colleague(actor: Actor, number: str, on: date) -> Colleague:
    """Return a person for whom the actor may issue tickets on a day. Raises NotFound."""
    for person in list_colleagues(actor, on):
        if person.number == number:
            return person
    raise NotFound


def find_at_window(staff_id: int, on: date) -> Colleague | None:
    """Return the owner of a screen if they serve on a day, else None."""
    query = _colleagues(on).where(Staff.id == staff_id)
    row = db.session.execute(query).first()
    return Colleague(*row) if row else None


def find_slip(symbols: str) -> int | None:
    """Return the number of the group in which a code was mistyped.

    None unless exactly one ticket differs from it by a single slip.
    """
    near = near_secrets(symbols)
    groups = {ticket_hash(secret): group for secret, group in near.items()}
    query = select(Ticket.ticket_hash).where(Ticket.ticket_hash.in_(groups))
    known = db.session.scalars(query).all() if groups else ()
    return groups[known[0]] if len(known) == 1 else None
