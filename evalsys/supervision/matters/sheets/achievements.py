"""Figures of supervised matters in the archive: answered in time, late, in hand, how far warned.

The same matters as in the register of the same days, counted as its shares in time are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.models import CaseStep, Deadline, Party, Subject
from evalsys.cases.engine.queries import was_open
from evalsys.core.database import Query
from evalsys.core.errors import N_, NP_
from evalsys.personnel.archive.achievements import Achievements, WorkAsked
from evalsys.personnel.archive.rules import Achievement, Bearing, Part, parts_of
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.filters import is_lit
from evalsys.supervision.matters.queries import IS_TERM_OF_HANDLING, was_missed
from evalsys.supervision.matters.rules import KIND
from evalsys.supervision.matters.sheets.register import MATTERS
from evalsys.supervision.matters.sheets.rows import LIGHTS, REFERRED

IN_TIME, LATE, OPEN = "in_time", "late", "open"
LISTED = "matters.index"
# The lights of a matter in hand.
LIT = (
    *(
        (light.value, Part(words, 0, light.value))
        for light, words in LIGHTS.items()
        if light is not Light.MET
    ),
    (Light.REFERRED.value, Part(REFERRED, 0, Light.REFERRED.value)),
)
# How far a matter escalated, the least first.
LEVELS = ("near", "urge", "supervise")
WARNED = (
    ("near", Part(NP_("level of a matter", "yellow light"), 0)),
    ("urge", Part(NP_("level of a matter", "urged"), 0)),
    ("supervise", Part(NP_("level of a matter", "supervision ticket"), 0)),
)


def count(asked: WorkAsked) -> Iterator[Query]:
    """Yield the queries for the matters that somebody had in hand, by how they stand."""
    yield kept(asked)
    yield _lit(asked)
    yield _warned(asked)


def _matters(asked: WorkAsked, *columns: Any) -> Query:
    """Return the query for matters open on one of the days, with who answers for them."""
    query = select(asked.who.label("who"), *columns).join_from(Party, Subject)
    return query.where(
        *asked.holds(MatterDuty.HANDLER),
        Subject.kind == KIND,
        was_open(asked.since, asked.until),
    )


def _of_terms(query: Query) -> Query:
    """Keep the terms of handling, but for those that a refusal dropped."""
    return query.join(Deadline, Deadline.subject_id == Subject.id).where(IS_TERM_OF_HANDLING)


def kept(asked: WorkAsked, *which: ColumnElement[bool]) -> Query:
    """Count matters by how their terms were kept: late if one of them was, or is, missed.

    `which` are conditions on their `Subject`.
    """
    late = _any(was_missed(asked.on))
    waiting = _any(Deadline.closed_on.is_(None))
    how = case((late, LATE), (waiting, OPEN), else_=IN_TIME)
    terms = _of_terms(_matters(asked, how.label("how"))).where(*which)
    each = terms.group_by(asked.who, Subject.id).subquery()
    return select(each.c.who, each.c.how, func.count()).group_by(each.c.who, each.c.how)


def _lit(asked: WorkAsked) -> Query:
    """Count matters in hand by light, as the board shows them."""
    lights = [Light(letter) for letter, _part in LIT]
    light = case(*((is_lit(one, asked.on), literal(one.value)) for one in lights))
    each = _of_terms(_matters(asked, light.label("light"))).where(Deadline.closed_on.is_(None))
    found = each.subquery()
    return select(found.c.who, found.c.light, func.count()).group_by(found.c.who, found.c.light)


def _warned(asked: WorkAsked) -> Query:
    """Count matters by the highest level of escalation that they reached."""
    level = func.max(case({name: n for n, name in enumerate(LEVELS)}, value=CaseStep.name))
    each = _matters(asked, level.label("level")).join(CaseStep, CaseStep.subject_id == Subject.id)
    each = each.where(CaseStep.name.in_(LEVELS)).group_by(asked.who, Subject.id)
    found = each.subquery()
    name = case(dict(enumerate(LEVELS)), value=found.c.level)
    return select(found.c.who, name, func.count()).group_by(found.c.who, found.c.level)


def _any(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the predicate on a group that a condition holds for one of its rows."""
    return func.max(case((condition, 1), else_=0)) == 1


def tell(counts: Mapping[str, int]) -> Iterator[Achievement]:
    """Yield the figures; nothing where there is nothing to count."""
    in_time, late = counts.get(IN_TIME, 0), counts.get(LATE, 0)
    if answered := in_time + late:
        yield Achievement(
            N_("Matters answered in time"), in_time, MATTERS, Bearing.GOOD, answered, listed=LISTED
        )
        yield Achievement(
            N_("Matters answered late, or overdue"),
            late,
            MATTERS,
            Bearing.BAD,
            answered,
            listed=LISTED,
        )
    if lit := parts_of(LIT, counts):
        total = sum(part.figure for part in lit)
        yield Achievement(N_("Matters in hand, by light"), total, MATTERS, parts=lit, listed=LISTED)
    if warned := parts_of(WARNED, counts):
        total = sum(part.figure for part in warned)
        yield Achievement(N_("Matters that were warned of"), total, MATTERS, parts=warned)


ACHIEVED = Achievements(KIND, count, tell)
