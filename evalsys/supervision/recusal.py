"""Who judges no matter: who answered for it, by any of their accounts."""

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import ChiefTerm
from evalsys.organisation.org.queries import select_own_staff
from evalsys.supervision.duties import MatterDuty


def answers_for(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person answers for it, or its origin.

    They are its responsible person, or have led its section since the case was opened.
    """
    case, own = aliased(Subject), select_own_staff(actor)
    led = (
        select(Party.subject_id)
        .join(ChiefTerm, ChiefTerm.section_id == Party.section_id)
        .join(case, case.id == Party.subject_id)
        .where(
            Party.duty == OWNER,
            ChiefTerm.staff_id.in_(own),
            or_(ChiefTerm.ended_on.is_(None), ChiefTerm.ended_on >= func.date(case.opened_at)),
        )
    )
    handled = select(Party.subject_id).where(
        Party.duty == MatterDuty.HANDLER, Party.staff_id.in_(own)
    )
    return or_(
        Subject.id.in_(handled),
        Subject.id.in_(led),
        and_(
            Subject.origin_id.is_not(None),  # The negation is asked too, and NULL has none.
            or_(Subject.origin_id.in_(handled), Subject.origin_id.in_(led)),
        ),
    )


def is_answerable(actor: Actor, case_id: int | None) -> bool:
    """Return whether the actor's person answers for a case; for None not."""
    query = select(Subject.id).where(Subject.id == case_id, answers_for(actor))
    return case_id is not None and db.session.scalar(query) is not None
