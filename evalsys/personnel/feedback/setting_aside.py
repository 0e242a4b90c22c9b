"""Excluding ratings as two people decided. See docs/adr/0013.

It is done apart from the decision, before the next counting: all decided since, in random order,
without case numbers. So neither an audit entry nor a transaction joins case and rating.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import date

from cryptography.fernet import InvalidToken
from sqlalchemy import select, update

from evalsys.cases.engine.models import Party
from evalsys.core.audit import Unit, unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.rows import batched
from evalsys.personnel.duties import Duty
from evalsys.personnel.feedback.envelopes import open_ballot
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.rules.categories import Aside
from evalsys.ratings.ballots.models import Exclusion, ExclusionReason
from evalsys.ratings.counting.exclusions import RatingKey, set_aside
from evalsys.ratings.counting.tallies import lock_tallies

GROUNDS = "decided by two people in the proceedings of a bad review"
REASON = {
    Aside.MISTAKEN: ExclusionReason.MISTAKEN,
    Aside.MALICIOUS: ExclusionReason.MALICIOUS,
    Aside.NOT_PERSON: ExclusionReason.NOT_PERSON,
}
AT_ONCE = 20  # exclusions in a transaction, which holds the writer for less than half a second


def set_decided_aside(on: date) -> None:
    """Exclude what was decided, then drop the ids. A restarted run continues.

    Cases and ratings in transactions of their own: one would mark the rows of both with one id.
    """
    decided = list(_waiting())
    if not decided:
        return
    ballots = [(key, reason) for _, key, reason in decided]
    secrets.SystemRandom().shuffle(ballots)
    for some in batched(ballots, AT_ONCE):
        _set_aside(some, on)
    with unaudited_unit():
        ids = [case_id for case_id, _, _ in decided]
        db.session.execute(update(Review).where(Review.case_id.in_(ids)).values(sealed_ballot=None))


def _waiting() -> Iterator[tuple[int, RatingKey, ExclusionReason]]:
    """Yield the decisions not carried out yet, except those sealed under another key."""
    rows = db.session.execute(
        select(Review.case_id, Review.sealed_ballot, Review.aside, Party.staff_id)
        .join(Party, (Party.subject_id == Review.case_id) & (Party.duty == Duty.PERSON))
        .where(Review.aside.is_not(None), Review.sealed_ballot.is_not(None))
    )
    for row in rows:
        try:
            key = row.staff_id, open_ballot(row.sealed_ballot)
            yield row.case_id, key, REASON[row.aside]
        except InvalidToken:
            continue  # The counting must not wait for it.


def _set_aside(ballots: Sequence[tuple[RatingKey, ExclusionReason]], on: date) -> None:
    """Exclude ratings with an audit entry each, unless a concurrent run did."""
    with unaudited_unit():  # Without an audit entry if nothing is left to do.
        unit = Unit(SYSTEM)
        lock_tallies()
        for key, reason in ballots:
            if db.session.get(Exclusion, key) is None:
                set_aside(unit, key, reason=reason, grounds=GROUNDS, on=on)
