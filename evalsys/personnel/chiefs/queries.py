"""Reads of chiefs' cases: who is compared with whom, and what came of the periods before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.parties import is_about_any
from evalsys.cases.engine.queries import select_cases
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.rules import parse_period, previous
from evalsys.personnel.chiefs.models import CasePeriod
from evalsys.personnel.chiefs.places import COMMENDATION, Places, left_out, places, standings_of
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.queries import is_newest

LADDER = "chief"
LOOK_BACK = 4  # periods before the one that is compared


@dataclass(frozen=True)
class Past:
    """An earlier period of a chief: the score, and what came of it. None: not compared."""

    code: str
    score: SectionScore | None
    is_commended: bool
    is_low: bool


@dataclass(frozen=True)
class Candidate:
    """A chief whom the figures of a period propose, or proposed before a correction.

    `full` are other periods of the case in which no place is left, `free` those published with one.
    `is_left_out`: it was chosen for others of its periods, without the one that is compared.
    """

    case: Subject
    score: SectionScore | None
    past: Sequence[Past]
    is_proposed: bool
    full: Sequence[str] = ()
    free: Sequence[str] = ()
    is_left_out: bool = False

    @property
    def waits(self) -> bool:
        """Whether the newest version proposes it, and nobody has decided yet."""
        return self.is_proposed and self.case.state == "proposed"


@dataclass(frozen=True)
class Round:
    """The comparison in one organ: its candidates, the best first, and its places."""

    organ: Organ
    candidates: Sequence[Candidate]
    places: Places

    @property
    def to_choose(self) -> Sequence[Candidate]:
        """Who may be chosen: nobody where no place is free."""
        return [one for one in self.candidates if one.waits] if self.places.free else []


def select_candidates(actor: Actor, code: str, *, on: date) -> Select[Subject]:
    """Return the query for the commendations of a period that the actor may see."""
    of_period = select(CasePeriod.case_id).where(CasePeriod.period_code == code)
    return select_cases(actor, on=on, kind=COMMENDATION).where(Subject.id.in_(of_period))


def compare(actor: Actor, result: Result, *, on: date) -> list[Round]:
    """Set all candidates of a period side by side, organ by organ."""
    code = result.period.code
    cases = db.session.scalars(select_candidates(actor, code, on=on)).all()
    scores = _scores([result], [case.staff.id for case in cases])
    past = _past(code, [case.staff.id for case in cases])
    proposed = set(
        db.session.scalars(select(CasePeriod.case_id).where(CasePeriod.result_id == result.id))
    )
    stands, out = standings_of(case for case in cases if case.state == "proposed"), left_out(cases)
    others = {case_id: [one for one in of if one.code != code] for case_id, of in stands.items()}
    results = {one.code: one.result for of in others.values() for one in of}
    here = places({case.section.organ_id for case in cases}, {**results, code: result})
    found: dict[int, list[Candidate]] = {}
    for case in cases:
        organ_id, score = case.section.organ_id, scores.get((code, case.staff.id))
        beside = others.get(case.id, ())
        one = Candidate(
            case,
            score,
            past[case.staff.id],
            case.id in proposed,
            full=[one.code for one in beside if not here[organ_id, one.code].free],
            free=[one.code for one in beside if one.is_published and here[organ_id, one.code].free],
            is_left_out=code in out[case.id],
        )
        found.setdefault(organ_id, []).append(one)
    rounds = [
        Round(some[0].case.section.organ, sorted(some, key=_order), here[organ_id, code])
        for organ_id, some in found.items()
    ]
    return sorted(rounds, key=lambda one: one.organ.code)


def _order(candidate: Candidate) -> tuple[bool, float, str]:
    theta = candidate.score.theta if candidate.score else None
    return theta is None, -float(theta or 0), candidate.case.section.code


def _scores(
    results: Sequence[Result], chiefs: Sequence[int]
) -> Mapping[tuple[str, int], SectionScore]:
    """Return (period, chief) -> the score of the section that they led."""
    rows = db.session.scalars(
        select(SectionScore)
        .where(
            SectionScore.result_id.in_([result.id for result in results]),
            SectionScore.chief_id.in_(chiefs),
        )
        .options(joinedload(SectionScore.result).joinedload(Result.period))
        .order_by(SectionScore.id)
    )
    return {(row.result.period.code, row.chief_id or 0): printed(row) for row in rows}


def _past(code: str, chiefs: Sequence[int]) -> dict[int, list[Past]]:
    """Return chief -> the published periods of the same kind before one, the latest first."""
    span, codes = parse_period(code), list[str]()
    for _ in range(LOOK_BACK):
        span = previous(span)
        codes.append(span.code)
    results = db.session.scalars(
        select(Result)
        .join(Result.period)
        .where(Period.code.in_(codes), Period.state == PeriodState.PUBLISHED, is_newest())
    ).all()
    scores = _scores(results, chiefs)
    rows = db.session.execute(
        select(CasePeriod.period_code, Subject)
        .join(Subject, Subject.id == CasePeriod.case_id)
        .where(CasePeriod.period_code.in_(codes), is_about_any(chiefs))
    ).all()
    praised = [row for row in rows if row[1].kind == COMMENDATION and row[1].state == "commended"]
    out = left_out([case for _code, case in praised])
    honoured = {(one, case.staff.id) for one, case in praised if one not in out[case.id]}
    low = {
        (one, case.staff.id)
        for one, case in rows
        if case.kind == LADDER and case.state != "unfounded"
    }
    return {
        chief: [
            Past(
                one,
                scores.get((one, chief)),
                is_commended=(one, chief) in honoured,
                is_low=(one, chief) in low,
            )
            for one in codes
        ]
        for chief in chiefs
    }
