"""Keeping the library: indicators, cities, targets, and what is urgent and easy."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import exists, select

from evalsys.core.audit import lock_until_commit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.reform.benchmarks.models import (
    BenchmarkCity,
    Figure,
    Indicator,
    Retirement,
    YearTarget,
)
from evalsys.reform.benchmarks.numbers import FIRST_YEAR
from evalsys.reform.benchmarks.queries import get_city, get_indicator
from evalsys.reform.benchmarks.rules.comparing import Direction


class KeptApart(DomainError):
    """An entry of the library cannot be as it was asked for; `field` is where the form says so."""

    status = 422

    def __init__(self, field: str, message: str, **params: str) -> None:
        super().__init__(message, status=self.status, **params)
        self.field = field


LIBRARY_LOCK = 0x5EF0_2468  # Whoever names an indicator or a city; see `lock_until_commit`.
NAME_TAKEN = N_("There is one of this name already")
UNIT_FIXED = N_(
    "It has figures in %(unit)s, and units are never mixed: enter another indicator instead"
)
PLACES_FIXED = N_("A figure of it has more decimals")
RETIRED = N_("The indicator is retired already")
IN_USE = N_("The indicator is in use already")
NO_SUCH_DAY = N_("From %(first)s to today")
EARLIEST = date(FIRST_YEAR, 1, 1)
OWN_KNOWN = N_("The own city is entered already")


@dataclass(frozen=True)
class IndicatorEntry:
    """What is said of an indicator."""

    name: str
    definition: str
    unit: str
    places: int
    direction: Direction
    source: str


@dataclass(frozen=True)
class Judgement:
    """How urgent and how easy it is to catch up, from 1 to 5, and why."""

    urgency: int
    urgency_reason: str
    ease: int
    ease_reason: str


def add_indicator(actor: Actor, entry: IndicatorEntry) -> Indicator:
    """Add an indicator to the library. Raises KeptApart if its name is taken."""
    with unit_of_work(actor) as unit:
        lock_until_commit(LIBRARY_LOCK)
        _refuse_taken(Indicator, entry.name)
        indicator = Indicator(**vars(entry))
        db.session.add(indicator)
        unit.record(Action.BENCHMARK_KEEP, indicator, name=entry.name, unit=entry.unit)
    return indicator


def change_indicator(actor: Actor, indicator_id: int, entry: IndicatorEntry) -> None:
    """Change an indicator; what its figures mean stays as it is.

    Raises NotFound, or KeptApart if the name is taken or the figures forbid it.
    """
    with unit_of_work(actor) as unit:
        lock_until_commit(LIBRARY_LOCK)
        indicator = get_indicator(indicator_id)
        lock_row(indicator)
        _refuse_taken(Indicator, entry.name, indicator_id)
        _refuse_other_figures(indicator, entry)
        changed = {
            name: str(getattr(indicator, name))
            for name, value in vars(entry).items()
            if getattr(indicator, name) != value
        }
        for name, value in vars(entry).items():
            setattr(indicator, name, value)
        unit.record(Action.BENCHMARK_KEEP, indicator, before=changed)


def _refuse_other_figures(indicator: Indicator, entry: IndicatorEntry) -> None:
    """Raise KeptApart where figures or targets are in another unit, or finer."""
    tables = (Figure, YearTarget)
    mine = (select(one.value).where(one.indicator_id == indicator.id) for one in tables)
    values = [value for query in mine for value in db.session.scalars(query) if value is not None]
    if values and entry.unit != indicator.unit:
        raise KeptApart("unit", UNIT_FIXED, unit=indicator.unit)
    if any(value != round(value, entry.places) for value in values):
        raise KeptApart("places", PLACES_FIXED)


def _refuse_taken(
    table: type[Indicator] | type[BenchmarkCity], name: str, but: int | None = None
) -> None:
    taken = exists().where(table.name == name, table.id != (but or 0))
    if db.session.scalar(select(taken)):
        raise KeptApart("name", NAME_TAKEN)


def retire(actor: Actor, indicator_id: int, since: date, reason: str, *, now: datetime) -> None:
    """Take an indicator out of use from a day on. Raises KeptApart if it is, or the day is none."""
    with unit_of_work(actor) as unit:
        indicator = get_indicator(indicator_id)
        lock_row(indicator)
        if _open_retirement(indicator_id) is not None:
            raise KeptApart("since", RETIRED)
        if not EARLIEST <= since <= local_day(now):
            raise KeptApart("since", NO_SUCH_DAY, first=EARLIEST.isoformat())
        row = Retirement(indicator_id=indicator_id, since=since, reason=reason)
        row.by, row.at = actor.user_id, now
        db.session.add(row)
        day = since.isoformat()
        unit.record(Action.BENCHMARK_KEEP, indicator, retired=True, since=day, reason=reason)


def take_up_again(actor: Actor, indicator_id: int, reason: str, *, now: datetime) -> None:
    """Take a retired indicator into use again. Raises KeptApart if it is in use."""
    with unit_of_work(actor) as unit:
        indicator = get_indicator(indicator_id)
        lock_row(indicator)
        row = _open_retirement(indicator_id)
        if row is None:
            raise KeptApart("reason", IN_USE)
        row.ended_reason, row.ended_by, row.ended_at = reason, actor.user_id, now
        unit.record(Action.BENCHMARK_KEEP, indicator, retired=False, reason=reason)


def _open_retirement(indicator_id: int) -> Retirement | None:
    query = select(Retirement).where(Retirement.indicator_id == indicator_id)
    return db.session.scalar(query.where(Retirement.ended_at.is_(None)))


def judge(actor: Actor, indicator_id: int, judgement: Judgement) -> None:
    """Say how urgent and how easy it is; the earlier judgement stays in the audit log.

    Raises KeptApart if the indicator is retired.
    """
    with unit_of_work(actor) as unit:
        indicator = get_indicator(indicator_id)
        lock_row(indicator)
        if indicator.retired is not None:
            raise KeptApart("urgency", RETIRED)
        before = {name: getattr(indicator, name) for name in vars(judgement)}
        for name, value in vars(judgement).items():
            setattr(indicator, name, value)
        unit.record(Action.BENCHMARK_KEEP, indicator, before=before, after=vars(judgement))


def set_target(actor: Actor, indicator_id: int, year: int, *, value: Decimal, basis: str) -> None:
    """Set the target of a year; an earlier one stays in the audit log."""
    with unit_of_work(actor) as unit:
        indicator = get_indicator(indicator_id)
        lock_row(indicator)
        target = db.session.get(YearTarget, (indicator_id, year))
        before = None if target is None else str(target.value)
        if target is None:
            target = YearTarget(indicator_id=indicator_id, year=year)
            db.session.add(target)
        target.value, target.basis = value, basis
        unit.record(Action.BENCHMARK_KEEP, indicator, year=year, target=str(value), before=before)


def add_city(actor: Actor, name: str, *, is_own: bool) -> BenchmarkCity:
    """Add a city. Raises KeptApart if its name is taken, or there is an own city already."""
    with unit_of_work(actor) as unit:
        lock_until_commit(LIBRARY_LOCK)
        _refuse_taken(BenchmarkCity, name)
        if is_own and db.session.scalar(select(exists().where(BenchmarkCity.is_own.is_not(None)))):
            raise KeptApart("is_own", OWN_KNOWN)
        city = BenchmarkCity(name=name, is_own=is_own or None)
        db.session.add(city)
        unit.record(Action.BENCHMARK_KEEP, city, name=name, is_own=is_own)
    return city


def rename_city(actor: Actor, city_id: int, name: str) -> None:
    """Rename a city. Raises NotFound, or KeptApart if the name is taken."""
    with unit_of_work(actor) as unit:
        lock_until_commit(LIBRARY_LOCK)
        city = get_city(city_id)
        _refuse_taken(BenchmarkCity, name, city_id)
        before, city.name = city.name, name
        unit.record(Action.BENCHMARK_KEEP, city, name=name, before=before)
