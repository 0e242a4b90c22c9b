"""Of whom one person has taken figures of a period, or cases of a year, without agreement.

Many small workbooks are one large one: organ by organ, sheet by sheet, month by month, whatever the
account. What somebody agreed to is not counted again.
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
    """Return the ids of the people of whom the person behind the actor took figures before."""
    return set(
        db.session.scalars(
            select(TakenPerson.staff_id).where(
                TakenPerson.period_id == period_id,
                TakenPerson.user_id.in_(accounts_of(actor.user_id)),
            )
        )
    )


def cases_taken_before(actor: Actor, year: int) -> set[int]:
    """Return the ids of the people whom registers of cases named to the person in a year."""
    return set(
        db.session.scalars(
            select(TakenCase.staff_id).where(
                TakenCase.year == year, TakenCase.user_id.in_(accounts_of(actor.user_id))
            )
        )
    )


def note_taken(actor: Actor, period_id: int, people: AbstractSet[int]) -> None:
    """Note of whom figures are taken: two at the same time are counted one by one.

    Raises DomainError if they make many together with those before.
    """
    _await_own_turn(actor)
    before = taken_before(actor, period_id)
    refuse_many(len(people | before))
    _note(TakenPerson, people - before, user_id=actor.user_id, period_id=period_id)


def note_cases_taken(actor: Actor, year: int, people: AbstractSet[int]) -> None:
    """Note whose cases are taken, as `note_taken` does. Raises DomainError."""
    _await_own_turn(actor)
    before = cases_taken_before(actor, year)
    refuse_many_cases(len(people), len(people | before))
    _note(TakenCase, people - before, user_id=actor.user_id, year=year)


def _await_own_turn(actor: Actor) -> None:
    own = select(User.id).where(User.id.in_(accounts_of(actor.user_id))).order_by(User.id)
    db.session.scalars(own.with_for_update()).all()


def _note(
    table: type[TakenPerson | TakenCase], people: AbstractSet[int], **key: int | None
) -> None:
    add_rows(table, [{**key, "staff_id": staff_id} for staff_id in sorted(people)])
