"""The comparison groups of a frozen result, computed again from its rows (F6, F7).

A closing keeps of a group what its rows print. Who recounts needs the rest: the units of the group
with the figures that it takes of them, Q, and the variance between members.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.comparison import ALL, as_group_takes
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.rules.disclosure import EXACT, Extent
from evalsys.scores.rules.shrinkage import Shrinkage, shrink
from evalsys.scores.rules.spread import FEWEST_POOLED, rate_variance


class SectionFacts(NamedTuple):
    """What a group takes of a frozen section."""

    section_id: int
    label: str
    rate: Decimal | None
    variance: float | None
    extent: Extent
    is_comparable: bool
    s2: float | None


class SeatFacts(NamedTuple):
    """What a group takes of a frozen member; `is_in_sum`: has a seat with a score."""

    section_id: int
    staff_id: int
    score: Decimal | None
    variance: float | None
    ballots: int
    days: int
    extent: Extent
    weighed: str | None
    contribution: Decimal | None

    @property
    def is_in_sum(self) -> bool:
        """Whether the member enters S with a score."""
        return self.contribution is not None and self.score is not None

    @property
    def freedom(self) -> int:
        """The degrees of freedom that the ballots add to s2 (F6)."""
        return max(self.ballots - 1, 0) if self.is_in_sum and self.extent in EXACT else 0


class ComparedUnit(NamedTuple):
    """A section, or a member of it, with the score and variance that the group takes of it."""

    section_id: int
    staff_id: int | None
    y: float
    v: float


@dataclass(frozen=True)
class ComparedUnits:
    """The units of a group, and F7 over them; None if they are too few."""

    units: tuple[ComparedUnit, ...]
    figures: Shrinkage | None


@dataclass(frozen=True)
class ComparisonGroup:
    """A comparison group: s2 of F6 with its degrees of freedom, its sections and its members.

    `s2` is None if the rows do not tell it: results older than F11.
    """

    label: str
    s2: float | None
    freedom: int
    sections: ComparedUnits
    members: ComparedUnits


def comparison_groups(result: Result, rules: PolicyRules) -> dict[str, ComparisonGroup]:
    """Return label -> comparison group of a frozen result."""
    sections, seats = _sections(result), _seats(result)
    of_section: dict[int, list[SeatFacts]] = defaultdict(list)
    for seat in seats:
        of_section[seat.section_id].append(seat)
    labels = sorted({section.label for section in sections if section.label})
    s2 = {label: _s2(label, sections, of_section) for label in labels}
    groups = {}
    for label in labels:
        peers = [each for each in sections if label in {ALL, each.label}]
        scale = {each.label: _scale(s2, each.label, label) for each in peers}
        own = {each.section_id: of_section[each.section_id] for each in peers}
        freedom = _freedom(label, peers, own)
        groups[label] = ComparisonGroup(
            label,
            s2[label],
            freedom,
            _units(_section_units(peers, own, scale), rules),
            _units(_member_units(peers, own, scale, rules), rules),
        )
    return groups


def _sections(result: Result) -> list[SectionFacts]:
    rows = db.session.execute(
        select(
            SectionScore.section_id,
            SectionScore.group_label,
            SectionScore.rate,
            SectionScore.variance,
            SectionScore.extent,
            SectionScore.is_comparable,
            SectionScore.group_s2,
        )
        .where(SectionScore.result_id == result.id)
        .order_by(SectionScore.section_id)
    )
    return [SectionFacts(*row) for row in rows]


def _seats(result: Result) -> list[SeatFacts]:
    rows = db.session.execute(
        select(
            MemberScore.section_id,
            MemberScore.staff_id,
            MemberScore.score,
            MemberScore.variance,
            MemberScore.ballots,
            MemberScore.days,
            MemberScore.extent,
            MemberScore.weighed,
            MemberScore.contribution,
        )
        .where(MemberScore.result_id == result.id)
        .order_by(MemberScore.section_id, MemberScore.staff_id)
    )
    return [SeatFacts(*row) for row in rows]


def _freedom(
    label: str, peers: Iterable[SectionFacts], seats: Mapping[int, Sequence[SeatFacts]]
) -> int:
    """Return the degrees of freedom of s2: few members beside other groups are not in it."""
    mine, others = list[int](), list[int]()
    for each in peers:
        found = mine if each.label == label else others
        found += [seat.freedom for seat in seats[each.section_id] if seat.freedom]
    return sum(others) if others and len(mine) < FEWEST_POOLED else sum(mine) + sum(others)


def _s2(
    label: str, sections: Iterable[SectionFacts], seats: Mapping[int, Sequence[SeatFacts]]
) -> float | None:
    """Return s2 of a group: stored, or where nothing was adjusted from a member of one group."""
    own = [each for each in sections if each.label == label]
    stored = next((each.s2 for each in own if each.s2 is not None), None)
    if stored is not None:
        return stored
    for each in own:
        for seat in seats[each.section_id]:
            is_of_one = seat.weighed is not None and "," not in seat.weighed
            if seat.freedom and is_of_one and seat.variance is not None:
                return seat.variance * seat.ballots
    return None


def _scale(s2: Mapping[str, float | None], label: str, wanted: str) -> float | None:
    """Return by what a variance under one group's s2 becomes one under another's."""
    if label == wanted:
        return 1.0
    own, other = s2.get(label), s2.get(wanted)
    return None if not own or other is None else other / own


def _scaled(seat: SeatFacts, scale: float) -> float | None:
    """Return v(M) under the s2 of the group; a kept score without ballots keeps its own."""
    return seat.variance if seat.variance is None or not seat.ballots else seat.variance * scale


def _section_units(
    peers: Iterable[SectionFacts],
    seats: Mapping[int, Sequence[SeatFacts]],
    scale: Mapping[str, float | None],
) -> list[ComparedUnit]:
    units = []
    for each in peers:
        factor = scale[each.label]
        is_compared = each.is_comparable and each.extent is not Extent.NONE
        if not is_compared or each.rate is None or each.variance is None or factor is None:
            continue
        v = each.variance
        if factor != 1.0:
            known = [
                (seat.days, own)
                for seat in seats[each.section_id]
                if seat.is_in_sum and (own := _scaled(seat, factor)) is not None
            ]
            v = rate_variance(known)
        units.append(
            ComparedUnit(each.section_id, None, *as_group_takes(each.extent, each.rate, v))
        )
    return units


def _member_units(
    peers: Iterable[SectionFacts],
    seats: Mapping[int, Sequence[SeatFacts]],
    scale: Mapping[str, float | None],
    rules: PolicyRules,
) -> list[ComparedUnit]:
    units = []
    for each in peers:
        factor = scale[each.label]
        for seat in seats[each.section_id]:
            is_unit = seat.is_in_sum and seat.ballots >= rules.min_n_consequence
            if not is_unit or seat.extent is Extent.NONE or factor is None:
                continue
            v = _scaled(seat, factor)
            if v is not None and seat.score is not None:
                taken = as_group_takes(seat.extent, seat.score, v)
                units.append(ComparedUnit(seat.section_id, seat.staff_id, *taken))
    return units


def _units(units: Sequence[ComparedUnit], rules: PolicyRules) -> ComparedUnits:
    pairs = [(unit.y, unit.v) for unit in units]
    return ComparedUnits(tuple(units), shrink(pairs, min_group=rules.min_group))
