"""Whether a rater was reached before the rating was counted, as recorded in the contact."""

from collections.abc import Collection
from contextlib import suppress

from cryptography.fernet import InvalidToken
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.personnel.feedback.envelopes import open_contact_id
from evalsys.personnel.feedback.models import Review
from evalsys.ratings.ballots.models import CallbackContact
from evalsys.ratings.contacts.rows import Contact, open_row


def called_before(review: Review) -> Contact | None:
    """Return how the rater of a case was reached before counting, or None."""
    with suppress(InvalidToken):
        if review.sealed_contact is not None and review.contacted_on is None:
            row = db.session.get(CallbackContact, open_contact_id(review.sealed_contact))
            contact = open_row(row.sealed) if row else Contact()
            return contact if contact.is_reached else None
    return None


def called_among(keys: Collection[str]) -> frozenset[str]:
    """Return those of some contacts that were reached already."""
    query = select(CallbackContact).where(CallbackContact.id.in_(keys))
    reached = set[str]()
    for row in db.session.scalars(query) if keys else ():
        with suppress(InvalidToken):
            if open_row(row.sealed).is_reached:
                reached.add(row.id)
    return frozenset(reached)
