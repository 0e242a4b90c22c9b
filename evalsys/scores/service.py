"""Gathering what a result is computed from, freezing it, and verifying that it is unaltered."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.foundation.rows import add_rows
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import PeriodSpan, period_message
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.history.chunks import check_in_place
from evalsys.scores import queries
from evalsys.scores.assembly import (
    FORMULA_VERSION,
    ComputedResult,
    columns_of,
    digest_of,
)
from evalsys.scores.frozen import kept_seats
from evalsys.scores.mixing import mixed_rows, mixed_scores
from evalsys.scores.models import CaseMixScore, MemberScore, Result, SectionScore
from evalsys.scores.publication import decide
from evalsys.scores.seats import LEVEL_NAMES, Ballots, ScoreData
from evalsys.scores.tickets import beside_ballots

NOTHING = (0,) * (1 + len(LEVEL_NAMES))


def gather(span: PeriodSpan, rules: PolicyRules, *, is_tried: bool = False) -> ScoreData:
    """Read everything a result is computed from; ratings are recounted, not taken from tallies.

    What nobody reads of a policy that is only tried (F2e) is left out. Raises ImportRunning while
    an import is being placed.
    """
    check_in_place()
    codes = base_codes(span)
    places, held = queries.places(span)
    beside = beside_ballots(span, codes)
    return ScoreData(
        ballots=queries.recount(codes, rules),
        excluded=beside.excluded,
        services=queries.services(span, held),
        places=places,
        kept=kept_seats(span),
        issued=beside.issued,
        answers={} if is_tried else queries.complete_answers(codes, rules),
    )


def check_tallies(
    ballots: Sequence[Ballots], folded: Mapping[tuple[int, int, str], tuple[int, ...]]
) -> None:
    """Compare a recount with the tallies. Raises DomainError if they differ."""
    counted = {row[:3]: (row.ballots, *row.levels) for row in ballots}
    wrong = sorted(
        key
        for key in counted.keys() | folded.keys()
        if counted.get(key, NOTHING) != folded.get(key, NOTHING)
    )
    if wrong:
        section = db.session.get_one(Section, wrong[0][0])
        staff = db.session.get_one(Staff, wrong[0][1])
        raise DomainError(
            N_(
                "The ratings do not agree with what was counted: section %(section)s, staff number "
                "%(staff)s, and %(others)s more places. Nothing was closed. Tell the "
                "administrators."
            ),
            section=section.code,
            staff=staff.number,
            others=len(wrong) - 1,
        )


def freeze(
    unit: Unit,
    period: Period,
    computed: ComputedResult,
    *,
    now: datetime,
    reason: str | None = None,
) -> Result:
    """Store a computed result as the next version of its period, with its digest.

    Sets the extent of each row. The caller changes the state of the period. `reason` is None for
    the first version.
    """
    before = queries.latest_result(period.id)
    decide(period, computed)
    mixed = mixed_scores(computed)
    result = Result(
        period=period,
        version=before.version + 1 if before else 1,
        policy_id=period.policy_id,
        formula_version=FORMULA_VERSION,
        reason=reason,
        digest=digest_of(
            period.code, period.policy.rules, computed.sections, computed.members, mixed=mixed
        ),
        created_by=unit.actor.user_id,
        created_at=now,
    )
    action = Action.CLOSING_CORRECT if before else Action.CLOSING_RUN
    db.session.add(result)
    unit.record(action, result, code=period.code, version=result.version, digest=result.digest)
    for model, rows in ((SectionScore, computed.sections), (MemberScore, computed.members)):
        add_rows(model, (columns_of(row) | {"result_id": result.id} for row in rows))
    add_rows(CaseMixScore, (asdict(row) | {"result_id": result.id} for row in mixed))
    return result


def check_result(result: Result) -> None:
    """Verify the digest of the stored rows. Raises DomainError if they were altered."""
    sections = db.session.scalars(
        select(SectionScore)
        .where(SectionScore.result_id == result.id)
        .order_by(SectionScore.section_id)
    ).all()
    members = db.session.scalars(
        select(MemberScore)
        .where(MemberScore.result_id == result.id)
        .order_by(MemberScore.section_id, MemberScore.staff_id)
    ).all()
    code, policy, formulas = result.period.code, result.policy.rules, result.formula_version
    mixed = mixed_rows(result)
    digest = digest_of(code, policy, sections, members, mixed=mixed, formulas=formulas)
    if digest != result.digest:
        raise DomainError(
            N_("The frozen figures of %(code)s, version %(version)s, were changed afterwards."),
            code=period_message(code),
            version=result.version,
        )
