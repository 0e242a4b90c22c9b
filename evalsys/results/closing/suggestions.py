"""Proposals from the figures of a section, and those under another policy."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import and_, func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.models import Policy
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.holds.proposing import suggest
from evalsys.scores.assembly import ComputedResult, assemble
from evalsys.scores.mixing import is_mixed_section, is_moved, sections_mixed
from evalsys.scores.models import CaseMixScore, MemberScore, Result, SectionScore
from evalsys.scores.publication import in_whole_points, parties, printed
from evalsys.scores.rows import AnySection
from evalsys.scores.rules.disclosure import EXACT, Extent, is_small
from evalsys.scores.rules.formulas import LEADER
from evalsys.scores.seats import Ballots
from evalsys.scores.service import gather
from evalsys.supervision.holds.queries import is_held_in

SHOWN = ("rate", "theta", "rank", "rank_best", "rank_worst")
WEIGHING = ("dimension_weights", "group_weights", "min_n_group")


@dataclass(frozen=True)
class Side:
    """A section under one policy: its figures and proposals."""

    row: AnySection
    proposals: tuple[ProposalKind, ...]


@dataclass(frozen=True)
class Pair:
    """A section as frozen, and as computed under a draft."""

    section: Section
    then: Side | None
    now: Side | None

    @property
    def is_tried(self) -> bool:
        """Whether the draft's figures may be shown (`_withheld`)."""
        return self.now is None or self.now.row.extent is not Extent.NONE

    @property
    def differs(self) -> bool:
        """Whether a shown figure or a proposal differs."""
        if not self.is_tried:
            return False
        if self.then is None or self.now is None:
            return True
        then, now = in_whole_points(self.then.row), self.now.row
        return self.then.proposals != self.now.proposals or any(
            getattr(then, name) != getattr(now, name) for name in SHOWN
        )


@dataclass(frozen=True)
class Preview:
    """A past period under a draft.

    Only sections that are tried are counted. `evidence` counts members: (frozen, under the draft),
    the latter None where it could tell the ballots of a small rater group. `raised_to` is the
    display minimum of the frozen result where the draft has a lower one. `moved` counts sections
    that the usual mix of cases moves by a point (F12), as `evidence` does members.
    """

    result: Result
    pairs: Sequence[Pair]
    evidence: tuple[int, int | None]
    raised_to: int | None
    moved: tuple[int, int | None] = (0, 0)

    @property
    def tried(self) -> Sequence[Pair]:
        """The sections whose figures under the draft are shown."""
        return [pair for pair in self.pairs if pair.is_tried]

    @property
    def left_out(self) -> int:
        """The number of sections whose figures under the draft are withheld."""
        return len(self.pairs) - len(self.tried)

    @property
    def changed(self) -> int:
        """The number of sections that differ."""
        return sum(pair.differs for pair in self.pairs)

    def proposed(self, kind: ProposalKind) -> tuple[int, int]:
        """Return the number of proposals of a kind: (frozen, under the draft)."""
        sides = ([pair.then for pair in self.tried], [pair.now for pair in self.tried])
        then, now = (sum(kind in side.proposals for side in some if side) for some in sides)
        return then, now


def preview(actor: Actor, draft: Policy, result: Result) -> Preview:
    """Compute a closed period under a draft and compare it with the frozen result. Read-only.

    Drafts can be tried at will, and what two of them differ by follows. So the draft's figures are
    in whole points, no score rests on fewer ballots than in the frozen result, and sections of
    which the ballots of a small group would follow are not tried.
    """
    period, frozen = result.period, PolicyRules.from_json(result.period.policy.rules)
    rules = PolicyRules.from_json(draft.rules)
    raised_to = frozen.min_n_display if frozen.min_n_display > rules.min_n_display else None
    if raised_to:
        rules = rules.changed(min_n_display=raised_to)
    span = parse_period(period.code)
    data = gather(span, rules, is_tried=True)
    computed = assemble(span, rules, data)
    scored = list(_scored(computed, data.ballots, (rules, frozen)))
    frozen_rows = _frozen(actor, result)
    then = {row.section.id: row.side for row in frozen_rows if row.side}
    extents = {section_id: side.row.extent for section_id, side in then.items()}
    _withhold(computed, _thin(scored, rules, frozen), extents)
    held = {row.section.id for row in frozen_rows if row.is_held}
    now = _drafted(computed, draft.version, held)
    pairs = [
        Pair(row.section, row.side, now.get(row.section.id))
        for row in frozen_rows
        if row.is_visible and (row.side or row.section.id in now)
    ]
    tried = {pair.section.id for pair in pairs if pair.is_tried}
    before = sum(row.evidence for row in frozen_rows if row.section.id in tried)
    after = sum(row.has_evidence and row.section_id in tried for row in computed.members)
    is_told = not _weighs_anew(rules, frozen) or not any(
        row.section_id in tried for row in _small(scored, rules.min_n_display)
    )
    moved = _moved([row for row in frozen_rows if row.section.id in tried], computed, frozen)
    return Preview(result, pairs, (before, after if is_told else None), raised_to, moved)


