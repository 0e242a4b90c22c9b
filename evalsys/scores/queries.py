"""Queries of scores: the recount of ballots, days of service, frozen results.

Ballots are counted, summed and squared in the database, in integer hundredths, so that SQLite and
PostgreSQL agree and no rating becomes a Python object.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Cast,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased, joinedload

from evalsys.core.extensions import db
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, SectionKind, Staff
from evalsys.organisation.org.queries import overlaps
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import select_periods
from evalsys.organisation.periods.rules import PeriodSpan
from evalsys.organisation.policies.rules import DIMENSIONS, PolicyRules
from evalsys.ratings.ballots.models import EXCLUDES, Channel, Rating, Tally
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.rules.case_mix import Cell, CellSum
from evalsys.scores.rules.formulas import BAD, BEST, FULL, POINTS, SATISFIED, WORST
from evalsys.scores.rules.reliability import AnswerSums, add_answers
from evalsys.scores.seats import LEVEL_NAMES, Ballots, SeatKey, SeatPlace, Service

SATISFIED_HUNDREDTHS, FULL_HUNDREDTHS = int(SATISFIED * 100), int(FULL * 100)
# Of a section and its chief: days in a span, and the start of the last term.
ChiefDays = Mapping[SeatKey, tuple[int, date]]


def recount(codes: Sequence[str], rules: PolicyRules) -> list[Ballots]:
    """Count the ballots of base periods per section, member and rater group, in one statement.

    Excluded ballots and the default channel (silence) are left out. Ballots are first grouped by
    their four levels, in index order, so that F1 and the counters are computed once per distinct
    combination; the cases of a group (F12) are added up here.
    """
    found: dict[tuple[int, int, str], tuple[list[int], dict[Cell, CellSum]]] = {}
    for section_id, staff_id, group, kind, channel, *sums in db.session.execute(
        _recount(codes, rules)
    ):
        key = (section_id, staff_id, group)
        case_sum = CellSum(sums[1], sums[2])
        if key in found:
            before, cells = found[key]
            before[:] = map(add, before, sums)
            cells[kind or "", channel] = case_sum
        else:
            found[key] = sums, {(kind or "", channel): case_sum}
    return [
        Ballots._make((*key, *sums[:7], tuple(sums[8:]), _known(cells), sums[7]))
        for key, (sums, cells) in found.items()
    ]


def _known(cells: Mapping[Cell, CellSum]) -> dict[Cell, CellSum]:
    return {cell: sums for cell, sums in cells.items() if sums.n}


def _recount(codes: Sequence[str], rules: PolicyRules) -> Select[Any]:
    ballot = _with_f1(_alike(codes), rules.dimension_weights).c
    is_bad = or_(*(ballot[name] <= BAD for name in DIMENSIONS))
    first, *others = (ballot[name] for name in DIMENSIONS)
    is_uniform = and_(*(other == first for other in others))  # NULL, so not, if one is skipped.
    counters = (
        whole(func.sum(case((ballot[name] == level, ballot.times), else_=0)))
        for name in DIMENSIONS
        for level in range(WORST, BEST + 1)
    )
    return select(
        ballot.section_id,
        ballot.staff_id,
        ballot.rater_group,
        ballot.service_type,
        ballot.channel,
        whole(func.sum(ballot.times)),
        whole(func.sum(case((ballot.f1.is_(None), 0), else_=ballot.times))),
        whole(func.coalesce(func.sum(ballot.times * ballot.f1), 0)),
        whole(func.coalesce(func.sum(ballot.times * ballot.f1 * ballot.f1), 0)),
        whole(func.sum(case((ballot.f1.is_not(None) & is_bad, ballot.times), else_=0))),
        whole(func.sum(case((ballot.f1 >= SATISFIED_HUNDREDTHS, ballot.times), else_=0))),
        whole(func.sum(case((ballot.f1 == FULL_HUNDREDTHS, ballot.times), else_=0))),
        whole(func.sum(case((is_uniform, ballot.times), else_=0))),
        *counters,
    ).group_by(
        ballot.section_id,
        ballot.staff_id,
        ballot.rater_group,
        ballot.service_type,
        ballot.channel,
    )


def _alike(codes: Sequence[str]) -> Subquery:
    """Return the number of ballots per combination of four levels, case, seat and group."""
    seat = (Rating.section_id, Rating.staff_id, Rating.rater_group)
    levels = tuple(getattr(Rating, name) for name in DIMENSIONS)
    case_of = (Rating.channel, Rating.service_type)
    excluded = exists().where(EXCLUDES)
    return (
        select(*seat, *levels, *case_of, cast(func.count(), BigInteger).label("times"))
        .where(Rating.base_period.in_(codes), Rating.channel != Channel.DEFAULT, ~excluded)
        .group_by(Rating.base_period, *seat, *levels, *case_of)
        .subquery("alike")
    )


def _with_f1(alike: Subquery, weights: Mapping[str, int]) -> Subquery:
    """Add F1 in hundredths, half up; NULL if only dimensions without weight were answered."""
    points: ColumnElement[int] = literal(0)
    weight: ColumnElement[int] = literal(0)
    for name in DIMENSIONS:
        level, own = alike.c[name], weights.get(name, 0)
        points += POINTS * own * func.coalesce(level, 0)
        weight += case((level.is_(None), 0), else_=own)
    f1 = (200 * points + weight) // func.nullif(2 * weight, 0, type_=Integer)
    return select(alike, f1.label("f1")).subquery("one")


def complete_answers(codes: Sequence[str], rules: PolicyRules) -> Mapping[int, AnswerSums]:
    """Return section id -> sums over the counted ballots that answered every dimension."""
    levels = [getattr(Rating, name) for name in DIMENSIONS]
    total = levels[0] + levels[1] + levels[2] + levels[3]
    groups = [group for group, weight in rules.group_weights.items() if weight > 0]
    rows = db.session.execute(
        select(
            Rating.section_id,
            func.count(),
            *(whole(func.sum(each)) for each in (total, total * total, *levels)),
            *(whole(func.sum(level * level)) for level in levels),
        )
        .where(
            Rating.base_period.in_(codes),
            Rating.rater_group.in_(groups),
            Rating.channel != Channel.DEFAULT,
            ~exists().where(EXCLUDES),
            *(level.is_not(None) for level in levels),
        )
        # In the order of the index, and by person: where the ratings lie on several machines.
        .group_by(Rating.base_period, Rating.section_id, Rating.staff_id)
    )
    found: dict[int, list[AnswerSums]] = defaultdict(list)
    for section_id, n, all_four, squares, *each in rows:
        sums = AnswerSums(n, all_four, squares, tuple(each[:4]), tuple(each[4:]))
        found[section_id].append(sums)
    return {section_id: add_answers(sums) for section_id, sums in found.items()}


def whole(number: ColumnElement[Any]) -> Cast[int]:
    """Cast a sum to an integer: PostgreSQL returns numeric."""
    return cast(number, BigInteger)


def tallied(codes: Sequence[str]) -> dict[tuple[int, int, str], tuple[int, ...]]:
    """Return ballots and level counters of the tallies per seat and rater group."""
    sums = (whole(func.sum(getattr(Tally, name))) for name in ("ballots", *LEVEL_NAMES))
    key = (Tally.section_id, Tally.staff_id, Tally.rater_group)
    rows = db.session.execute(
        select(*key, *sums).where(Tally.base_period.in_(codes)).group_by(*key)
    )
    return {(row[0], row[1], row[2]): tuple(row[3:]) for row in rows}


def places(span: PeriodSpan) -> tuple[list[SeatPlace], ChiefDays]:
    """Return every section with its kind and its chief on most days of the span, and all terms."""
    kinds: dict[int, SectionKind] = {}
    held: dict[SeatKey, tuple[int, date]] = {}
    led = (ChiefTerm.section_id == Section.id, overlaps(ChiefTerm, span.starts_on, span.ends_on))
    term = (ChiefTerm.staff_id, ChiefTerm.started_on, ChiefTerm.ended_on)
    rows = db.session.execute(
        select(Section.id, Section.kind, *term)
        .outerjoin(ChiefTerm, and_(*led))
        .order_by(Section.id, ChiefTerm.started_on)
    )
    for section_id, kind, staff_id, started_on, ended_on in rows:
        kinds[section_id] = kind
        if staff_id is not None:
            before, _ = held.get((section_id, staff_id), (0, None))
            days = before + _days_within(span, started_on, ended_on)
            held[section_id, staff_id] = (days, started_on)
    chiefs: dict[int, tuple[int, date, int]] = {}
    for (section_id, staff_id), (days, since) in held.items():
        chiefs[section_id] = max(chiefs.get(section_id, (0, date.min, 0)), (days, since, staff_id))
    return [SeatPlace(key, kinds[key], chiefs.get(key, (0, 0, None))[2]) for key in kinds], held


def services(span: PeriodSpan, held: ChiefDays) -> list[Service]:
    """Return the days of everybody posted in the span, per section (F3)."""
    days: dict[SeatKey, int] = defaultdict(int)
    faces: dict[int, bool] = {}
    rows = db.session.execute(
        select(
            Posting.section_id,
            Posting.staff_id,
            Posting.started_on,
            Posting.ended_on,
            Staff.faces_recipients,
        )
        .join(Staff, Staff.id == Posting.staff_id)
        .where(overlaps(Posting, span.starts_on, span.ends_on))
    )
    for section_id, staff_id, started_on, ended_on, faces_recipients in rows:
        days[section_id, staff_id] += _days_within(span, started_on, ended_on)
        faces[staff_id] = faces_recipients
    return [
        # A chief led the section on at least half of their days in it.
        Service(*key, served, 2 * held.get(key, (0, None))[0] >= served, faces[key[1]])
        for key, served in days.items()
    ]


def _days_within(span: PeriodSpan, started_on: date, ended_on: date | None) -> int:
    last = span.ends_on if ended_on is None else min(ended_on, span.ends_on)
    return (last - max(started_on, span.starts_on)).days + 1


def is_newest() -> ColumnElement[bool]:
    """Return the predicate on `Result` that it is the newest version of its period."""
    newer = aliased(Result)
    return ~exists().where(newer.period_id == Result.period_id, newer.version > Result.version)


def latest_result(period_id: int) -> Result | None:
    """Return the newest version of a period's results, None before its first closing."""
    return db.session.scalar(
        select(Result)
        .where(Result.period_id == period_id)
        .order_by(Result.version.desc())
        .options(joinedload(Result.policy))
        .limit(1)
    )


def list_closed() -> list[tuple[Period, Result]]:
    """Return the closed periods with their newest results, the latest first."""
    rows = db.session.execute(
        select_periods(PeriodState.CLOSED, PeriodState.PUBLISHED)
        .join(Result, Result.period_id == Period.id)
        .where(is_newest())
        .add_columns(Result)
        .options(joinedload(Result.policy))
    )
    return [(period, result) for period, result in rows]


def list_results(period_id: int) -> Sequence[Result]:
    """Return all versions of a period's results, newest first."""
    return db.session.scalars(
        select(Result).where(Result.period_id == period_id).order_by(Result.version.desc())
    ).all()


class SectionCounts(NamedTuple):
    """The totals of a version."""

    sections: int
    comparable: int
    ballots: int
    excluded: int


def count_sections(result: Result) -> SectionCounts:
    """Count the sections of a version, the comparable ones, and their ballots."""
    row = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((SectionScore.is_comparable, 1), else_=0)), 0),
            func.coalesce(func.sum(SectionScore.ballots), 0),
            func.coalesce(func.sum(SectionScore.excluded), 0),
        ).where(SectionScore.result_id == result.id)
    ).one()
    return SectionCounts(*(int(number) for number in row))
