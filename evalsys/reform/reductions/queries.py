"""Queries of service matters: which version counts on a day, the list, its sums."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.reform.reductions import limits
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter
from evalsys.reform.reductions.rules.measures import PERCENT, Measure, Reduction, Way

LONGEST = 80  # characters of a filter
Q = TypeVar("Q", bound=Select[Any])
Base = aliased(MatterVersion, name="base")
Targets = Mapping[Measure, int]
# The measures as expressions of SQL, where the list filters or adds up.
COLUMNS: Mapping[Measure, str] = {
    Measure.ITEMS: "items",
    Measure.STEPS: "step_count",
    Measure.TIME: "promised",
}


@dataclass(frozen=True)
class ReductionFilter:
    """A filter of service matters; "" takes all. `outcome` is of time and steps."""

    organ: str = ""
    section: str = ""
    outcome: str = ""
    way: str = ""
    text: str = ""


def targets() -> dict[Measure, int]:
    """Return the targets of the policy in force, in percent."""
    rules = rules_in_force()
    return {Measure.TIME: rules[limits.TIME], Measure.STEPS: rules[limits.STEPS]}


# A matter has one version alone, both targets are met, or one of them is not.
WHICH = ("met", "short", "first")


def read_filter(args: Mapping[str, str]) -> ReductionFilter:
    """Return the filter of an address; values that nothing can have are left out."""
    given = {name: args.get(name, "").strip()[:LONGEST] for name in ReductionFilter.__annotations__}
    known = {"outcome": {*WHICH}, "way": {*Way}}
    for name, values in known.items():
        given[name] = given[name] if given[name] in values else ""
    return ReductionFilter(**given)


def current_of(on: date, *, is_past: bool = False) -> ColumnElement[int]:
    """Return the id of the version of a matter that counts on a day, or (`is_past`) before it."""
    other = aliased(MatterVersion)
    begun = other.starts_on < on if is_past else other.starts_on <= on
    query = (
        select(other.id)
        .where(other.service_matter_id == ServiceMatter.id, begun)
        .order_by(other.starts_on.desc(), other.number.desc())
    )
    return query.limit(1).correlate(ServiceMatter).scalar_subquery()


def first_of() -> ColumnElement[int]:
    """Return the id of the version from which the others are counted: the first, as corrected."""
    other = aliased(MatterVersion)
    query = (
        select(other.id)
        .where(other.service_matter_id == ServiceMatter.id)
        .order_by(other.starts_on, other.number.desc())
    )
    return query.limit(1).correlate(ServiceMatter).scalar_subquery()


def select_current(
    actor: Actor, wanted: ReductionFilter, targets: Targets, on: date
) -> Select[MatterVersion]:
    """Return the query for the versions of today, by the codes of their matters."""
    query = (
        _joined(select(MatterVersion), on)
        .options(
            contains_eager(MatterVersion.matter),
            contains_eager(MatterVersion.section).joinedload(Section.organ),
        )
        .order_by(ServiceMatter.code)
    )
    return query.where(*_conditions(actor, wanted, targets, on))


def count_current(actor: Actor, wanted: ReductionFilter, targets: Targets, on: date) -> Select[int]:
    """Return the query that counts what `select_current` selects."""
    query = _joined(select(func.count(MatterVersion.id)), on)
    return query.where(*_conditions(actor, wanted, targets, on))


def _joined(query: Q, on: date) -> Q:
    """Join the matter, its first version, and the section."""
    return (
        query.join(ServiceMatter, ServiceMatter.id == MatterVersion.service_matter_id)
        .join(Base, Base.id == first_of())
        .join(Section, Section.id == MatterVersion.section_id)
        .where(MatterVersion.id == current_of(on))
    )


def _conditions(
    actor: Actor, wanted: ReductionFilter, targets: Targets, on: date
) -> Iterator[ColumnElement[bool]]:
    yield visible_to(actor, on, on)
    if wanted.section:
        yield Section.code == wanted.section
    elif wanted.organ:
        yield Section.organ_id.in_(select(Organ.id).where(Organ.code == wanted.organ))
    if wanted.way:
        yield getattr(MatterVersion, wanted.way).is_(True)
    if wanted.outcome == "first":
        yield MatterVersion.starts_on == Base.starts_on
    elif wanted.outcome:
        yield MatterVersion.starts_on > Base.starts_on
        every = and_(*(_is_met(measure, target) for measure, target in targets.items()))
        yield every if wanted.outcome == "met" else ~every
    if wanted.text:
        named = ServiceMatter.name.contains(wanted.text, autoescape=True)
        yield or_(named, ServiceMatter.code == wanted.text)


def _is_met(measure: Measure, target: int) -> ColumnElement[bool]:
    """Return the predicate that a target is met, as `Reduction.outcome` decides."""
    before: ColumnElement[int] = getattr(Base, COLUMNS[measure])
    after: ColumnElement[int] = getattr(MatterVersion, COLUMNS[measure])
    saved = (before - after) * PERCENT >= target * before
    return or_(and_(before > 0, saved), and_(before == 0, after == 0))


@dataclass(frozen=True)
class Sums:
    """The matters of a filter: how many, with how many shortened, and their sums."""

    matters: int
    shortened: int
    sums: Mapping[Measure, Reduction]


def read_sums(actor: Actor, wanted: ReductionFilter, targets: Targets, on: date) -> Sums:
    """Return the sums over the matters of a filter, in one statement."""
    later = MatterVersion.starts_on > Base.starts_on
    columns: list[Any] = [func.count(MatterVersion.id), func.count(case((later, 1)))]
    pairs = [
        *((getattr(Base, name), getattr(MatterVersion, name)) for name in COLUMNS.values()),
        (Base.documents - Base.spared, MatterVersion.documents - MatterVersion.spared),
        (Base.certificates - Base.replaced, MatterVersion.certificates - MatterVersion.replaced),
    ]
    columns += [func.coalesce(func.sum(one), 0) for pair in pairs for one in pair]
    query: Select[Any] = select(*columns)
    query = _joined(query, on).where(*_conditions(actor, wanted, targets, on))
    matters, shortened, *figures = map(int, db.session.execute(query).one())
    measures = (*COLUMNS, Measure.DOCUMENTS, Measure.CERTIFICATES)
    found = {
        measure: Reduction(
            measure,
            Decimal(figures[2 * place]),
            Decimal(figures[2 * place + 1]),
            targets.get(measure),
        )
        for place, measure in enumerate(measures)
    }
    return Sums(matters, shortened, found)


def first_versions(matter_ids: Iterable[int]) -> dict[int, MatterVersion]:
    """Return matter id -> the version from which the others are counted."""
    query = (
        select(MatterVersion)
        .join(ServiceMatter, ServiceMatter.id == MatterVersion.service_matter_id)
        .where(ServiceMatter.id.in_(list(matter_ids)), MatterVersion.id == first_of())
    )
    return {row.service_matter_id: row for row in db.session.scalars(query)}


def get_current(actor: Actor, matter_id: int, on: date) -> MatterVersion:
    """Return the version of today of a matter in scope. Raises NotFound."""
    query = select_current(actor, ReductionFilter(), {}, on)
    found = db.session.scalar(query.where(ServiceMatter.id == matter_id))
    if found is None:
        raise NotFound
    return found


def list_versions(matter_id: int) -> Sequence[MatterVersion]:
    """Return all versions of a matter with their steps and authors, the earliest entered first."""
    query = (
        select(MatterVersion)
        .where(MatterVersion.service_matter_id == matter_id)
        .options(
            selectinload(MatterVersion.rows),
            joinedload(MatterVersion.author),
            joinedload(MatterVersion.section),
        )
        .order_by(MatterVersion.number)
    )
    return db.session.scalars(query).all()


def counting(versions: Sequence[MatterVersion]) -> list[MatterVersion]:
    """Return the versions that count, by their day: of each day the one entered last."""
    by_day = {one.starts_on: one for one in versions}
    return [by_day[day] for day in sorted(by_day)]


def version_of(text: str | None) -> int | None:
    """Return the number of a version as an address has it, or None."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else None


def find_matter(code: str) -> ServiceMatter | None:
    """Return the matter with a code, or None."""
    return db.session.scalar(select(ServiceMatter).where(ServiceMatter.code == code))
