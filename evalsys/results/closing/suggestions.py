"""Proposals from the figures of a section, and those under another policy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.models import Policy
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.closing.rules import proposals_for
from evalsys.scores.disclosure import Extent
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.proposals import Figures, Ground, Thresholds
from evalsys.scores.publication import in_whole_points, printed
from evalsys.scores.rows import AnySection, FreshSection
from evalsys.scores.service import compute

FINE = {Ground.BALLOTS, Ground.RELIABILITY, Ground.PROBABILITY}
SHOWN = ("is_comparable", "total", "rate", "theta", "rank", "rank_best", "rank_worst")


def suggest(
    row: FreshSection, lines: Thresholds, *, policy_version: int
) -> Iterator[tuple[ProposalKind, dict[str, Any]]]:
    """Yield (kind, grounds) of the proposals for a section's chief."""
    reliability = None if row.reliability is None else Decimal(str(row.reliability))
    figures = Figures(row.ballots, row.theta, row.se, reliability, row.coverage)
    for kind, grounds in proposals_for(figures, lines, policy_version=policy_version):
        if row.extent is Extent.WHOLE:  # Exact figures would reveal the corrected ballots.
            for condition in grounds["conditions"]:
                if condition["ground"] in FINE:
                    condition["figure"] = None
        yield ProposalKind(kind), grounds


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
    def differs(self) -> bool:
        """Whether a shown figure or a proposal differs."""
        if self.then is None or self.now is None:
            return True
        then, now = in_whole_points(self.then.row), self.now.row
        return self.then.proposals != self.now.proposals or any(
            getattr(then, name) != getattr(now, name) for name in SHOWN
        )


@dataclass(frozen=True)
class Preview:
    """A past period under a draft. `evidence` counts members: (frozen, under the draft)."""

    result: Result
    pairs: Sequence[Pair]
    evidence: tuple[int, int]

    @property
    def changed(self) -> int:
        """The number of sections that differ."""
        return sum(pair.differs for pair in self.pairs)

    def proposed(self, kind: ProposalKind) -> tuple[int, int]:
        """Return the number of proposals of a kind: (frozen, under the draft)."""
        sides = ([pair.then for pair in self.pairs], [pair.now for pair in self.pairs])
        then, now = (sum(kind in side.proposals for side in some if side) for some in sides)
        return then, now


def preview(actor: Actor, draft: Policy, result: Result) -> Preview:
    """Compute a closed period under a draft and compare it with the frozen result. Read-only.

    The draft's figures are in whole points: drafts can be tried at will, and the difference of two
    could reveal the ballots of one group or of a thin member.
    """
    period, rules = result.period, PolicyRules.from_json(draft.rules)
    computed = compute(parse_period(period.code), rules)
    sections = db.session.scalars(
        select(Section)
        .where(visible_to(actor, period.starts_on, period.ends_on))
        .order_by(Section.organ_id, Section.code)
    ).all()
    then, now = _frozen(result), _drafted(computed.sections, rules, draft.version)
    visible = {section.id for section in sections}
    frozen_evidence = db.session.scalar(
        select(func.count()).where(
            MemberScore.result_id == result.id,
            MemberScore.has_evidence,
            MemberScore.section_id.in_(visible),
        )
    )
    would_be = sum(row.has_evidence and row.section_id in visible for row in computed.members)
    pairs = [
        Pair(section, then.get(section.id), now.get(section.id))
        for section in sections
        if section.id in then or section.id in now
    ]
    return Preview(result, pairs, (frozen_evidence or 0, would_be))


def _frozen(result: Result) -> dict[int, Side]:
    kinds: dict[int, list[ProposalKind]] = {}
    rows = db.session.execute(
        select(Proposal.section_id, Proposal.kind)
        .where(Proposal.result_id == result.id)
        .order_by(Proposal.kind)
    )
    for section_id, kind in rows:
        kinds.setdefault(section_id, []).append(kind)
    scores = db.session.scalars(
        select(SectionScore)
        .where(SectionScore.result_id == result.id)
        .options(joinedload(SectionScore.chief))
    )
    return {
        row.section_id: Side(printed(row), tuple(kinds.get(row.section_id, ()))) for row in scores
    }


def _drafted(rows: Sequence[FreshSection], rules: PolicyRules, version: int) -> Mapping[int, Side]:
    lines = Thresholds.of(rules)
    return {
        row.section_id: Side(
            in_whole_points(row),
            tuple(sorted(kind for kind, _ in suggest(row, lines, policy_version=version))),
        )
        for row in rows
    }
