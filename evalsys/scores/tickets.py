"""Queries of what was set aside, and of tickets and services handled (F13), per seat.

A day without a number of services is on neither side of the issue rate (ADR 36): unknown is not 0,
and not 100 %.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from evalsys.core.database import Query
from evalsys.core.extensions import db
from evalsys.organisation.periods.rules import PeriodSpan
from evalsys.ratings.ballots.models import EXCLUDES, Exclusion, Rating
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.models import IssuingTally
from evalsys.scores.seats import Issued, SeatKey


class Beside(NamedTuple):
    """What stands beside the ballots of each seat: those excluded, by reason, and tickets."""

    excluded: dict[SeatKey, dict[str, int]]
    issued: dict[SeatKey, Issued]


def beside_ballots(span: PeriodSpan, codes: Sequence[str]) -> Beside:
    """Return excluded ballots by reason, ratings asked for and services, in one statement."""
    found = Beside(defaultdict(dict), {})
    facts = union_all(_excluded(codes), *_issued(span)).subquery().c
    rows = db.session.execute(
        select(facts.section_id, facts.staff_id, facts.reason, *_sums(facts)).group_by(
            facts.section_id, facts.staff_id, facts.reason
        )
    )
    for section_id, staff_id, reason, excluded, asked, matched, services in rows:
        key = (section_id, staff_id)
        if reason:
            found.excluded[key][reason] = int(excluded)
        else:
            known = None if services is None else int(services)
            found.issued[key] = Issued(int(asked), int(matched), known)
    return Beside(dict(found.excluded), found.issued)


def _sums(facts: Any) -> list[Any]:
    names = ("excluded", "asked", "matched", "services")
    return [func.sum(facts[name]) for name in names]


def _excluded(codes: Sequence[str]) -> Query:
    # COALESCE keeps SQLite from scanning the period's ratings: exclusions are far fewer.
    base_period = func.coalesce(Rating.base_period, "")
    return (
        select(
            Rating.section_id,
            Rating.staff_id,
            cast(Exclusion.reason, String).label("reason"),
            literal(1).label("excluded"),
            literal(0).label("asked"),
            literal(0).label("matched"),
            cast(null(), Integer).label("services"),
        )
        .join_from(Exclusion, Rating, EXCLUDES)
        .where(base_period.in_(codes))
    )


def _issued(span: PeriodSpan) -> tuple[Query, Query]:
    """Return tickets and services, each a row of its own, so that none is multiplied."""
    tally, handled = IssuingTally, ServicesHandled
    is_known = handled.services.is_not(None)
    asked = (
        select(
            tally.section_id,
            tally.staff_id,
            literal("").label("reason"),
            literal(0),
            tally.tickets + tally.invitations,
            case((is_known, tally.tickets), else_=0),
            cast(null(), Integer),
        )
        .outerjoin(
            handled,
            and_(handled.served_on == tally.served_on, handled.staff_id == tally.staff_id),
        )
        .where(tally.served_on.between(span.starts_on, span.ends_on))
    )
    served = select(
        handled.section_id,
        handled.staff_id,
        literal(""),
        literal(0),
        literal(0),
        literal(0),
        handled.services,
    ).where(handled.served_on.between(span.starts_on, span.ends_on))
    return asked, served
