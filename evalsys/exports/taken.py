"""The people whom a person has exported without approval, per period or year.

Many small workbooks count as one large one, over all accounts of the person. Approved exports are
not counted.
"""

from collections.abc import Set as AbstractSet

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.exports.approval.rules import refuse_many, refuse_many_cases
from evalsys.exports.models import TakenCase, TakenPerson
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import accounts_of
from evalsys.foundation.rows import add_rows


def taken_before(actor: Actor, period_id: int) -> set[int]:
    """Return the ids of the people whose figures of a period the person has exported."""
    return set(
        db.session.scalars(
            select(TakenPerson.staff_id).where(
                TakenPerson.period_id == period_id,
                TakenPerson.user_id.in_(accounts_of(actor.user_id)),
            )
        )
    )


def cases_taken_before(actor: Actor, year: int) -> set[int]:
    """Return the ids of the people whose cases the person has exported in a year."""
    return set(
        db.session.scalars(
            select(TakenCase.staff_id).where(
                TakenCase.year == year, TakenCase.user_id.in_(accounts_of(actor.user_id))
            )
        )
    )


def note_taken(actor: Actor, period_id: int, people: AbstractSet[int]) -> None:
    """Record the people in an export; concurrent exports of a person are serialised.

    Raises DomainError if there are more than MANY, earlier exports included.
    """
    _lock_accounts(actor)
    before = taken_before(actor, period_id)
    refuse_many(len(people | before))
    _note(TakenPerson, people - before, user_id=actor.user_id, period_id=period_id)


def note_cases_taken(actor: Actor, year: int, people: AbstractSet[int]) -> None:
    """Record the people in a register, like `note_taken`. Raises DomainError."""
    _lock_accounts(actor)
    before = cases_taken_before(actor, year)
    refuse_many_cases(len(people), len(people | before))
    _note(TakenCase, people - before, user_id=actor.user_id, year=year)


def _lock_accounts(actor: Actor) -> None:
    own = select(User.id).where(User.id.in_(accounts_of(actor.user_id))).order_by(User.id)
    db.session.scalars(own.with_for_update()).all()


def _note(
    table: type[TakenPerson | TakenCase], people: AbstractSet[int], **key: int | None
) -> None:
    add_rows(table, [{**key, "staff_id": staff_id} for staff_id in sorted(people)])
