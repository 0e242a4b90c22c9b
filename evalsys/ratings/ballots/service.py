"""Submitting ballots, and encrypting the contact on them."""

import functools
import hmac
from datetime import date
from typing import Any, cast

from sqlalchemy import Insert, bindparam, case, or_, update

from evalsys.core.audit import silent_statement, unaudited_unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.sealing import cipher_for, signing_key
from evalsys.foundation.rows import insert_or_replace, table_of
from evalsys.organisation.periods.queries import base_period_of
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import Intake
from evalsys.ratings.ballots.queries import HeldTicket, Served, find_counted
from evalsys.ratings.ballots.rules import (
    MOST_REPLACED,
    Hand,
    RatedBefore,
    RatingDraft,
    UsedTicket,
    kept_reference,
    ticket_tag,
)
from evalsys.ratings.ballots.sealing import WaitingBallot, name_of, name_of_contact

CONTACT = "contact/v1"  # the purpose of the key


def submit_rating(
    ticket: HeldTicket,
    person: Served,
    draft: RatingDraft,
    hand: Hand,
    *,
    on: date,
) -> str:
    """Store a ballot and return its reference; it replaces an earlier one of ticket and person.

    An earlier ballot is replaced only for the same key or its reference. Its mark of pressure
    stays. Committed before it returns. Each statement runs on one node: a ballot counted between
    the two is dropped as repeated by the next counting. No audit entry, which would date the
    ballot. Raises UsedTicket if the ballot is counted, RatedBefore if it may not be replaced,
    ExpiredTicket if the window is over, DomainError if the draft has problems.
    """
    if draft.problems():
        raise DomainError(N_("The rating is not complete."), status=400)
    if ticket.valid_until < on:
        ticket.check_open(on)
    draft = draft.cleaned()
    own = kept_reference(hand.key, ticket.hash, person.number)
    statement = _take_ballot(db.engine.dialect.name)
    with silent_statement() as connection:
        if find_counted([person], connection):
            raise UsedTicket(ticket=ticket)
        for reference in filter(None, (own, hand.reference)):
            row = _waiting(ticket, person, draft, reference).row(ticket.valid_until)
            if connection.change(statement, **row, today=on):
                return reference
    raise RatedBefore


def _waiting(
    ticket: HeldTicket, person: Served, draft: RatingDraft, reference: str
) -> WaitingBallot:
    levels: dict[str, Any] = {name: draft.levels.get(name) for name in DIMENSIONS}
    return WaitingBallot(
        ballot_id=person.ballot_id,
        tag=ticket_tag(ticket.secret),
        reference=reference,
        staff_id=person.staff_id,
        rater_group=ticket.rater_group,
        service_type=ticket.service_type,
        channel=ticket.channel,
        **levels,
        reasons=draft.reasons,
        comment=draft.comment,
        contact=seal_contact(draft.contact) if draft.contact else None,
        section_id=person.section_id,
        base_period=base_period_of(ticket.served_on),
        pressured=draft.pressured,
        fingerprint=_fingerprint(person.ballot_id + draft.content),
        contact_id=name_of_contact(ticket.secret, reference),
    )


def mark_interference(ticket: HeldTicket, person: Served) -> None:
    """Mark a ballot as given under pressure: its slip was rated before its holder could.

    The holder of the slip needs no reference: the mark removes nothing, and is counted for the
    section.
    """
    with unaudited_unit():
        db.session.execute(
            update(Intake).where(Intake.name == name_of(person.ballot_id)).values(pressured=True)
        )


def _fingerprint(content: bytes) -> bytes:
    """Return a 16-byte keyed hash that detects a repeated submit."""
    return hmac.digest(signing_key(), b"ballot content/v1\0" + content, "sha256")[:16]


def seal_contact(phone: str) -> bytes:
    """Encrypt a phone number with a zero timestamp: ballots have no time."""
    return cipher_for(CONTACT).encrypt_at_time(phone.encode(), 0)


def open_contact(sealed: bytes) -> str:
    """Decrypt the result of `seal_contact`."""
    return cipher_for(CONTACT).decrypt(sealed).decode()


@functools.cache
def _take_ballot(dialect: str) -> Insert:
    """Return the upsert of a submit: insert a ballot, or replace the waiting one.

    It replaces under the same reference only; a repeated submit replaces nothing.
    """
    columns = table_of(Intake).columns
    statement = insert_or_replace(table_of(Intake), dialect)
    old, given = Intake, statement.excluded
    is_repeat = old.fingerprint.is_not_distinct_from(given.fingerprint)
    new: dict[str, Any] = {c.name: given[c.name] for c in columns if not c.primary_key}
    new["pressured"] = or_(old.pressured, given.pressured)
    new["replaced"] = case(
        (or_(is_repeat, old.replaced >= MOST_REPLACED), old.replaced), else_=old.replaced + 1
    )
    today = bindparam("today", type_=columns.replaced_on.type)
    new["replaced_on"] = case((is_repeat, old.replaced_on), else_=today)
    return cast(
        Insert,
        statement.on_conflict_do_update(
            index_elements=["name"], set_=new, where=old.looked_up_by == given.looked_up_by
        ),
    )
