"""Figures of shorter services in the archive: of a section, and of who led it on the day.

Compared are the version that counts at the end of the days and the one that counted before them,
else the first. A service is shorter if time or steps became less and neither became more.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from evalsys.core.database import Query
from evalsys.core.errors import N_, NP_
from evalsys.organisation.org.models import ChiefTerm
from evalsys.personnel.archive.achievements import Achievements, Whose, WorkAsked
from evalsys.personnel.archive.rules import Achievement, Bearing, Part, parts_of
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter
from evalsys.reform.reductions.queries import current_of, first_of
from evalsys.reform.reductions.sheets import TITLE

SHORTER, OTHER, LISTED = "shorter", "other", "reductions.index"
PARTS = (
    ("time", Part(NP_("reduced", "time"), 0)),
    ("steps", Part(NP_("reduced", "steps"), 0)),
)
Before = aliased(MatterVersion, name="before")


def count(asked: WorkAsked) -> Iterator[Query]:
    """Yield the queries for the services whose process changed in the days, by how."""
    less_time = MatterVersion.promised < Before.promised
    less_steps = MatterVersion.step_count < Before.step_count
    no_more = and_(
        MatterVersion.promised <= Before.promised, MatterVersion.step_count <= Before.step_count
    )
    is_shorter = and_(no_more, or_(less_time, less_steps))
    yield _changed(asked, case((is_shorter, SHORTER), else_=OTHER))
    for what, less in (("time", less_time), ("steps", less_steps)):
        yield _changed(asked, case((less, what)), is_shorter, less)


def _changed(asked: WorkAsked, what: ColumnElement[Any], *which: ColumnElement[bool]) -> Query:
    """Return the query that counts the services with another version than before the days."""
    of_section = asked.whose is Whose.SECTION
    who = MatterVersion.section_id if of_section else ChiefTerm.staff_id
    last_before = current_of(asked.since, is_past=True)
    query = (
        select(who.label("who"), what.label("what"))
        .select_from(MatterVersion)
        .join(ServiceMatter, ServiceMatter.id == MatterVersion.service_matter_id)
        .join(Before, Before.id == func.coalesce(last_before, first_of()))
        .where(
            MatterVersion.id == current_of(asked.until),
            MatterVersion.starts_on.between(asked.since, asked.until),
            MatterVersion.starts_on > Before.starts_on,
            who.in_(asked.ids),
            *which,
        )
    )
    if not of_section:
        query = query.join(ChiefTerm, _led_by())
    found = query.subquery()
    return select(found.c.who, found.c.what, func.count()).group_by(found.c.who, found.c.what)


def _led_by() -> ColumnElement[bool]:
    """Return the predicate that somebody led the section of a version on its first day."""
    return and_(
        ChiefTerm.section_id == MatterVersion.section_id,
        ChiefTerm.started_on <= MatterVersion.starts_on,
        or_(ChiefTerm.ended_on.is_(None), ChiefTerm.ended_on >= MatterVersion.starts_on),
    )


def tell(counts: Mapping[str, int]) -> Iterator[Achievement]:
    """Yield the figure: how many of the services that changed became shorter."""
    shorter = counts.get(SHORTER, 0)
    if changed := shorter + counts.get(OTHER, 0):
        yield Achievement(
            N_("Services that became shorter, of those changed"),
            shorter,
            TITLE,
            Bearing.GOOD,
            changed,
            parts=parts_of(PARTS, counts),
            listed=LISTED,
        )


ACHIEVED = Achievements("reductions", count, tell)
