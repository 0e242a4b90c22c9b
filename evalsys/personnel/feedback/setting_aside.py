"""Setting aside what two people decided should not count. See docs/adr/0013.

It happens apart from the decision, before the next counting: all that was decided since, in random
order, without the number of a case. So neither a line nor a transaction joins a case and a rating.
"""

import secrets
from collections.abc import Iterator
from datetime import date

from cryptography.fernet import InvalidToken
from sqlalchemy import select, update

from evalsys.cases.engine.models import Party
from evalsys.core.audit import Unit, unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
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


def set_decided_aside(on: date) -> None:
    """Set aside what was decided, then drop the ids. Started again, it goes on where it stopped.

    Two transactions: one would mark the rows of a case and of a rating with the same number.
    """
    waiting = list(_waiting())
    if not waiting:
        return
    _set_aside([(key, reason) for _, key, reason in waiting], on)
    with unaudited_unit():
        ids = [case_id for case_id, _, _ in waiting]
        db.session.execute(update(Review).where(Review.case_id.in_(ids)).values(sealed_ballot=None))


def _waiting() -> Iterator[tuple[int, RatingKey, ExclusionReason]]:
    """Yield what was decided and not done; what another key has sealed waits for that key."""
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


def _set_aside(ballots: list[tuple[RatingKey, ExclusionReason]], on: date) -> None:
    """Set ratings aside, each with its own line; another counting may have done so just now."""
    secrets.SystemRandom().shuffle(ballots)
    with unaudited_unit():  # Perhaps nothing is left to do, and then there is no line.
        unit = Unit(SYSTEM)
        lock_tallies()
        for key, reason in ballots:
            if db.session.get(Exclusion, key) is None:
                set_aside(unit, key, reason=reason, grounds=GROUNDS, on=on)
