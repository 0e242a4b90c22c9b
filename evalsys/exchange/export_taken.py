"""Of whom one person has taken figures of a period, under whatever account, without agreement.

Many small workbooks are one large one: organ by organ, sheet by sheet. What somebody agreed to is
not counted again.
"""

from collections.abc import Set as AbstractSet

from sqlalchemy import insert, select

from evalsys.accounts.models import User
from evalsys.accounts.second_person import accounts_of
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.exchange.export_large_rules import refuse_many
from evalsys.exchange.models import TakenPerson


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


def note_taken(actor: Actor, period_id: int, people: AbstractSet[int]) -> None:
    """Note of whom figures are taken (a step): two at the same time are counted one by one.

    Raises NeedsAgreement if they make many together with those before.
    """
    own = select(User.id).where(User.id.in_(accounts_of(actor.user_id))).order_by(User.id)
    db.session.scalars(own.with_for_update()).all()
    before = taken_before(actor, period_id)
    refuse_many(len(people | before))
    rows = [
        {"user_id": actor.user_id, "period_id": period_id, "staff_id": staff_id}
        for staff_id in sorted(people - before)
    ]
    if rows:
        db.session.execute(insert(TakenPerson), rows)
