"""F12 over a result about to be frozen, and what was frozen of it.

A row is stored only where it may be told: the row of the score prints everything, and no case has
fewer ballots than the display minimum, of a section without its told members either. So nothing has
to be kept back later.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, select

from evalsys.core.extensions import db
from evalsys.scores.assembly import ComputedResult
from evalsys.scores.comparison import ALL, Scored
from evalsys.scores.models import CaseMixScore, Result, SectionScore
from evalsys.scores.rules.case_mix import CaseMix, Cell, MixedScore, case_mix
from evalsys.scores.rules.disclosure import Extent, is_small
from evalsys.scores.seats import Member

MOVED = Decimal(1)  # points
Pair = tuple[int, int]  # two ids


@dataclass(frozen=True, slots=True)
class FreshMix:
    """A row before it is stored; `staff_id` is None for a section."""

    section_id: int
    staff_id: int | None
    score: Decimal
    se: Decimal


def mixed_scores(computed: ComputedResult) -> list[FreshMix]:
    """Return F12 of sections and members, in id order; the extents must be known.

    The effects of a group come from the members whose ballots enter its s2 (F6).
    """
    if not computed.rules.case_mix:
        return []
    of_label: dict[str, list[Scored]] = defaultdict(list)
    for section in computed.scored:
        of_label[section.row.group_label].append(section)
    rows: list[FreshMix] = []
    for label, own in of_label.items():
        peers = computed.scored if label == ALL else own
        mix = case_mix(m.cases for section in peers for m in section.members if m.is_pooled)
        if mix is not None:
            rows += (row for section in own for row in _of_section(section, mix, computed))
    return sorted(rows, key=lambda row: (row.section_id, row.staff_id or 0))


def _of_section(section: Scored, mix: CaseMix, computed: ComputedResult) -> Iterator[FreshMix]:
    least, row = computed.rules.min_n_display, section.row
    seats = [member for member in section.seats if member.groups]
    untold = []
    for member in seats:
        found = _of_member(member, mix, least)
        if found is None:
            untold.append(member)
        else:
            yield FreshMix(row.section_id, member.row.staff_id, found.score, found.se)
    # The mix of the section without that of its told members is that of the others.
    if any(is_small(n, least) for n in _counts(untold).values() if n):
        return
    if row.extent is Extent.FULL and row.is_comparable and row.rate and row.own_se is not None:
        found = mix.adjust(row.rate, row.own_se, _counts(seats), least)
        if found is not None:
            yield FreshMix(row.section_id, None, found.score, found.se)


def _of_member(member: Member, mix: CaseMix, least: int) -> MixedScore | None:
    """Return F12 of a member, None if it may not be told."""
    own = member.row
    if own.extent is not Extent.FULL or own.score is None or own.own_se is None:
        return None
    return mix.adjust(own.score, own.own_se, _counts([member]), least)


def _counts(members: Iterable[Member]) -> Counter[Cell]:
    counts: Counter[Cell] = Counter()
    for member in members:
        for group in member.groups:
            for cell, each in group.cells.items():
                counts[cell] += each.n
    return counts


def mixed_of(result: Result, section_ids: Collection[int]) -> Mapping[int, CaseMixScore]:
    """Return section id -> F12 of the section."""
    rows = db.session.scalars(
        select(CaseMixScore).where(
            CaseMixScore.result_id == result.id,
            CaseMixScore.section_id.in_(section_ids),
            CaseMixScore.staff_id.is_(None),
        )
    )
    return {row.section_id: row for row in rows}


def is_mixed_section() -> ColumnElement[bool]:
    """Return the join condition of a frozen section with its F12."""
    return and_(
        CaseMixScore.result_id == SectionScore.result_id,
        CaseMixScore.section_id == SectionScore.section_id,
        CaseMixScore.staff_id.is_(None),
    )


def mixed_seats(result: Result) -> Mapping[Pair, CaseMixScore]:
    """Return (section id, staff id) -> F12 of the members of a result."""
    rows = db.session.scalars(
        select(CaseMixScore).where(
            CaseMixScore.result_id == result.id, CaseMixScore.staff_id.is_not(None)
        )
    )
    return {(row.section_id, row.staff_id or 0): row for row in rows}


def mixed_person(staff_id: int) -> Mapping[Pair, CaseMixScore]:
    """Return (result id, section id) -> F12 of a person, in all results."""
    rows = db.session.scalars(select(CaseMixScore).where(CaseMixScore.staff_id == staff_id))
    return {(row.result_id, row.section_id): row for row in rows}


def sections_mixed(computed: ComputedResult) -> Mapping[int, Decimal]:
    """Return section id -> F12 of a section of a result that is not stored."""
    rows = mixed_scores(computed)
    return {row.section_id: row.score for row in rows if row.staff_id is None}


def is_moved(mixed: Decimal | None, rate: Decimal | None) -> bool:
    """Return whether the usual mix of cases moves a score by a point or more, as far as told."""
    return mixed is not None and rate is not None and abs(mixed - rate) >= MOVED


def mixed_rows(result: Result) -> list[CaseMixScore]:
    """Return all rows of a result in the order of `mixed_scores`."""
    rows = db.session.scalars(select(CaseMixScore).where(CaseMixScore.result_id == result.id))
    return sorted(rows, key=lambda row: (row.section_id, row.staff_id or 0))
