"""Reads of rates: the numbers of each organ, and what was left out."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, extract, func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.supervision.hotline.callbacks.models import HotlineExclusion
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.rates import limits
from evalsys.supervision.hotline.rates.rules import OrganCounts, RateWeights
from evalsys.supervision.hotline.rules import CONTENT


def weights_now() -> tuple[RateWeights, int]:
    """Return how the rates weigh in today, and how many callers make a place."""
    rules = rules_in_force()
    names = (limits.RESPONSE, limits.SOLUTION, limits.SATISFACTION)
    return RateWeights(*(rules[name] for name in names)), rules[limits.LEAST]


def _received(
    actor: Actor, since: date, until: date, organ: str, section: str
) -> list[ColumnElement[bool]]:
    """Return the predicates for the tickets received in a span, within a scope."""
    found: list[ColumnElement[bool]] = [HotlineTicket.received_on.between(since, until)]
    if actor.organ_id is not None:
        found.append(HotlineTicket.organ_id == actor.organ_id)
    if organ:
        found.append(HotlineTicket.organ_id.in_(select(Organ.id).where(Organ.code == organ)))
    if section:
        owned = is_owned_by(select(Section.id).where(Section.code == section))
        found.append(HotlineTicket.matter_id.in_(select(Subject.id).where(owned)))
    return found


def count_of_city(since: date, until: date) -> list[OrganCounts]:
    """Count the tickets received in a span by organ, of the whole city: numbers about nobody."""
    return count_by_organ(SYSTEM, since, until)


def list_shown(actor: Actor, counts: Sequence[OrganCounts], on: date) -> list[OrganCounts]:
    """Return those of some organs whose rates an actor reads.

    A leader reads all, a chief those of the sections that they lead, the office its scope.
    """
    if actor.role in {Role.LEADER, Role.SYSTEM}:
        return [*counts]
    shown = select(Organ.code)
    if actor.role is Role.CHIEF:
        led = select(Section.organ_id).where(visible_to(actor, on, on))
        shown = shown.where(Organ.id.in_(led))
    elif actor.organ_id is not None:
        shown = shown.where(Organ.id == actor.organ_id)
    codes = set(db.session.scalars(shown))
    return [row for row in counts if row.code in codes]


def count_by_organ(
    actor: Actor, since: date, until: date, organ: str = "", section: str = ""
) -> list[OrganCounts]:
    """Count the tickets received in a span by organ, in one statement."""
    return _count(_received(actor, since, until, organ, section))


def count_by_month(since: date, until: date) -> list[OrganCounts]:
    """Count the tickets received in a span by organ and month, of the whole city."""
    day = HotlineTicket.received_on
    months = (extract("year", day), extract("month", day))
    return _count(_received(SYSTEM, since, until, "", ""), *months)


def _count(received: list[ColumnElement[bool]], *parts: ColumnElement[Any]) -> list[OrganCounts]:
    """Count tickets by organ, and by parts of each."""
    counts: ColumnElement[bool] = HotlineExclusion.id.is_(None)
    level = HotlineTicket.satisfaction

    def number(*which: ColumnElement[bool]) -> ColumnElement[int]:
        hit = counts
        for one in which:
            hit = hit & one
        return func.coalesce(func.sum(case((hit, 1), else_=0)), 0)

    rows = db.session.execute(
        select(
            Organ.name,
            Organ.code,
            number(),
            number(HotlineTicket.is_reached.is_(True)),
            number(HotlineTicket.in_limit.is_(True)),
            number(HotlineTicket.in_limit.is_(False)),
            number(HotlineTicket.is_solved.is_(True)),
            number(HotlineTicket.is_solved.is_(False)),
            number(level.in_(CONTENT)),
            number(level.is_not(None), level.not_in(CONTENT)),
            func.count(HotlineExclusion.id),
        )
        .select_from(HotlineTicket)
        .join(Organ, Organ.id == HotlineTicket.organ_id)
        .outerjoin(HotlineExclusion, HotlineExclusion.ticket_id == HotlineTicket.id)
        .where(*received)
        .group_by(Organ.name, Organ.code, *parts)
        .order_by(Organ.code, *parts)
    )
    return [OrganCounts(name, code, *map(int, numbers)) for name, code, *numbers in rows]


def list_excluded(
    actor: Actor, since: date, until: date, organ: str = "", section: str = ""
) -> Sequence[HotlineExclusion]:
    """Return what was left out of the tickets received in a span, by number."""
    query = (
        select(HotlineExclusion)
        .join(HotlineTicket, HotlineTicket.id == HotlineExclusion.ticket_id)
        .where(*_received(actor, since, until, organ, section))
        .options(
            joinedload(HotlineExclusion.ticket).joinedload(HotlineTicket.organ),
            joinedload(HotlineExclusion.user),
        )
        .order_by(HotlineTicket.number)
    )
    return db.session.scalars(query).all()


def list_received(
    actor: Actor, since: date, until: date, organ: str = "", section: str = ""
) -> Sequence[HotlineTicket]:
    """Return the tickets received in a span, the earliest first."""
    query = (
        select(HotlineTicket)
        .where(*_received(actor, since, until, organ, section))
        .options(joinedload(HotlineTicket.organ), joinedload(HotlineTicket.matter))
        .order_by(HotlineTicket.received_on, HotlineTicket.id)
    )
    return db.session.scalars(query).all()
