"""The number of a rater who asked for a call: restricted, recorded, deleted after its use."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from sqlalchemy import select, update

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import duties_of, get_case
from evalsys.cases.engine.rules.phones import mask_phone, without_phones
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError, NotFound
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM, Action, Actor
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.personnel.duties import Duty
from evalsys.personnel.feedback.calls.looked_at import refuse_second
from evalsys.personnel.feedback.envelopes import open_contact_id
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.queries import KIND, get_review
from evalsys.ratings.ballots.models import CallbackContact
from evalsys.ratings.ballots.service import open_contact
from evalsys.ratings.contacts.lifting import lift_contacts
from evalsys.ratings.contacts.limits import KEPT
from evalsys.ratings.contacts.rows import Contact, open_row

LONGEST_PURPOSE = 200


def masked_contact(review: Review) -> str:
    """Return the number with its middle masked, "" if there is none."""
    try:
        number = _number(review)
        return mask_phone(number) if number else ""
    except InvalidToken:
        return mask_phone("")


def may_reveal(actor: Actor, duties: frozenset[str]) -> bool:
    """Return whether the actor may see the number of a case: the caller, never the person."""
    return Duty.PERSONNEL in duties and actor.may(Action.CONTACT_REVEAL)


def check_purpose(purpose: str) -> str:
    """Return the purpose as recorded, phone numbers masked.

    Raises DomainError if it is empty.
    """
    words = without_phones(purpose.strip())[:LONGEST_PURPOSE]
    if not words:
        raise DomainError(N_("Say what you need the number for: it stays on record."), status=422)
    return words


def reveal_contact(actor: Actor, case_id: int, purpose: str, *, now: datetime) -> str:
    """Return the number of a case, and record who looked and why.

    Raises NotFound, or DomainError also if somebody else is looking at it.
    """
    on = local_day(now)
    case = get_case(actor, case_id, on=on)
    if case.kind != KIND or not may_reveal(actor, duties_of(actor, case, on)):
        raise NotFound
    words = check_purpose(purpose)
    with unit_of_work(actor) as unit:
        lock_row(case)
        refuse_second(actor, Subject.audited_as, str(case_id), now)
        review = get_review(case)
        try:
            number = _number(review)
        except InvalidToken:
            raise DomainError(
                N_("The number cannot be read: it was stored under another secret key.")
            ) from None
        if not number:
            raise NotFound
        unit.record(Action.CONTACT_REVEAL, case, number=case.number, purpose=words)
    return number


def delete_contacts(*, now: datetime) -> int:
    """Delete the numbers no longer needed; return how many.

    A number is kept for the policy's days after its case was closed, for further questions. The
    case drops its key; the next lift empties the contact in a transaction of its own, so that no
    transaction id joins case and number.
    """
    kept = timedelta(days=rules_in_force()[KEPT])
    closed = (
        select(Review.case_id)
        .join(Review.case)
        .where(Review.sealed_contact.is_not(None), Subject.closed_at < now - kept)
    )
    cases = db.session.scalars(closed).all()
    if cases:
        with unit_of_work(SYSTEM) as unit:
            forget = update(Review).where(Review.case_id.in_(cases)).values(sealed_contact=None)
            db.session.execute(forget)
            unit.record(Action.CONTACT_DELETE, "callback_contact", contacts=len(cases))
        lift_contacts(local_day(now))
    return len(cases)


def asked_for() -> Iterator[str]:
    """Yield the keys of the numbers that cases still need.

    Envelopes under another secret key are skipped; the lift cannot read these numbers either.
    """
    held = select(Review.sealed_contact).where(Review.sealed_contact.is_not(None))
    for sealed in db.session.scalars(held):
        with suppress(InvalidToken):
            yield open_contact_id(sealed or b"")


def _number(review: Review) -> str:
    """Return the number of a case, "" if none. Raises InvalidToken under another key."""
    if review.sealed_contact is None:
        return ""
    row = db.session.get(CallbackContact, open_contact_id(review.sealed_contact))
    contact = open_row(row.sealed) if row else Contact()
    return open_contact(contact.phone.encode()) if contact.phone else ""
