"""What of a result may be printed, decided when it is frozen, given all earlier results.

The only path from frozen rows to printed figures: `decide` marks the rows of a new result,
`printed` returns a row without what may not be printed. The rules are in `disclosure`;
`printed_sums` applies them to one section.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import attributes, class_mapper, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from evalsys.core.extensions import db
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import DIMENSIONS, PolicyRules
from evalsys.ratings.ballots.models import Tally
from evalsys.scores.assembly import ComputedResult
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.printed_sums import SPREAD, CurrentCounts, PrintedRow, PrintedSums
from evalsys.scores.rows import AnyScore, FreshMember, FreshSection
from evalsys.scores.rules.disclosure import EXACT, Coarse, Extent
from evalsys.scores.seats import LEVEL_NAMES

Row = TypeVar("Row", bound=AnyScore)
MEMBER_FACTS = (MemberScore.staff_id, MemberScore.contribution, MemberScore.group_sums)


def is_exact(model: type[SectionScore | MemberScore]) -> ColumnElement[bool]:
    """Return the predicate that a row prints exact figures, so that it may enter sums."""
    return model.extent.in_(EXACT)


def decide(period: Period, computed: ComputedResult) -> None:
    """Set the extent of each row of a result about to be frozen."""
    span, rules = parse_period(period.code), computed.rules
    codes = _codes_of(period.code)
    past = _printed_before(span.starts_on.year)
    if not any(codes & row.codes for row in past):
        return
    known = _known(codes.union(*(row.codes for row in past)), rules)
    of_section: dict[int, list[PrintedRow]] = defaultdict(list)
    for row in past:
        of_section[row.section_id].append(row)
    members: dict[int, list[FreshMember]] = defaultdict(list)
    for member in computed.members:
        members[member.section_id].append(member)
    for section in computed.sections:
        sums = PrintedSums(
            known[section.section_id], of_section[section.section_id], rules.min_n_display
        )
        sums.mark(period, codes, section, members[section.section_id])
    computed.compare_again()


def _printed_before(year: int) -> list[PrintedRow]:
    """Return every row with a score of the results of a year, in which all periods nest."""
    members = []
    for row in db.session.execute(_select_past(MemberScore, year)):
        *facts, staff_id, contribution, sums = row
        past = _past(facts, staff_id, is_in_sum=contribution is not None)
        is_told = past.extent is Extent.FULL and "," in (sums or "")
        members.append(past._replace(tells_groups=is_told))
    sections = db.session.execute(_select_past(SectionScore, year))
    return [*members, *(_past(row, None, is_in_sum=False) for row in sections)]


def _select_past(model: type[SectionScore | MemberScore], year: int) -> Select[Any]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    is_member = model is MemberScore
    return (
        select(
            Result.id,
            Period.id,
            Period.code,
            model.section_id,
            model.ballots,
            model.extent,
            MemberScore.score if is_member else SectionScore.total,
            *(getattr(model, name) for name in SPREAD),
            *(MEMBER_FACTS if is_member else ()),
        )
        .join(Result, Result.id == model.result_id)
        .join(Period, Period.id == Result.period_id)
        .where(Period.starts_on >= first, Period.ends_on <= last)
        .where(MemberScore.score.is_not(None) if is_member else SectionScore.scored > 0)
    )


def _past(facts: Sequence[Any], staff_id: int | None, *, is_in_sum: bool) -> PrintedRow:
    result_id, period_id, code, section_id, ballots, extent, score, *spread = facts
    where = (result_id, period_id, _codes_of(code), section_id, staff_id)
    return PrintedRow(*where, ballots, is_in_sum, extent, tuple(spread), score)


def _codes_of(code: str) -> frozenset[str]:
    return frozenset(base_codes(parse_period(code)))


def _known(codes: Iterable[str], rules: PolicyRules) -> dict[int, dict[int, CurrentCounts]]:
    """Return section id -> staff id -> current counts of the rater groups that count."""
    groups = [group for group, weight in rules.group_weights.items() if weight > 0]
    rows = db.session.execute(
        select(
            Tally.section_id,
            Tally.staff_id,
            Tally.base_period,
            Tally.rater_group,
            Tally.ballots,
            *(getattr(Tally, name) for name in LEVEL_NAMES),
        ).where(Tally.base_period.in_(list(codes)), Tally.rater_group.in_(groups))
    )
    known: dict[int, dict[int, CurrentCounts]] = defaultdict(lambda: defaultdict(CurrentCounts))
    for section_id, staff_id, code, group, ballots, *levels in rows:
        known[section_id][staff_id].add(code, group, ballots, tuple(levels))
    return known


SCORES = ("total", "rate", "score", "contribution", "theta", "lo", "hi")
# Columns cleared with scores in whole points, and those cleared without scores too.
FINE = (
    *("ballots", "se", "variance", "reliability", "own_se", "band_rank", *DIMENSIONS),
    "group_sums",
    *(
        "group_mean",
        "group_tau2",
        "group_s2",
        "group_alpha",
        "group_top",
        "response_mean",
        "response_phi",
    ),
    *("p_below_interview", "p_above_commend"),
)
PLACES = ("rank", "rank_best", "rank_worst", "group_size")


def printed(row: Row) -> Row:
    """Return a frozen row as it may be printed: itself, or an unstored copy.

    What may not be printed is None, level counters are 0; a section without figures is not
    comparable. Scores in whole points are `Coarse`, and so are the dimensions of several groups.
    """
    extent = row.extent or Extent.FULL
    return row if extent is Extent.FULL and not is_of_groups(row) else _without(row, extent)


def parties(model: type[SectionScore | MemberScore]) -> tuple[ORMOption, ORMOption]:
    """Return the options that load what `printed` copies of a row, at once for many."""
    person = SectionScore.chief if model is SectionScore else MemberScore.staff
    return joinedload(model.section), joinedload(person)


def is_of_groups(row: AnyScore) -> bool:
    """Return whether several rater groups weigh in, of which one may be a single ballot.

    The group means are fractions of different divisors: from a fine weighted mean the ballots of
    the smallest group follow, with the levels of all ballots together or without.
    """
    return "," in (getattr(row, "weighed", None) or "")


def in_whole_points(row: Row) -> Row:
    """Return an unfrozen row with its scores in whole points, for a preview."""
    return row if row.extent in {Extent.WHOLE, Extent.NONE} else _without(row, Extent.WHOLE)


def _without(row: Row, extent: Extent) -> Row:
    """Return a copy of a row without what its extent withholds."""
    gone: dict[str, Any] = {}
    if is_of_groups(row):
        gone |= {name: _coarse(getattr(row, name)) for name in DIMENSIONS}
        if extent is not Extent.FULL:  # Means of groups are told once for any time, like levels.
            gone["group_sums"] = None
    if extent is not Extent.FULL:
        gone |= dict.fromkeys(LEVEL_NAMES, 0)
        gone |= dict.fromkeys(("bad", "satisfied", "top", "excluded", "exclusion_reasons"))
    if extent not in EXACT:
        gone |= {**dict.fromkeys(FINE), "has_evidence": False}
        gone |= {name: _coarse(getattr(row, name, None)) for name in SCORES}
    if extent is Extent.NONE:
        gone |= dict.fromkeys((*SCORES, *PLACES))
        gone |= {"is_comparable": False}
    if isinstance(row, FreshSection | FreshMember):
        known = {field.name for field in fields(row)}
        return replace(row, **{name: value for name, value in gone.items() if name in known})
    copy = type(row)()
    for attribute in class_mapper(type(row)).attrs:
        name = attribute.key
        attributes.set_committed_value(copy, name, gone.get(name, getattr(row, name)))
    return copy


def _coarse(value: Any) -> Coarse | None:
    return None if value is None else Coarse.of(value)
