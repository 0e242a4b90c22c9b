"""Reads of chiefs' cases: on which results they rest, the quota, and who is compared with whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.models import CaseFile
from evalsys.cases.queries import select_cases
from evalsys.chiefs.commendation import HOLDING
from evalsys.chiefs.models import CasePeriod
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.org.models import Organ, Section
from evalsys.periods.models import Period, PeriodState
from evalsys.periods.rules import parse_period, previous
from evalsys.policies.rules import PolicyRules
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.queries import is_newest

COMMENDATION = "commendation"
LADDER = "chief"
LOOK_BACK = 4  # periods before the one that is compared
PERCENT = 100


@dataclass(frozen=True)
class Standing:
    """A period that brought a case about, as its newest version says it still."""

    code: str
    result: Result | None
    is_published: bool


def standings(case: CaseFile) -> list[Standing]:
    """Return the periods of a case whose newest version still proposes it, the earliest first."""
    return _standings([case])[case.id]


def _standings(cases: Iterable[CaseFile]) -> Mapping[int, list[Standing]]:
    found: dict[int, list[Standing]] = defaultdict(list)
    rows = db.session.execute(
        select(CasePeriod.case_id, CasePeriod.period_code, Result, Period.state)
        .outerjoin(Period, Period.code == CasePeriod.period_code)
        .outerjoin(Result, Result.id == CasePeriod.result_id)
        .where(CasePeriod.case_id.in_([case.id for case in cases]), is_newest())
        .order_by(CasePeriod.id)
    )
    for case_id, code, result, state in rows:
        found[case_id].append(Standing(code, result, state == PeriodState.PUBLISHED))
    return found


@dataclass(frozen=True)
class Places:
    """The places for commendations of an organ in a period: how many, and how many are held."""

    quota: int
    taken: int

    @property
    def free(self) -> int:
        """How many may still be chosen."""
        return max(0, self.quota - self.taken)


def places(
    organ_ids: Collection[int], results: Mapping[str, Result | None], *, without: int = 0
) -> Mapping[tuple[int, str], Places]:
    """Return (organ, period) -> its places, of some organs and periods; one case is left out.

    The quota counts the chiefs of the organ who could be compared; there is one place at least.
    """
    ranked, held = _ranked(organ_ids, results), _held(organ_ids, results, without)
    found = {}
    for code, result in results.items():
        share = PolicyRules.from_json(result.policy.rules).commend_quota if result else 0
        for organ_id in organ_ids:
            number = ranked.get((organ_id, result.id if result else 0), 0)
            quota = max(1, number * share // PERCENT)
            found[organ_id, code] = Places(quota, held.get((organ_id, code), 0))
    return found


def _ranked(
    organ_ids: Collection[int], results: Mapping[str, Result | None]
) -> Mapping[tuple[int, int], int]:
    """Return (organ, result) -> how many chiefs could be compared."""
    rows = db.session.execute(
        select(Section.organ_id, SectionScore.result_id, func.count())
        .select_from(SectionScore)
        .join(Section, Section.id == SectionScore.section_id)
        .where(
            SectionScore.result_id.in_([one.id for one in results.values() if one]),
            SectionScore.is_comparable,
            Section.organ_id.in_(organ_ids),
        )
        .group_by(Section.organ_id, SectionScore.result_id)
    )
    return {(organ_id, result_id): number for organ_id, result_id, number in rows}


def _held(
    organ_ids: Collection[int], codes: Collection[str], without: int
) -> Mapping[tuple[int, str], int]:
    """Return (organ, period) -> how many cases hold a place there, one case left out."""
    rows = db.session.execute(
        select(Section.organ_id, CasePeriod.period_code, func.count(CaseFile.id.distinct()))
        .join(CasePeriod, CasePeriod.case_id == CaseFile.id)
        .join(Section, Section.id == CaseFile.section_id)
        .where(
            CaseFile.kind == COMMENDATION,
            CaseFile.state.in_(HOLDING),
            CaseFile.id != without,
            Section.organ_id.in_(organ_ids),
            CasePeriod.period_code.in_(codes),
        )
        .group_by(Section.organ_id, CasePeriod.period_code)
    )
    return {(organ_id, code): number for organ_id, code, number in rows}


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

    `full` are other periods of the case in which no place is left.
    """

    case: CaseFile
    score: SectionScore | None
    past: Sequence[Past]
    is_proposed: bool
    full: Sequence[str] = ()

    @property
    def waits(self) -> bool:
        """Whether the newest version proposes it, with a place, and nobody has decided yet."""
        return self.is_proposed and self.case.state == "proposed" and not self.full


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


def select_candidates(actor: Actor, code: str, *, on: date) -> Select[CaseFile]:
    """Return the query for the commendations of a period that the actor may see."""
    of_period = select(CasePeriod.case_id).where(CasePeriod.period_code == code)
    return select_cases(actor, on=on, kind=COMMENDATION).where(CaseFile.id.in_(of_period))


def compare(actor: Actor, result: Result, *, on: date) -> list[Round]:
    """Set all candidates of a period side by side, organ by organ."""
    code = result.period.code
    cases = db.session.scalars(select_candidates(actor, code, on=on)).all()
    scores = _scores([result], [case.staff_id for case in cases])
    past = _past(code, [case.staff_id for case in cases])
    proposed = set(
        db.session.scalars(select(CasePeriod.case_id).where(CasePeriod.result_id == result.id))
    )
    stands = _standings(case for case in cases if case.state == "proposed")
    others = {case_id: [one for one in of if one.code != code] for case_id, of in stands.items()}
    results = {one.code: one.result for of in others.values() for one in of}
    here = places({case.section.organ_id for case in cases}, {**results, code: result})
    found: dict[int, list[Candidate]] = {}
    for case in cases:
        organ_id, score = case.section.organ_id, scores.get((code, case.staff_id))
        codes = [one.code for one in others.get(case.id, ())]
        full = [other for other in codes if not here[organ_id, other].free]
        one = Candidate(case, score, past[case.staff_id], case.id in proposed, full)
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
        select(CasePeriod.period_code, CaseFile.staff_id, CaseFile.kind, CaseFile.state)
        .join(CaseFile, CaseFile.id == CasePeriod.case_id)
        .where(CasePeriod.period_code.in_(codes), CaseFile.staff_id.in_(chiefs))
    ).all()
    honoured = {row[:2] for row in rows if row[2:] == (COMMENDATION, "commended")}
    low = {row[:2] for row in rows if row[2] == LADDER and row[3] != "unfounded"}
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
