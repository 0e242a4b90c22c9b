"""Queries of periods."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.rules import (
    PeriodSpan,
    base_periods,
    parse_period,
    period_message,
    period_of,
)


def base_kind() -> str:
    """Return the kind of the base period, the finest time stored with a rating."""
    return str(current_app.config["BASE_PERIOD"])


def base_period_of(day: date) -> str:
    """Return the code of the base period of a day."""
    return period_of(day, base_kind()).code


def base_codes(span: PeriodSpan) -> list[str]:
    """Return the codes of the base periods of a period. Raises DomainError if it is shorter."""
    return base_periods(span, base_kind())


def find_period(code: str) -> Period | None:
    """Return the period of a code, or None. Raises BadPeriod for a malformed code."""
    return db.session.scalar(select(Period).where(Period.code == parse_period(code).code))


def get_period(code: str) -> Period:
    """Return the period of a code. Raises BadPeriod, or DomainError if it was not opened."""
    period = find_period(code)
    if period is None:
        raise DomainError(
            N_("The period %(code)s was not opened."), code=period_message(code), status=404
        )
    return period


def select_periods(*states: PeriodState) -> Select[Period]:
    """Return the query of the periods in the given states, or in any; latest first."""
    query = (
        select(Period)
        .options(joinedload(Period.policy))
        .order_by(Period.starts_on.desc(), Period.code)
    )
    return query.where(Period.state.in_(states)) if states else query


def list_periods(*states: PeriodState) -> Sequence[Period]:
    """Return the periods in the given states, or in any; latest first."""
    return db.session.scalars(select_periods(*states)).all()


def sealed_among(codes: Iterable[str]) -> frozenset[str]:
    """Return the base periods that lie in a closed period, whose numbers are final."""
    sealed = list_periods(PeriodState.CLOSED, PeriodState.PUBLISHED)
    return frozenset(
        code
        for code in codes
        if any(p.starts_on <= parse_period(code).starts_on <= p.ends_on for p in sealed)
    )