def _moved(
    rows: Sequence["_Frozen"], computed: ComputedResult, frozen: PolicyRules
) -> tuple[int, int | None]:
    """Count the tried sections that the usual mix of cases moves: as frozen, under the draft."""
    then = sum(is_moved(row.mixed, row.side.row.rate) for row in rows if row.side)
    if _weighs_anew(computed.rules, frozen):
        return then, None
    tried, mixed = {row.section.id for row in rows}, sections_mixed(computed)
    own = (row for row in computed.sections if row.section_id in tried)
    return then, sum(is_moved(mixed.get(row.section_id), row.rate) for row in own)


def _scored(
    computed: ComputedResult, ballots: Iterable[Ballots], policies: Collection[PolicyRules]
) -> Iterator[Ballots]:
    """Yield the ballots of members with a score, of rater groups that weigh in either policy."""
    seats = {
        (row.section_id, row.staff_id) for row in computed.members if row.contribution is not None
    }
    for row in ballots:
        is_on = any(rules.group_weights.get(row.rater_group, 0) > 0 for rules in policies)
        if is_on and (row.section_id, row.staff_id) in seats:
            yield row


def _thin(scored: Sequence[Ballots], rules: PolicyRules, frozen: PolicyRules) -> frozenset[int]:
    """Return the sections of which a new weighing could tell the ballots of a small group.

    A sum under two weighings tells what a group gave the section. A new minimum of a group takes
    single members' ballots of it in or out.
    """
    if not _weighs_anew(rules, frozen):
        return frozenset()
    groups: Counter[tuple[int, str]] = Counter()
    for row in scored:
        groups[row.section_id, row.rater_group] += row.ballots
    least = rules.min_n_display
    thin = {section_id for (section_id, _group), n in groups.items() if is_small(n, least)}
    if rules.min_n_group != frozen.min_n_group:
        thin |= {row.section_id for row in _small(scored, least) if row.rater_group != LEADER}
    return frozenset(thin)


def _weighs_anew(rules: PolicyRules, frozen: PolicyRules) -> bool:
    return any(getattr(rules, name) != getattr(frozen, name) for name in WEIGHING)


def _small(scored: Iterable[Ballots], least: int) -> Iterator[Ballots]:
    return (row for row in scored if is_small(row.ballots, least))


def _withhold(
    computed: ComputedResult, thin: Collection[int], extents: Mapping[int, Extent]
) -> None:
    """Hide thin sections in the comparison of the others too; keep what was frozen as inexact."""
    for row in computed.sections:
        frozen = extents.get(row.section_id, Extent.FULL)
        row.extent = Extent.NONE if row.section_id in thin else frozen
    computed.compare_again()


@dataclass(frozen=True)
class _Frozen:
    """A section, and what is frozen of it: members with evidence, F12, whether a hold is open."""

    section: Section
    is_visible: bool
    side: Side | None
    evidence: int
    mixed: Decimal | None
    is_held: bool


def _frozen(actor: Actor, result: Result) -> list[_Frozen]:
    """Return all sections, in order, and which of them the actor may see."""
    period = result.period
    evident = (
        select(func.count())
        .where(MemberScore.result_id == SectionScore.result_id, MemberScore.has_evidence)
        .where(MemberScore.section_id == SectionScore.section_id)
        .correlate(SectionScore)
        .scalar_subquery()
    )
    scored = (SectionScore.section_id == Section.id, SectionScore.result_id == result.id)
    proposed = (Proposal.section_id == Section.id, Proposal.result_id == result.id)
    rows = db.session.execute(
        select(Section, visible_to(actor, period.starts_on, period.ends_on), SectionScore, evident)
        .outerjoin(SectionScore, and_(*scored))
        .outerjoin(Proposal, and_(*proposed))
        .outerjoin(CaseMixScore, is_mixed_section())
        .add_columns(Proposal.kind, CaseMixScore.score, is_held_in(period.id))
        .options(*parties(SectionScore))
        .order_by(Section.organ_id, Section.code, Proposal.kind)
    ).all()
    kinds: dict[int, list[ProposalKind]] = {}
    for section, _visible, _score, _evident, kind, _mixed, _held in rows:
        kinds.setdefault(section.id, []).extend([kind] if kind else ())
    by_section = {row[0].id: row for row in rows}
    return [
        _Frozen(
            section,
            bool(is_visible),
            Side(printed(score), tuple(kinds[section.id])) if score else None,
            evidence or 0,
            mixed,
            bool(is_held),
        )
        for section, is_visible, score, evidence, _kind, mixed, is_held in by_section.values()
    ]


def _drafted(
    computed: ComputedResult, version: int, blocked: Collection[int]
) -> Mapping[int, Side]:
    """Return the sides under a draft, hidden where the frozen row is not exact.

    Sections in `blocked` have no proposals: a hold is open.
    """

    def kinds(row: AnySection) -> tuple[ProposalKind, ...]:
        if row.section_id in blocked:
            return ()
        return tuple(
            sorted(kind for kind, _ in suggest(row, computed.rules, policy_version=version))
        )

    rows = [
        row if row.extent in EXACT else replace(row, extent=Extent.NONE)
        for row in computed.sections
    ]
    return {row.section_id: Side(printed(in_whole_points(row)), kinds(row)) for row in rows}
