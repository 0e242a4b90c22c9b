"""Comparing sections and members with their like: F6-F8, F10, evidence. No database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from evalsys.org.models import SectionKind
from evalsys.policies.rules import PolicyRules
from evalsys.scores.models import Estimate, SectionScore
from evalsys.scores.proposals import Figures, Thresholds, evidence_available
from evalsys.scores.rules import round_half_up
from evalsys.scores.seats import Member
from evalsys.scores.shrinkage import (
    Adjusted,
    Rank,
    Shrinkage,
    member_variance,
    pooled_variance,
    probability_below,
    rank,
    rate_variance,
    shrink,
)

ALL = "all"  # The label of a comparison group made of all sections.


@dataclass(frozen=True)
class Scored:
    """The row of a section and its members."""

    row: SectionScore
    members: tuple[Member, ...]

    @property
    def seats(self) -> list[Member]:
        """The members who enter S with a score."""
        return [m for m in self.members if m.has_seat and m.row.score is not None]


def compare(sections: Sequence[Scored], rules: PolicyRules) -> None:
    """Write F6-F8 and F10 into the rows of all sections and members.

    Sections are compared within their kind; the kinds with too few comparable sections are
    compared with all sections (F6).
    """
    kinds: dict[SectionKind, list[Scored]] = defaultdict(list)
    for section in sections:
        kinds[section.row.kind].append(section)
    rest: list[Scored] = []
    for kind, own in kinds.items():
        if sum(section.row.is_comparable for section in own) >= rules.min_group:
            _compare_group(own, own, kind.value, rules)
        else:
            rest += own
    _compare_group(rest, sections, ALL, rules)


def _compare_group(
    own: Sequence[Scored], peers: Sequence[Scored], label: str, rules: PolicyRules
) -> None:
    """Compare the sections `own` with all `peers`, which they are a part of."""
    for section in own:
        section.row.group_label = label
    s2 = pooled_variance(m.moments for section in peers for m in section.members if m.belongs)
    if not own or s2 is None:
        return
    _compare_sections(own, peers, s2, rules)
    _compare_members(own, peers, s2, rules)


def _compare_sections(
    own: Sequence[Scored], peers: Sequence[Scored], s2: float, rules: PolicyRules
) -> None:
    for section in own:
        section.row.variance = _variance(section, s2, rules)
    rows = [
        (section.row, (float(section.row.rate), variance))
        for section in peers
        if section.row.is_comparable
        and section.row.rate is not None
        and (variance := _variance(section, s2, rules)) is not None
    ]
    units = [unit for _, unit in rows]
    group = shrink(units, min_group=rules.min_group)
    ranks = rank([unit.theta for unit in group.units], units) if group else ()
    mine = {id(section.row) for section in own}
    for place, (row, _) in enumerate(rows):
        if id(row) not in mine:
            continue
        row.group_size = len(rows)
        if group:
            _write_group(row, group, group.units[place], ranks[place], rules)


def _write_group(
    row: SectionScore, group: Shrinkage, unit: Adjusted, place: Rank, rules: PolicyRules
) -> None:
    _write_estimate(row, unit)
    row.group_mean, row.group_tau2 = round_half_up(group.mu), group.tau2
    row.rank, row.rank_best, row.rank_worst = place.position, place.lo, place.hi
    below = probability_below(unit.theta, unit.se, Decimal(rules.interview_line))
    missed = probability_below(unit.theta, unit.se, Decimal(rules.commend_line))
    row.p_below_interview, row.p_above_commend = float(below), float(1 - missed)


def _compare_members(
    own: Sequence[Scored], peers: Sequence[Scored], s2: float, rules: PolicyRules
) -> None:
    """Adjust the scores of the members with enough ballots; name those that are evidence."""
    for section in own:
        for member in section.members:
            if member.row.score is not None:
                member.row.variance = _member_variance(member, s2, rules)
    units = [
        (m, (float(m.row.score), _member_variance(m, s2, rules)))
        for section in peers
        for m in section.seats
        if m.row.score is not None and m.row.ballots >= rules.min_n_consequence
    ]
    group = shrink([unit for _, unit in units], min_group=rules.min_group)
    if group is None:
        return
    lines = Thresholds.of(rules)
    mine = {section.row.section_id for section in own}
    for (member, _), unit in zip(units, group.units, strict=True):
        if member.row.section_id in mine:
            _write_estimate(member.row, unit)
            member.row.group_mean = round_half_up(group.mu)
            figures = Figures(member.row.ballots, unit.theta, unit.se, unit.reliability)
            member.row.has_evidence = evidence_available(figures, lines).holds


def _write_estimate(row: Estimate, unit: Adjusted) -> None:
    row.theta, row.se, row.lo, row.hi = unit.theta, unit.se, unit.lo, unit.hi
    row.reliability = float(unit.reliability)


def _variance(section: Scored, s2: float, rules: PolicyRules) -> float | None:
    """Return V of F6, or None if nobody has a score."""
    seats = [(m.row.days, _member_variance(m, s2, rules)) for m in section.seats]
    return rate_variance(seats) if seats else None


def _member_variance(member: Member, s2: float, rules: PolicyRules) -> float:
    if not member.groups:  # The score of a returned member stays, with the spread it had.
        return s2 if member.kept_variance is None else member.kept_variance
    return member_variance(s2, member.counts, rules.group_weights)
