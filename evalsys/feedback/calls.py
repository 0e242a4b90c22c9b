"""Calls to raters before their ballots are counted: whom to call by when, and how it went.

Neither list nor page shows section or person; who was rated is not offered the call. How it went
lies sealed on the call-back and never on the case: a day on both would join them. A call that is
not made until the counting goes over to the case. See docs/adr/0035.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from cryptography.fernet import InvalidToken
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import NotHere
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.feedback.contacts import check_purpose
from evalsys.org.models import Organ
from evalsys.ratings.contact_rows import Contact, open_row, seal_row
from evalsys.ratings.models import CallbackContact
from evalsys.ratings.service import open_contact

LONGEST_SAID = 200  # characters


class Call(NamedTuple):
    """A call that is due: its key, in which organ, by when, and how often it was tried."""

    key: str
    organ: str
    due_on: date
    tried: int


def list_calls(actor: Actor) -> list[Call]:
    """Return the calls that the actor may make, the most urgent first.

    What a rater took back, what another secret key has sealed, and a call about the actor are left
    out.
    """
    if not actor.may(Action.CONTACT_REVEAL):
        return []
    query = (
        select(CallbackContact, Organ.name)
        .join(Organ, Organ.id == CallbackContact.organ_id)
        .where(CallbackContact.is_done.is_(False))
        .order_by(CallbackContact.due_on, CallbackContact.id)
    )
    if actor.organ_id is not None:
        query = query.where(CallbackContact.organ_id == actor.organ_id)
    found = []
    for row, organ in db.session.execute(query):
        contact = _open_for(actor, row)
        if contact is not None:
            found.append(Call(row.id, organ, row.due_on, contact.tried))
    return found


def get_call(actor: Actor, key: str) -> Call:
    """Return a call that the actor may make. Raises NotHere."""
    for call in list_calls(actor):
        if call.key == key:
            return call
    raise NotHere


def reveal_call(actor: Actor, key: str, purpose: str) -> str:
    """Return the number of a call, and record who looked, when and what for.

    Raises NotHere or PurposeMissing.
    """
    get_call(actor, key)
    words = check_purpose(purpose)
    with unit_of_work(actor) as unit:
        row, contact = _lock(actor, key)
        unit.record(Action.CONTACT_REVEAL, row, purpose=words)
    return open_contact((contact.phone or "").encode())


def record_call(actor: Actor, key: str, *, is_reached: bool, said: str, now: datetime) -> None:
    """Record how a call went. Who was not reached stays on the list, to be tried again.

    Raises NotHere, also if a colleague was faster.
    """
    get_call(actor, key)
    with unit_of_work(actor) as unit:
        row, contact = _lock(actor, key)
        day = local_day(now).isoformat()
        contact = replace(
            contact, tried=contact.tried + 1, tried_on=day, said=said.strip()[:LONGEST_SAID]
        )
        row.sealed = seal_row(replace(contact, is_reached=is_reached))
        row.is_done = is_reached
        unit.record(Action.CONTACT_CALL, row, is_reached=is_reached)


def _lock(actor: Actor, key: str) -> tuple[CallbackContact, Contact]:
    """Return a call as it is now, and keep others from it. Raises NotHere."""
    query = select(CallbackContact).where(CallbackContact.id == key).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    contact = _open_for(actor, row) if row is not None and not row.is_done else None
    if row is None or contact is None:
        raise NotHere
    return row, contact


def _open_for(actor: Actor, row: CallbackContact) -> Contact | None:
    """Open what an actor may call about, or return None."""
    try:
        contact = open_row(row.sealed)
    except InvalidToken:
        return None
    is_own = actor.staff_id is not None and actor.staff_id == contact.staff_id
    return None if contact.is_empty or is_own else contact
