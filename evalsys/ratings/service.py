"""Use cases of ballots: take one, seal the contact on it."""

import base64
import functools
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import CursorResult, Insert, Table, bindparam, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from evalsys.core.audit import silent_statement
from evalsys.core.database import Model
from evalsys.core.extensions import db
from evalsys.periods.queries import base_period_of
from evalsys.policies.rules import DIMENSIONS
from evalsys.ratings.models import Intake, Rating
from evalsys.ratings.queries import HeldTicket, Served
from evalsys.ratings.rules import BadBallot, RatingDraft, UsedTicket

COUNTING: Any = {"preserve_rowcount": True}  # An INSERT forgets it otherwise.
# Both databases insert or replace in one statement; the plain SQL standard has no such thing.
DIALECTS: dict[str, Callable[[Any], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def submit_rating(ticket: HeldTicket, person: Served, draft: RatingDraft, *, on: date) -> None:
    """Store a ballot; it replaces an earlier one of the same ticket and person.

    One statement, durable before it returns. It leaves no audit line: the line would give the
    ballot a time. Raises UsedTicket if the ballot is counted, ExpiredTicket if the window is over,
    BadBallot if the draft has problems.
    """
    if draft.problems():
        raise BadBallot
    if ticket.valid_until < on:
        ticket.check_open(on)
    draft = draft.cleaned()
    values = {
        "ticket_hash": ticket.hash,
        "staff_id": person.staff_id,
        "section_id": person.section_id,
        "base_period": base_period_of(ticket.served_on),
        "valid_until": ticket.valid_until,
        "rater_group": ticket.rater_group,
        "service_type": ticket.service_type,
        "channel": ticket.channel,
        **{name: draft.levels.get(name) for name in DIMENSIONS},
        "reasons": draft.reasons,
        "comment": draft.comment,
        "contact": seal_contact(draft.contact) if draft.contact else None,
        "pressured": draft.pressured,
        "ballot_id": person.ballot_id,
        "reference": person.reference,
    }
    with silent_statement() as connection:
        if not connection.change(_take_ballot(db.engine.dialect.name), **values):
            raise UsedTicket(ticket=ticket)


def seal_contact(phone: str) -> bytes:
    """Encrypt a phone number. The time inside is zero: a ballot has none."""
    return _cipher(current_app.config["SECRET_KEY"]).encrypt_at_time(phone.encode(), 0)


def open_contact(sealed: bytes) -> str:
    """Decrypt what `seal_contact` made."""
    return _cipher(current_app.config["SECRET_KEY"]).decrypt(sealed).decode()


@functools.cache
def _cipher(secret_key: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"evalsys contact/v1")
    return Fernet(base64.urlsafe_b64encode(key.derive(secret_key.encode())))


@functools.cache
def _take_ballot(dialect: str) -> Insert:
    """Return the one statement of a submit: insert or replace, unless the ballot is counted."""
    columns = table_of(Intake).columns
    counted = exists().where(Rating.ballot_id == bindparam("ballot_id"))
    row = select(*(bindparam(c.name, type_=c.type) for c in columns)).where(~counted)
    made = DIALECTS[dialect](table_of(Intake)).from_select([c.name for c in columns], row)
    key = ("ticket_hash", "staff_id")
    new = {c.name: made.excluded[c.name] for c in columns if c.name not in key}
    return cast(Insert, made.on_conflict_do_update(index_elements=key, set_=new))


def changed(statement: Insert, values: Mapping[str, Any]) -> int:
    """Run an insert that may do nothing, and return how many rows it changed."""
    result = db.session.execute(statement, dict(values), execution_options=COUNTING)
    return cast(CursorResult[Any], result).rowcount


def table_of(model: type[Model]) -> Table:
    """Return the table of a model, for statements without objects."""
    return cast(Table, model.__table__)
