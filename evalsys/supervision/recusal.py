"""Who judges no matter: who answered for it or leads who did, by any of their accounts."""

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, exists, func, or_, select
from sqlalchemy.orm import aliased

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import own_accounts
from evalsys.organisation.org.models import ChiefTerm, LeaderTerm, Section
from evalsys.organisation.org.queries import select_own_staff
from evalsys.supervision.duties import MatterDuty

ANSWERING = (OWNER, MatterDuty.CO_OWNER, MatterDuty.CONTRIBUTOR)  # whose chiefs answer

# Made once: an alias takes longer to make than a query to send. Each is used in one place, so that
# none stands inside a query of its own.
_Case, _Later, _Step, _Head = aliased(Subject), aliased(Subject), aliased(CaseStep), aliased(User)


@functools.lru_cache(maxsize=64)
def answers_for(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person answers for it, or an origin.

    They are its responsible person, or have led a section that owns it or contributes to it since
    the case was opened. An origin is what it follows, and what that follows in turn.
    """
    own = select_own_staff(actor)
    handled = select(Party.subject_id).where(
        Party.duty == MatterDuty.HANDLER, Party.staff_id.in_(own)
    )
    led = _led(ChiefTerm, actor).where(Party.duty.in_(ANSWERING))
    return _in_chain(handled.union_all(led).subquery())


@functools.lru_cache(maxsize=64)
def may_not_judge(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor answers for it, or leads who does.

    That is the leader in charge of the section that owns it since the case was opened, and the
    head of its organ. It holds also of what they answered for, or lead, at any of its origins.
    """
    in_charge = _led(LeaderTerm, actor).where(Party.duty == OWNER)
    of_organs = select(_Head.organ_id).where(
        _Head.id.in_(own_accounts(actor)),
        _Head.role == Role.LEADER,
        _Head.organ_id.is_not(None),
        _Head.disabled_at.is_(None),
    )
    owned = select(Party.subject_id).where(Party.duty == OWNER)
    here = owned.where(Party.organ_id.in_(of_organs))
    below = owned.join(Section, Section.id == Party.section_id)
    headed = here.union_all(below.where(Section.organ_id.in_(of_organs)), in_charge)
    return or_(answers_for(actor), _in_chain(headed.subquery()))


def took(actor: Actor, *names: str) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person took a step of some names in it."""
    return _taken(Subject.id, actor, names)


def took_at_origin(actor: Actor, *names: str) -> ColumnElement[bool]:
    """Return the predicate that the actor's person took a step in the case that it follows."""
    return _taken(Subject.origin_id, actor, names)


def answers_in(actor: Actor, case_id: int) -> bool:
    """Return whether the actor's person answers for a case, or an origin of it."""
    query = select(Subject.id).where(Subject.id == case_id, answers_for(actor))
    return db.session.scalar(query) is not None


def is_answerable(actor: Actor, case_id: int | None) -> bool:
    """Return whether the actor's person may not judge a case; for None not."""
    query = select(Subject.id).where(Subject.id == case_id, may_not_judge(actor))
    return case_id is not None and db.session.scalar(query) is not None


def _led(term: type[ChiefTerm | LeaderTerm], actor: Actor) -> Select[int]:
    """Return the query of the subjects with a party led by the actor since they were opened."""
    return (
        select(Party.subject_id)
        .join(term, term.section_id == Party.section_id)
        .join(_Case, _Case.id == Party.subject_id)
        .where(
            term.staff_id.in_(select_own_staff(actor)),
            or_(term.ended_on.is_(None), term.ended_on >= func.date(_Case.opened_at)),
        )
    )


def _in_chain(found: Subquery) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that it is among some, or follows one, over any others."""
    chain = select(found.c.subject_id.label("id")).cte(recursive=True)
    # `UNION` drops what was found before, and so ends in any case.
    chain = chain.union(select(_Later.id).join(chain, _Later.origin_id == chain.c.id))
    return Subject.id.in_(select(chain.c.id))


def _taken(case_id: Any, actor: Actor, names: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(
        _Step.subject_id == case_id, _Step.name.in_(names), _Step.by.in_(own_accounts(actor))
    )
