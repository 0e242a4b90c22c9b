"""Queries of chiefs' cases: the comparison of candidates with their earlier periods."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.parties import is_about_any
from evalsys.cases.engine.queries import select_cases
from evalsys.cases.engine.rules.entries import codes_in
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.core.reads import once
from evalsys.foundation.accounts.second_person import own_accounts
from evalsys.organisation.org.models import Organ
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.rules import parse_period, previous
from evalsys.personnel.chiefs.models import CasePeriod
from evalsys.personnel.chiefs.places import (
    COMMENDATION,
    LEFT_OUT,
    Places,
    left_out,
    places,
    standings_of,
)
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import parties, printed
from evalsys.scores.queries import is_newest

LADDER = "chief"
LOOK_BACK = 4  # periods before the one that is compared


@dataclass(frozen=True)
class EarlierPeriod:
    """An earlier period of a chief: score (None: not compared) and consequences."""

    code: str
    score: SectionScore | None
    is_commended: bool
    is_low: bool


@dataclass(frozen=True)
class Candidate:
    """A chief proposed by the figures of a period, or formerly so before a correction.

    `full` are the case's other periods without a place, `free` the published ones with a place.
    `is_left_out`: chosen for other periods, without the compared one.
    """

    case: Subject
    score: SectionScore | None
    past: Sequence[EarlierPeriod]
    is_proposed: bool
    full: Sequence[str] = ()
    free: Sequence[str] = ()
    is_left_out: bool = False

    @property
    def waits(self) -> bool:
        """Whether the newest version proposes it, and it is undecided."""
        return self.is_proposed and self.case.state == "proposed"


@dataclass(frozen=True)
class Round:
    """The comparison in one organ: its candidates, the best first, and its places."""

    organ: Organ
    candidates: Sequence[Candidate]
    places: Places

    @property
    def to_choose(self) -> Sequence[Candidate]:
        """The candidates to choose from; none without a free place."""
        return [row for row in self.candidates if row.waits] if self.places.free else []


def select_candidates(actor: Actor, code: str, *, on: date) -> Select[Subject]:
    """Return the query for the commendations of a period that the actor may see."""
    of_period = select(CasePeriod.case_id).where(CasePeriod.period_code == code)
    return select_cases(actor, on=on, kind=COMMENDATION).where(Subject.id.in_(of_period))


@once
def list_candidates(actor: Actor, code: str, on: date) -> Sequence[Subject]:
    """Return the commendation cases of a period in the actor's scope."""
    return db.session.scalars(select_candidates(actor, code, on=on)).all()


def has_candidates(actor: Actor, result: Result, on: date) -> bool:
    """Return whether the actor could compare candidates of the period of a result."""
    wanted = select_candidates(actor, result.period.code, on=on).exists()
    return bool(db.session.scalar(select(wanted)))


def compare(actor: Actor, result: Result, *, on: date) -> list[Round]:
    """Return all candidates of a period by organ."""
    code = result.period.code
    cases = list_candidates(actor, code, on)
    chiefs, earlier = [case.staff.id for case in cases], _earlier(code)
    scores = _scores(result, earlier, chiefs)
    past = _past(earlier, chiefs, scores)
    stands, out = standings_of(cases), left_out(cases)
    proposed = {
        case_id
        for case_id, rows in stands.items()
        if any(row.result and row.result.id == result.id for row in rows)
    }
    others = {
        case.id: [row for row in stands[case.id] if row.code != code]
        for case in cases
        if case.state == "proposed"
    }
    results = {row.code: row.result for rows in others.values() for row in rows}
    here = places({case.section.organ_id for case in cases}, {**results, code: result})
    by_organ: dict[int, list[Candidate]] = {}
    for case in cases:
        organ_id, score = case.section.organ_id, scores.get((code, case.staff.id))
        beside = others.get(case.id, ())
        candidate = Candidate(
            case,
            score,
            past[case.staff.id],
            case.id in proposed,
            full=[row.code for row in beside if not here[organ_id, row.code].free],
            free=[row.code for row in beside if row.is_published and here[organ_id, row.code].free],
            is_left_out=code in out[case.id],
        )
        by_organ.setdefault(organ_id, []).append(candidate)
    rounds = [
        Round(some[0].case.section.organ, sorted(some, key=_order), here[organ_id, code])
        for organ_id, some in by_organ.items()
    ]
    return sorted(rounds, key=lambda row: row.organ.code)


def chosen_by_others(actor: Actor, cases: Sequence[Subject]) -> list[Subject]:
    """Return the cases that were chosen by others than the actor, under any account."""
    if actor.user_id is None or not cases:
        return []
    own = select(CaseStep.subject_id).where(
        CaseStep.subject_id.in_([case.id for case in cases]),
        CaseStep.name == "choose",
        CaseStep.by.in_(own_accounts(actor)),
    )
    chosen = set(db.session.scalars(own))
    return [case for case in cases if case.id not in chosen]


def _order(candidate: Candidate) -> tuple[bool, float, str]:
    theta = candidate.score.theta if candidate.score else None
    return theta is None, -float(theta or 0), candidate.case.section.code


def _earlier(code: str) -> list[str]:
    """Return the periods of the same kind before one, the latest first."""
    span, codes = parse_period(code), list[str]()
    for _ in range(LOOK_BACK):
        span = previous(span)
        codes.append(span.code)
    return codes


def _scores(
    result: Result, earlier: Collection[str], chiefs: Collection[int]
) -> Mapping[tuple[str, int], SectionScore]:
    """Return (period, chief) -> the score of the section they led: in a result, and published."""
    published = Period.state == PeriodState.PUBLISHED
    wanted = or_(Result.id == result.id, and_(Period.code.in_(earlier), published, is_newest()))
    rows = db.session.scalars(
        select(SectionScore)
        .where(
            SectionScore.result_id.in_(select(Result.id).join(Result.period).where(wanted)),
            SectionScore.chief_id.in_(chiefs),
        )
        .options(joinedload(SectionScore.result).joinedload(Result.period), *parties(SectionScore))
        .order_by(SectionScore.id)
    )
    return {(row.result.period.code, row.chief_id or 0): printed(row) for row in rows}


def _past(
    codes: Sequence[str], chiefs: Collection[int], scores: Mapping[tuple[str, int], SectionScore]
) -> dict[int, list[EarlierPeriod]]:
    """Return chief -> some earlier periods."""
    rows = db.session.execute(
        select(CasePeriod.period_code, Subject, LEFT_OUT)
        .join(Subject, Subject.id == CasePeriod.case_id)
        .where(CasePeriod.period_code.in_(codes), is_about_any(chiefs))
    ).all()
    honoured = {
        (one, case.staff_id)
        for one, case, out in rows
        if case.kind == COMMENDATION and case.state == "commended"
        if one not in codes_in(out or "")
    }
    low = {
        (one, case.staff_id)
        for one, case, _out in rows
        if case.kind == LADDER and case.state != "unfounded"
    }
    return {
        chief: [
            EarlierPeriod(
                period,
                scores.get((period, chief)),
                is_commended=(period, chief) in honoured,
                is_low=(period, chief) in low,
            )
            for period in codes
        ]
        for chief in chiefs
    }
