"""Proposals of a closing, and those that wait until a hold is cleared (F14)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import Unit
from evalsys.core.extensions import db
from evalsys.organisation.org.models import Staff
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.chiefs.commending import take_up_commendation
from evalsys.personnel.chiefs.service import take_up_low_score
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.closing.rules import proposals_for
from evalsys.results.holds.finding import find_anomalies
from evalsys.scores.assembly import ComputedResult
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import parties
from evalsys.scores.rows import AnySection
from evalsys.scores.rules.disclosure import Extent, may_tell
from evalsys.scores.rules.funnel import top_box_low
from evalsys.scores.rules.proposals import Figures, Ground, Thresholds
from evalsys.supervision.holds.models import Hold
from evalsys.supervision.holds.queries import blocked_in, results_held_by
from evalsys.supervision.holds.service import open_holds

FINE = frozenset(Ground) - {Ground.COVERAGE}  # Their figures may tell single ballots.
# The case that a proposal opens.
TAKEN_UP = {
    ProposalKind.INTERVIEW: take_up_low_score,
    ProposalKind.COMMENDATION: take_up_commendation,
}


def suggest(
    row: AnySection, rules: PolicyRules, *, policy_version: int
) -> Iterator[tuple[ProposalKind, dict[str, Any]]]:
    """Yield (kind, grounds) of the proposals for a chief; unprinted figures ground none."""
    if row.extent is Extent.NONE:
        return
    reliability = None if row.reliability is None else Decimal(str(row.reliability))
    figures = Figures(
        ballots=row.ballots,
        theta=row.theta,
        se=row.se,
        reliability=reliability,
        score=row.rate,
        own_se=row.own_se,
        coverage=row.coverage,
        mean=row.group_mean,
        top=top_box_low(row.top or 0, row.ballots),
        group_top=row.group_top,
    )
    lines, hidden = Thresholds.of(rules), _hidden(row, rules.min_n_display)
    for kind, grounds in proposals_for(figures, lines, policy_version=policy_version):
        for condition in grounds["conditions"]:
            if condition["ground"] in hidden:
                condition["figure"] = None
        yield ProposalKind(kind), grounds


def _hidden(row: AnySection, least: int) -> Collection[Ground]:
    """Return the grounds whose figures are not told: they would reveal single ballots."""
    if row.extent is Extent.WHOLE:
        return FINE
    return () if may_tell(row.top or 0, row.ballots, least) else (Ground.TOP_BOX,)


def hold_or_propose(unit: Unit, result: Result, computed: ComputedResult, *, now: datetime) -> None:
    """Open the holds of a first closing, where the policy says so; draft the other proposals.

    A correction opens none: what was found of its period has been looked into, or waits.
    """
    if computed.rules.holds and result.version == 1:
        open_holds(unit, result, find_anomalies(result.period, computed), now=now)
    draft_proposals(unit, result, computed.sections, computed.rules, now=now)


def draft_proposals(
    unit: Unit, result: Result, rows: Iterable[AnySection], rules: PolicyRules, *, now: datetime
) -> None:
    """Store the proposals of sections without a hold, and open a case for each."""
    version, blocked = result.period.policy.version, blocked_in(result.period_id)
    drafts = [
        Proposal(
            result_id=result.id,
            section_id=row.section_id,
            chief_id=row.chief_id,
            kind=kind,
            grounds=grounds,
        )
        for row in rows
        if row.section_id not in blocked
        for kind, grounds in suggest(row, rules, policy_version=version)
    ]
    db.session.add_all(drafts)
    db.session.flush()
    for draft in drafts:
        if draft.chief is not None:
            _take_up(unit, draft, draft.chief, result, now=now)


def _take_up(
    unit: Unit, proposal: Proposal, chief: Staff, result: Result, *, now: datetime
) -> None:
    """Open or extend the chief's case, passing values: chiefs does not import closing."""
    grounds = {
        **proposal.grounds,
        "period": result.period.code,
        "result_id": result.id,
        "version": result.version,
    }
    TAKEN_UP[proposal.kind](unit, proposal.section, chief, grounds, now=now)


def propose_at_last(unit: Unit, hold: Hold, case: Subject, now: datetime) -> None:
    """Draft what waited for a hold that was cleared, from the newest version of each period."""
    for result in results_held_by(hold, case):
        here = (Proposal.result_id == result.id, Proposal.section_id == hold.section_id)
        if db.session.scalar(select(Proposal.id).where(*here).limit(1)) is None:
            _propose_in(unit, result, hold.section_id, now)


def _propose_in(unit: Unit, result: Result, section_id: int, now: datetime) -> None:
    waited = (SectionScore.result_id == result.id, SectionScore.section_id == section_id)
    query = select(SectionScore).where(*waited).options(*parties(SectionScore))
    rows = db.session.scalars(query).all()
    rules = PolicyRules.from_json(result.policy.rules)
    draft_proposals(unit, result, rows, rules, now=now)
