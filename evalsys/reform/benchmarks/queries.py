"""Reading indicators, cities, figures and targets. They are of the whole city: nobody is named."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import joinedload

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.reads import once
from evalsys.reform.benchmarks.models import (
    BenchmarkCity,
    Figure,
    Indicator,
    Retirement,
    YearTarget,
)
from evalsys.reform.benchmarks.rules.comparing import Series
from evalsys.reform.benchmarks.rules.queue import Judged, Placed, in_order


@once
def list_cities() -> Sequence[BenchmarkCity]:
    """Return the cities: the own one first, the others by the order of their entry."""
    query = select(BenchmarkCity).order_by(BenchmarkCity.is_own.is_(None), BenchmarkCity.id)
    return db.session.scalars(query).all()


def own_city(cities: Sequence[BenchmarkCity]) -> int | None:
    """Return the id of the own city; None until it is entered."""
    return next((city.id for city in cities if city.is_own), None)


def get_city(city_id: int) -> BenchmarkCity:
    """Return a city. Raises NotFound."""
    city = db.session.get(BenchmarkCity, city_id)
    if city is None:
        raise NotFound
    return city


def select_indicators(text: str = "") -> Select[Indicator]:
    """Return the query for indicators whose name or definition holds a text, by name."""
    query = select(Indicator).order_by(Indicator.name)
    if text:
        found = Indicator.name.icontains(text, autoescape=True)
        query = query.where(found | Indicator.definition.icontains(text, autoescape=True))
    return query


def in_use(year: int | None) -> ColumnElement[bool]:
    """Return the predicate that an indicator is compared in a year, or now."""
    gone = exists().where(Retirement.indicator_id == Indicator.id, Retirement.ended_at.is_(None))
    if year is not None:
        gone = gone.where(Retirement.since < date(year + 1, 1, 1))
    return ~gone


def is_retired() -> ColumnElement[bool]:
    """Return the predicate that an indicator is out of use now."""
    return ~in_use(None)


def list_retirements(indicator_id: int) -> Sequence[Retirement]:
    """Return the times in which an indicator was out of use, the latest first."""
    query = select(Retirement).where(Retirement.indicator_id == indicator_id)
    query = query.options(joinedload(Retirement.user), joinedload(Retirement.ender))
    return db.session.scalars(query.order_by(Retirement.id.desc())).all()


def get_indicator(indicator_id: int) -> Indicator:
    """Return an indicator. Raises NotFound."""
    indicator = db.session.get(Indicator, indicator_id)
    if indicator is None:
        raise NotFound
    return indicator


def series_of(ids: Collection[int]) -> Mapping[int, Series]:
    """Return the current figures of some indicators: indicator -> (city, year) -> figure."""
    query = select(Figure.indicator_id, Figure.city_id, Figure.year, Figure.value).where(
        Figure.indicator_id.in_(ids), Figure.is_current, Figure.value.is_not(None)
    )
    found: dict[int, dict[tuple[int, int], Decimal]] = {key: {} for key in ids}
    for indicator, city, year, value in db.session.execute(query):
        if value is not None:
            found[indicator][city, year] = value
    return found


def targets_of(ids: Collection[int]) -> Mapping[int, Mapping[int, Decimal]]:
    """Return the targets of some indicators: indicator -> year -> target."""
    query = select(YearTarget).where(YearTarget.indicator_id.in_(ids))
    found: dict[int, dict[int, Decimal]] = {key: {} for key in ids}
    for target in db.session.scalars(query):
        found[target.indicator_id][target.year] = target.value
    return found


def list_figures(indicator_id: int | None = None) -> Sequence[Figure]:
    """Return every version of the figures of an indicator, or the current ones of all.

    By indicator and city, the latest year first, the latest version of a year first.
    """
    query = select(Figure).options(
        joinedload(Figure.city), joinedload(Figure.user), joinedload(Figure.indicator)
    )
    if indicator_id is None:
        query = query.where(Figure.is_current, Figure.value.is_not(None))
    else:
        query = query.where(Figure.indicator_id == indicator_id)
    query = query.join(Figure.indicator).join(Figure.city)
    order = (Figure.year.desc(), BenchmarkCity.is_own.is_(None), Figure.city_id)
    return db.session.scalars(query.order_by(Indicator.name, *order, Figure.version.desc())).all()


def list_targets(indicator_id: int) -> Sequence[YearTarget]:
    """Return the targets of an indicator, the latest year first."""
    query = select(YearTarget).where(YearTarget.indicator_id == indicator_id)
    return db.session.scalars(query.order_by(YearTarget.year.desc())).all()


def list_years() -> Sequence[int]:
    """Return the years that have a figure, the latest first."""
    query = select(Figure.year).where(Figure.is_current, Figure.value.is_not(None)).distinct()
    return db.session.scalars(query.order_by(Figure.year.desc())).all()


def read_queue() -> tuple[list[Placed], Mapping[int, Indicator]]:
    """Return the queue of the judged indicators in use, and the indicators by their id."""
    query = select(Indicator).where(Indicator.urgency.is_not(None), in_use(None))
    indicators = {one.id: one for one in db.session.scalars(query)}
    judged = [
        Judged(one.id, one.name, one.urgency, one.ease)
        for one in indicators.values()
        if one.urgency is not None and one.ease is not None
    ]
    return in_order(judged), indicators


def count_unjudged() -> int:
    """Return how many indicators in use are not judged yet."""
    query = select(func.count(Indicator.id)).where(Indicator.urgency.is_(None), in_use(None))
    return db.session.scalar(query) or 0
