"""Setting aside what two people decided should not count. See docs/adr/0013.

It happens apart from the decision, before the next counting: all that was decided since, in random
order, without the number of a case. So neither a line nor a transaction joins a case and a rating.
"""

import secrets
from datetime import date

from sqlalchemy import select, update

from evalsys.core.audit import silent_unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.feedback.categories import Aside
from evalsys.feedback.envelopes import open_ballot
from evalsys.feedback.models import Review
from evalsys.ratings.exclusions import set_aside
from evalsys.ratings.followers import before_counting
from evalsys.ratings.models import Exclusion, ExclusionReason

GROUNDS = "decided by two people in the proceedings of a bad review"
REASON = {
    Aside.MISTAKEN: ExclusionReason.MISTAKEN,
    Aside.MALICIOUS: ExclusionReason.MALICIOUS,
    Aside.NOT_PERSON: ExclusionReason.NOT_PERSON,
}


@before_counting
def set_decided_aside(on: date) -> None:
    """Set aside what was decided, then drop the ids. Started again, it goes on where it stopped.

    Two transactions: one would mark the rows of a case and of a rating with the same number.
    """
    waiting = db.session.execute(
        select(Review.case_id, Review.sealed_ballot, Review.aside).where(
            Review.aside.is_not(None), Review.sealed_ballot.is_not(None)
        )
    ).all()
    if not waiting:
        return
    ballots = [(open_ballot(row.sealed_ballot), REASON[row.aside]) for row in waiting]
    secrets.SystemRandom().shuffle(ballots)
    todo = [(key, reason) for key, reason in ballots if db.session.get(Exclusion, key) is None]
    if todo:
        with unit_of_work(SYSTEM) as unit:
            for ballot_id, reason in todo:
                set_aside(unit, ballot_id, reason=reason, grounds=GROUNDS, on=on)
    with silent_unit():
        ids = [row.case_id for row in waiting]
        db.session.execute(update(Review).where(Review.case_id.in_(ids)).values(sealed_ballot=None))
