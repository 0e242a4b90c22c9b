"""The quota of commendations: in which periods a case takes a place, and which are full."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.queries import find_step
from evalsys.cases.engine.rules.entries import codes_in
from evalsys.core.extensions import db
from evalsys.core.reads import once
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.chiefs.limits import QUOTA
from evalsys.personnel.chiefs.models import CasePeriod
from evalsys.personnel.chiefs.rules.commendation import COMMENDATION as MACHINE
from evalsys.personnel.chiefs.rules.commendation import HOLDING
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.queries import is_newest

COMMENDATION = "commendation"
PERCENT = 100
# As a column of a query on `Subject`: the periods that its last choice left out.
LEFT_OUT = (
    select(CaseStep.entry["left_out"].as_string())
    .where(CaseStep.subject_id == Subject.id, CaseStep.name == "choose")
    .order_by(CaseStep.id.desc())
    .limit(1)
    .correlate(Subject)
    .scalar_subquery()
)


@dataclass(frozen=True)
class PeriodStanding:
    """A period of a case, still proposed by its newest version.

    `is_left_out`: the commendation was chosen without it, as it had no place.
    """

    code: str
    result: Result | None
    is_published: bool
    is_left_out: bool = False


@once
def standings(case: Subject) -> list[PeriodStanding]:
    """Return the periods of a case that are still proposed, the earliest first."""
    step = find_step(case, "choose") if case.state != MACHINE.first else None
    out = {case.id: frozenset(codes_in(step.entry.get("left_out", "")))} if step else {}
    return _standings([case], out)[case.id]


def standings_of(cases: Iterable[Subject]) -> Mapping[int, list[PeriodStanding]]:
    """Return case id -> the periods still proposed, the earliest first."""
    some = list(cases)
    return _standings(some, left_out(some))


def _standings(
    cases: Collection[Subject], out: Mapping[int, frozenset[str]]
) -> Mapping[int, list[PeriodStanding]]:
    found: dict[int, list[PeriodStanding]] = defaultdict(list)
    rows = db.session.execute(
        select(CasePeriod.case_id, CasePeriod.period_code, Result, Period.state)
        .outerjoin(Period, Period.code == CasePeriod.period_code)
        .outerjoin(Result, Result.id == CasePeriod.result_id)
        .where(CasePeriod.case_id.in_([case.id for case in cases]), is_newest())
        .options(joinedload(Result.policy))
        .order_by(CasePeriod.id)
    )
    for case_id, code, result, state in rows:
        is_published, is_left_out = state == PeriodState.PUBLISHED, code in out.get(case_id, ())
        found[case_id].append(PeriodStanding(code, result, is_published, is_left_out))
    return found


def left_out(cases: Collection[Subject]) -> Mapping[int, frozenset[str]]:
    """Return case id -> the periods it was chosen without, by the last valid choice."""
    chosen = frozenset(case.id for case in cases if case.state != MACHINE.first)
    return defaultdict(frozenset, _left_out(chosen))


@once
def _left_out(case_ids: frozenset[int]) -> Mapping[int, frozenset[str]]:
    if not case_ids:
        return {}
    rows = db.session.execute(select(Subject.id, LEFT_OUT).where(Subject.id.in_(case_ids)))
    return {case_id: frozenset(codes_in(left_out or "")) for case_id, left_out in rows}


def crowded_out(cases: Sequence[Subject]) -> Mapping[int, list[str]]:
    """Return case id -> the full periods, if all cases are chosen in this order."""
    stand = standings_of(cases)
    results = {row.code: row.result for rows in stand.values() for row in rows}
    here = places({case.section.organ_id for case in cases}, results)
    free = {key: quota.free for key, quota in here.items()}
    full = {}
    for case in cases:
        keys = [(case.section.organ_id, row.code) for row in stand[case.id]]
        full[case.id] = [code for organ_id, code in keys if not free[organ_id, code]]
        for key in keys:
            free[key] = max(0, free[key] - 1)
    return full


@dataclass(frozen=True)
class Places:
    """The commendation quota of an organ in a period, and the places taken."""

    quota: int
    taken: int

    @property
    def free(self) -> int:
        """The places left."""
        return max(0, self.quota - self.taken)


def places(
    organ_ids: Collection[int], results: Mapping[str, Result | None], *, without: int = 0
) -> Mapping[tuple[int, str], Places]:
    """Return (organ, period) -> its places, without those of one case.

    The quota is a share of the organ's comparable chiefs, at least one.
    """
    ranked, held = _ranked(organ_ids, results), _held(organ_ids, results, without)
    by_key = {}
    for code, result in results.items():
        share = PolicyRules.from_json(result.policy.rules)[QUOTA] if result else 0
        for organ_id in organ_ids:
            number = ranked.get((organ_id, result.id if result else 0), 0)
            quota = max(1, number * share // PERCENT)
            by_key[organ_id, code] = Places(quota, held.get((organ_id, code), 0))
    return by_key


def _ranked(
    organ_ids: Collection[int], results: Mapping[str, Result | None]
) -> Mapping[tuple[int, int], int]:
    """Return (organ, result) -> the number of comparable chiefs."""
    rows = db.session.execute(
        select(Section.organ_id, SectionScore.result_id, func.count())
        .select_from(SectionScore)
        .join(Section, Section.id == SectionScore.section_id)
        .where(
            SectionScore.result_id.in_([result.id for result in results.values() if result]),
            SectionScore.is_comparable,
            Section.organ_id.in_(organ_ids),
        )
        .group_by(Section.organ_id, SectionScore.result_id)
    )
    return {(organ_id, result_id): number for organ_id, result_id, number in rows}


def _held(
    organ_ids: Collection[int], codes: Collection[str], without: int
) -> Mapping[tuple[int, str], int]:
    """Return (organ, period) -> the number of cases with a place there, without one case."""
    rows = db.session.execute(
        select(Section.organ_id, CasePeriod.period_code, Subject.id, LEFT_OUT)
        .join(CasePeriod, CasePeriod.case_id == Subject.id)
        .join(Subject.owner)
        .join(Party.section)
        .where(
            Subject.kind == COMMENDATION,
            Subject.state.in_(HOLDING),
            Subject.id != without,
            Section.organ_id.in_(organ_ids),
            CasePeriod.period_code.in_(codes),
        )
        .distinct()
    )
    return Counter(
        (organ, code)
        for organ, code, _case_id, left_out in rows
        if code not in codes_in(left_out or "")
    )
