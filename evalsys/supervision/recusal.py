"""Who judges no matter: who answered for it or leads who did, by any of their accounts."""

import functools
from collections.abc import Iterator

from sqlalchemy import ColumnElement, CompoundSelect, Select, Subquery, exists, func, or_, select
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
_Opened, _Earlier, _Before = aliased(Subject), aliased(Subject), aliased(CaseStep)


@functools.lru_cache(maxsize=64)
def answers_here(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person answers for it themselves.

    They are its responsible person, or have led a section that owns it or contributes to it since
    the case was opened.
    """
    return Subject.id.in_(select(_answered(actor).subquery().c.subject_id))


@functools.lru_cache(maxsize=64)
def answers_for(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person answers for it, or an origin.

    As `answers_here`; an origin is what it follows, and what that follows in turn.
    """
    return _in_chain(_answered(actor).subquery())


@functools.lru_cache(maxsize=64)
def may_not_judge(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor answers for it, or leads who does.

    That is the leader in charge of the section that owns it since the case was opened, and who
    heads its organ since then. It holds also of what they answered for, or lead, at any of its
    origins.
    """
    in_charge = _led(LeaderTerm, actor).where(Party.duty == OWNER)
    headed = in_charge.union_all(*_headed(actor))
    return or_(answers_for(actor), _in_chain(headed.subquery()))


def _answered(actor: Actor) -> CompoundSelect[int]:
    """Return the query of the subjects that the actor's person answers for."""
    handled = select(Party.subject_id).where(
        Party.duty == MatterDuty.HANDLER, Party.staff_id.in_(select_own_staff(actor))
    )
    return handled.union_all(_led(ChiefTerm, actor).where(Party.duty.in_(ANSWERING)))


def _headed(actor: Actor) -> Iterator[Select[int]]:
    """Yield the queries of the subjects whose organ the actor heads, or did after the opening."""
    own = select(Party.subject_id).join(_Opened, _Opened.id == Party.subject_id)
    of_section = own.join(Section, Section.id == Party.section_id)
    for query, organ_id in ((own, Party.organ_id), (of_section, Section.organ_id)):
        yield query.join(_Head, _Head.organ_id == organ_id).where(
            Party.duty == OWNER,
            _Head.id.in_(own_accounts(actor)),
            _Head.role == Role.LEADER,
            or_(_Head.disabled_at.is_(None), _Head.disabled_at >= _Opened.opened_at),
        )


def took(actor: Actor, *names: str) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person took a step of some names in it."""
    own = _Step.by.in_(own_accounts(actor))
    return exists().where(_Step.subject_id == Subject.id, _Step.name.in_(names), own)


def took_before(actor: Actor, kind: str, *names: str) -> ColumnElement[bool]:
    """Return the predicate on cases of a kind that the actor's person took a step at an origin.

    The steps of some names count, in what the case follows and what that follows in turn.
    """
    start = select(Subject.id.label("id"), Subject.origin_id.label("origin_id"))
    chain = start.where(Subject.kind == kind).cte(recursive=True)
    up = select(chain.c.id, _Earlier.origin_id).join(_Earlier, _Earlier.id == chain.c.origin_id)
    chain = chain.union(up)
    taken = select(chain.c.id).join(_Before, _Before.subject_id == chain.c.origin_id)
    own = _Before.by.in_(own_accounts(actor))
    return Subject.id.in_(taken.where(_Before.name.in_(names), own))


def answers_in(actor: Actor, case_id: int) -> bool:
    """Return whether the actor's person answers for a case themselves."""
    query = select(Subject.id).where(Subject.id == case_id, answers_here(actor))
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
