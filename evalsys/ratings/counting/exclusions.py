"""Excluding counted ratings. They are kept, and shown as excluded."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, select

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, Conflict
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.foundation.rows import add_rows
from evalsys.ratings.ballots.models import EXCLUDES, Exclusion, ExclusionReason, Rating
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


def void_all(
    unit: Unit, seat: tuple[int, int], codes: Sequence[str], *, grounds: str, on: date
) -> int:
    """Void all ratings of a seat (section and staff id) in some base periods; return how many.

    They are not chosen by what they say, and one audit entry names none of them.
    """
    lock_tallies()
    section_id, staff_id = seat
    ratings = db.session.scalars(
        select(Rating).where(
            Rating.section_id == section_id,
            Rating.staff_id == staff_id,
            Rating.base_period.in_(codes),
            ~exists().where(EXCLUDES),
        )
    ).all()
    decided = {
        "reason": ExclusionReason.VOID,
        "grounds": grounds,
        "decided_by": unit.actor.user_id,
        "decided_on": on,
    }
    keys = ({"staff_id": row.staff_id, "ballot_id": row.ballot_id} for row in ratings)
    add_rows(Exclusion, ({**key, **decided} for key in keys))
    ballots = [Ballot(*(getattr(row, name) for name in Ballot._fields)) for row in ratings]
    add_to_tallies(fold(ballots), sign=-1)
    unit.record(Action.RATING_VOID, f"{section_id}/{staff_id}", periods=" ".join(codes))
    return len(ratings)
