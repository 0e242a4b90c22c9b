"""Excluding a counted rating. It is kept, and shown as excluded."""

from datetime import date

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, Conflict
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.ratings.ballots.models import Exclusion, ExclusionReason, Rating
from evalsys.ratings.counting.tallies import Ballot, add_to_tallies, fold, lock_tallies

RatingKey = tuple[int, bytes]  # staff id, ballot id


def set_aside(
    unit: Unit, key: RatingKey, *, reason: ExclusionReason, grounds: str, on: date
) -> Exclusion:
    """Exclude a rating from the scores and subtract it from its tally.

    A frozen score does not change; a correction is computed without the rating. Raises
    NoResultFound, or Conflict if it is excluded already.
    """
    lock_tallies()
    rating = db.session.get_one(Rating, key)
    if db.session.get(Exclusion, key) is not None:
        raise Conflict(N_("This rating was set aside already."))
    exclusion = Exclusion(
        staff_id=rating.staff_id,
        ballot_id=rating.ballot_id,
        reason=reason,
        grounds=grounds,
        decided_by=unit.actor.user_id,
        decided_on=on,
    )
    db.session.add(exclusion)
    add_to_tallies(fold([Ballot(*(getattr(rating, name) for name in Ballot._fields))]), sign=-1)
    unit.record(Action.RATING_SET_ASIDE, exclusion, reason=reason.value)
    return exclusion
