"""Calls to raters before their ballots are counted: due calls, and their results.

Neither list nor page shows section or person; the person rated is not offered the call. The result
is sealed in the callback contact, never in the case: a day on both would join them. A call not made
before counting is left to the case. See docs/adr/0035.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from cryptography.fernet import InvalidToken
from sqlalchemy import Select, false, func, select

from evalsys.cases.engine.rules.phones import without_phones
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.org.models import Organ
from evalsys.organisation.org.queries import own_staff
from evalsys.personnel.feedback.calls.looked_at import Look, looks_of_others, refuse_second
from evalsys.personnel.feedback.contacts import check_purpose
from evalsys.ratings.ballots.models import CallbackContact
from evalsys.ratings.ballots.service import open_contact
from evalsys.ratings.contacts.lifting import lock_contacts
from evalsys.ratings.contacts.rows import Contact, open_row, seal_row

LONGEST_SAID = 200  # characters


KIND = CallbackContact.__tablename__  # In the audit log.


class Call(NamedTuple):
    """A call due: its key, organ, due day, number of attempts, and who else is making it."""

    key: str
    organ: str
    due_on: date
    tried: int
    look: Look | None = None


def list_calls(actor: Actor, now: datetime | None = None) -> list[Call]:
    """Return the calls that the actor may make, the most urgent first.

    Numbers withdrawn, rows sealed under another key, and calls about the actor are left out. With
    `now`, each call says who else is looking at its number.
    """
    looks = looks_of_others(actor, KIND, now) if now else {}
    query = _select(actor).where(CallbackContact.is_done.is_(False))
    rows = db.session.execute(query.order_by(CallbackContact.due_on, CallbackContact.id))
    opened = [(row, organ, _open_for(actor, row)) for row, organ in rows]
    return [
        _call(row, organ, contact, looks.get(row.id))
        for row, organ, contact in opened
        if contact is not None
    ]


def count_calls(actor: Actor) -> Select[int]:
    """Return the query that counts the calls of `list_calls`, including those it leaves out."""
    waiting = _select(actor).where(CallbackContact.is_done.is_(False))
    return select(func.count()).select_from(waiting.subquery())


def get_call(actor: Actor, key: str, now: datetime) -> Call:
    """Return a call that the actor may make. Raises NotFound, or DomainError if it is over."""
    found = _get(actor, _select(actor).where(CallbackContact.id == key))
    return _call(*found, looks_of_others(actor, KIND, now).get(key))


def reveal_call(actor: Actor, key: str, purpose: str, *, now: datetime) -> str:
    """Return the number of a call, and record who looked and why.

    Raises NotFound, or DomainError also if somebody else is looking at it.
    """
    words = check_purpose(purpose)
    with unit_of_work(actor) as unit:
        row, contact = _lock(actor, key)
        refuse_second(actor, KIND, key, now)
        unit.record(Action.CONTACT_REVEAL, row, purpose=words)
    return open_contact((contact.phone or "").encode())


def record_call(actor: Actor, key: str, *, is_reached: bool, said: str, now: datetime) -> None:
    """Record the result of a call. Raters not reached stay on the list.

    Raises NotFound, or DomainError if the call was recorded meanwhile or somebody else makes it.
    """
    with unit_of_work(actor) as unit:
        row, contact = _lock(actor, key)
        refuse_second(actor, KIND, key, now)
        day = local_day(now).isoformat()
        words = without_phones(said.strip())[:LONGEST_SAID]
        contact = replace(contact, tried=contact.tried + 1, tried_on=day, said=words)
        row.sealed = seal_row(replace(contact, is_reached=is_reached))
        row.is_done = is_reached
        unit.record(Action.CONTACT_CALL, row, is_reached=is_reached)


def _lock(actor: Actor, key: str) -> tuple[CallbackContact, Contact]:
    """Return a call, reloaded and locked. Raises NotFound or DomainError."""
    lock_contacts()
    query = _select(actor).where(CallbackContact.id == key)
    row, _organ, contact = _get(actor, query.execution_options(populate_existing=True))
    return row, contact


def _select(actor: Actor) -> Select[CallbackContact, str]:
    """Return the query for (call, organ) in the actor's scope."""
    query = select(CallbackContact, Organ.name).join(Organ, Organ.id == CallbackContact.organ_id)
    if not actor.may(Action.CONTACT_REVEAL):
        return query.where(false())
    if actor.organ_id is not None:
        query = query.where(CallbackContact.organ_id == actor.organ_id)
    return query


def _get(actor: Actor, query: Select[CallbackContact, str]) -> tuple[CallbackContact, str, Contact]:
    row = db.session.execute(query).first()
    contact = _open_for(actor, row[0]) if row is not None else None
    if row is None or contact is None:
        raise NotFound
    if row[0].is_done:
        raise DomainError(
            N_("This call was recorded meanwhile, or goes on as a case of a bad review.")
        )
    return row[0], row[1], contact


def _call(row: CallbackContact, organ: str, contact: Contact, look: Look | None) -> Call:
    return Call(row.id, organ, row.due_on, contact.tried, look)


def _open_for(actor: Actor, row: CallbackContact) -> Contact | None:
    """Decrypt a contact the actor may call about, or return None."""
    try:
        contact = open_row(row.sealed)
    except InvalidToken:
        return None
    return None if contact.is_empty or contact.staff_id in own_staff(actor) else contact
