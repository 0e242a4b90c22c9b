"""Comparison of sections and members within their groups: F6-F8, F10, F11. No database access."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.rows import FreshEstimate, FreshMember, FreshSection
from evalsys.scores.rules.disclosure import EXACT, Extent, as_printed
from evalsys.scores.rules.formulas import HUNDREDTH, half_up, round_half_up
from evalsys.scores.rules.proposals import Figures, Thresholds, evidence_available
from evalsys.scores.rules.reliability import AnswerSums, add_answers, alpha
from evalsys.scores.rules.shrinkage import (
    Adjusted,
    Rank,
    Shrinkage,
    probability_below,
    rank,
    shrink,
)
from evalsys.scores.rules.spread import (
    FEWEST_POOLED,
    Moments,
    member_variance,
    own_error,
    own_variance,
    pooled_variance,
    rate_variance,
)
from evalsys.scores.seats import Member

ALL = "all"  # The label of the comparison group of all sections.


@dataclass(frozen=True)
class Scored:
    """The row of a section, and its members."""

    row: FreshSection
    members: tuple[Member, ...]
    answers: AnswerSums | None = None

    @cached_property
    def seats(self) -> list[Member]:
        """The members who enter S with a score."""
        return [m for m in self.members if m.has_seat and m.row.score is not None]

    @property
    def is_compared(self) -> bool:
        """Whether the section belongs to its group: unprinted rows affect no printed figure."""
        return self.row.is_comparable and self.row.extent is not Extent.NONE


def compare(sections: Sequence[Scored], rules: PolicyRules) -> None:
    """Write F6-F8, F10 and F11 into the rows of all sections and members.

    Sections are compared within their kind; kinds with too few comparable sections, with all
    sections (F6). A group, its spread, ranks and weights are computed from printed figures:
    unprinted rows are left out, rows printed in whole points enter rounded; only the own score is
    adjusted unrounded.
    """
    for section in sections:
        _forget(section)
    kinds: dict[SectionKind, list[Scored]] = defaultdict(list)
    for section in sections:
        kinds[section.row.kind].append(section)
    rest: list[Scored] = []
    for kind, own in kinds.items():
        if sum(section.is_compared for section in own) >= rules.min_group:
            _compare_group(own, own, kind.value, rules)
        else:
            rest += own
    _compare_group(rest, sections, ALL, rules)


def _compare_group(
    own: Sequence[Scored], peers: Sequence[Scored], label: str, rules: PolicyRules
) -> None:
    """Compare the sections `own` with all `peers`, which include them."""
    exact = (section for section in peers if section.row.extent in EXACT)
    together = alpha(add_answers(section.answers for section in exact if section.answers))
    for section in own:
        section.row.group_alpha = together
        section.row.group_label = label
        section.row.top = sum(group.top for m in section.seats for group in m.groups)
    s2 = pooled_variance(_pooled(own, peers))
    if not own or s2 is None:
        return
    _compare_sections(own, peers, s2, rules)
    _compare_members(own, peers, s2, rules)


def _pooled(own: Sequence[Scored], peers: Sequence[Scored]) -> list[Moments]:
    """Return the moments that enter s2 of a group.

    Where `own` are some of the peers only, the groups of the others print an s2 as well, and what
    is left over is the spread of `own`: few of them stay outside.
    """
    mine, others = {id(section) for section in own}, list[Moments]()
    found = list[Moments]()
    for section in peers:
        moments = [member.moments for member in section.members if member.is_pooled]
        found += moments
        others += () if id(section) in mine else moments
    left = sum(each.n > 1 for each in found) - sum(each.n > 1 for each in others)
    return others if others and left < FEWEST_POOLED else found


def _compare_sections(
    own: Sequence[Scored], peers: Sequence[Scored], s2: float, rules: PolicyRules
) -> None:
    for section in own:
        _write_spread(section, s2, rules)
    rows = [
        (section.row, section.row.rate, variance)
        for section in peers
        if section.is_compared
        and section.row.rate is not None
        and (variance := _variance(section, s2, rules)) is not None
    ]
    units = [as_group_takes(row.extent, score, v) for row, score, v in rows]
    group = shrink(units, min_group=rules.min_group)
    adjusted = _adjusted(group, rows) if group else []
    pairs = zip(rows, adjusted, strict=False)
    shown = [as_printed(unit.theta, row.extent) for (row, *_), unit in pairs]
    ranks = rank(shown, units) if group else ()
    mine, top = {id(section.row) for section in own}, _top_share(row for row, *_ in rows)
    for place, (row, _, _) in enumerate(rows):
        if id(row) not in mine:
            continue
        row.group_size = len(rows)
        if group:
            _write_group(row, group, adjusted[place], ranks[place], rules)
            row.group_s2, row.group_top = s2, top


def as_group_takes(extent: Extent, score: Decimal, variance: float) -> tuple[float, float]:
    """Return (score, variance) of a unit as its group uses them, from printed figures.

    With a score in whole points the number of ballots is not printed. The variance would reveal it,
    so it is rounded to one digit.
    """
    known = float(f"{variance:.0e}") if extent is Extent.WHOLE else variance
    return float(as_printed(score, extent)), known


def _adjusted(
    group: Shrinkage, rows: Sequence[tuple[FreshSection | FreshMember, Decimal, float]]
) -> list[Adjusted]:
    """Return F7 of each unit, from its own unrounded score."""
    return [
        group.adjust(float(score), variance) if row.extent is Extent.WHOLE else unit
        for (row, score, variance), unit in zip(rows, group.units, strict=True)
    ]


def _forget(section: Scored) -> None:
    """Clear an earlier comparison, made before the extents were known."""
    row = section.row
    row.group_size = row.group_mean = row.group_tau2 = row.group_s2 = row.group_top = None
    row.rank = row.rank_best = row.rank_worst = None
    row.p_below_interview = row.p_above_commend = None
    estimates: list[FreshEstimate] = [row, *(member.row for member in section.members)]
    for estimate in estimates:
        estimate.theta = estimate.se = estimate.lo = estimate.hi = estimate.reliability = None
    for member in section.members:
        member.row.group_mean, member.row.has_evidence = None, False


def _write_group(
    row: FreshSection, group: Shrinkage, unit: Adjusted, place: Rank, rules: PolicyRules
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
    """Adjust the scores of members with enough ballots; mark those that are evidence."""
    for section in own:
        for member in section.members:
            if member.row.score is not None:
                member.row.variance = _member_variance(member, s2, rules)
                spread = _own_variance(member, s2, rules)
                member.row.own_se = own_error(spread, member.row.variance)
    members = [
        m
        for section in peers
        for m in section.seats
        if m.row.ballots >= rules.min_n_consequence and m.row.extent is not Extent.NONE
    ]
    units = [
        (m.row, m.row.score, _member_variance(m, s2, rules))
        for m in members
        if m.row.score is not None
    ]
    taken = [as_group_takes(row.extent, score, v) for row, score, v in units]
    group = shrink(taken, min_group=rules.min_group)
    if group is None:
        return
    lines = Thresholds.of(rules)
    mine = {section.row.section_id for section in own}
    for (row, _, _), unit in zip(units, _adjusted(group, units), strict=True):
        if row.section_id in mine:
            _write_estimate(row, unit)
            row.group_mean = round_half_up(group.mu)
            figures = Figures(
                ballots=row.ballots,
                theta=unit.theta,
                se=unit.se,
                reliability=unit.reliability,
                score=row.score,
                own_se=row.own_se,
            )
            row.has_evidence = evidence_available(figures, lines).holds


def _write_estimate(row: FreshEstimate, unit: Adjusted) -> None:
    row.theta, row.se, row.lo, row.hi = unit.theta, unit.se, unit.lo, unit.hi
    row.reliability = float(unit.reliability)


def _top_share(rows: Iterable[FreshSection]) -> Decimal | None:
    """Return the percent of ballots of full points, over rows that print exact figures (F11)."""
    known = [(row.top or 0, row.ballots) for row in rows if row.extent in EXACT]
    ballots = sum(n for _, n in known)
    top = sum(hits for hits, _ in known)
    return half_up(100 * 100 * top, ballots) * HUNDREDTH if ballots else None


def _write_spread(section: Scored, s2: float, rules: PolicyRules) -> None:
    """Write V of F6 and the own standard error of F6b, if anybody has a score."""
    row, seats = section.row, section.seats
    row.variance = _variance(section, s2, rules)
    if row.variance is not None:
        own = rate_variance((m.row.days, _own_variance(m, s2, rules)) for m in seats)
        row.own_se = own_error(own, row.variance)


def _variance(section: Scored, s2: float, rules: PolicyRules) -> float | None:
    """Return V of F6, or None if nobody has a score."""
    seats = [(m.row.days, _member_variance(m, s2, rules)) for m in section.seats]
    return rate_variance(seats) if seats else None


def _member_variance(member: Member, s2: float, rules: PolicyRules) -> float:
    if not member.groups:  # A returned member keeps score and variance.
        return s2 if member.kept_variance is None else member.kept_variance
    return member_variance(s2, member.counts, rules.group_weights)


def _own_variance(member: Member, s2: float, rules: PolicyRules) -> float:
    if not member.groups:
        return s2 if member.kept_own is None else member.kept_own
    return own_variance(member.by_group, rules.group_weights, s2)
