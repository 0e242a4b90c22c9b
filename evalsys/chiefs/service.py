"""Cases of chiefs: opened from the proposals of a closing, moved by people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from evalsys.calendars.queries import working_days
from evalsys.cases.deadline_queries import running_end
from evalsys.cases.kinds import Kind
from evalsys.cases.models import CaseFile
from evalsys.cases.queries import find_step
from evalsys.cases.rules import Duty, day_of
from evalsys.cases.service import open_case
from evalsys.chiefs.commendation import COMMENDATION, CommendationFacts
from evalsys.chiefs.models import LowPeriod
from evalsys.chiefs.rules import LADDER, LadderFacts
from evalsys.core.audit import Unit
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action
from evalsys.org.models import Section, Staff
from evalsys.periods.rules import parse_period, previous
from evalsys.policies.queries import rules_in_force
from evalsys.scores.models import SectionScore

RUNGS = ("verify", "repeat", "repeat_again")  # Each answers one low period.
PERCENT = 100


def ladder_facts(case: CaseFile, now: datetime) -> LadderFacts:
    """Gather what the rules of the ladder look at."""
    today, rules = local_day(now), rules_in_force()
    lows = db.session.scalars(
        select(LowPeriod.period_code).where(LowPeriod.case_id == case.id).order_by(LowPeriod.id)
    ).all()
    answered = sum(find_step(case, name) is not None for name in RUNGS)
    called = find_step(case, "notice")
    return LadderFacts(
        today=today,
        unanswered=len(lows) - answered,
        follows=answered < len(lows)
        and answered > 0
        and _directly(lows[answered - 1 : answered + 1]),
        earliest_interview=working_days().add(today, rules.interview_notice_wd),
        called_for=day_of(called.entry, "held_on") if called else None,
        follow_up_ends=running_end(case, "follow_up_d"),
        effect_ends=running_end(case, "admonition_months"),
    )


def _directly(codes: Any) -> bool:
    before, after = codes
    return previous(parse_period(after)) == parse_period(before)


def commendation_facts(case: CaseFile, now: datetime) -> CommendationFacts:
    """Gather what the rules of a commendation look at: the quota counts the organ's chiefs."""
    return CommendationFacts(
        today=local_day(now),
        places=quota(case.section.organ_id, case.grounds) - _taken(case),
        notice_ends=running_end(case, "commend_notice_wd"),
    )


def quota(organ_id: int, grounds: Mapping[str, Any]) -> int:
    """Return how many chiefs of an organ may be commended for a period: at least one.

    A case that no closing proposed names no result.
    """
    ranked = db.session.scalar(
        select(func.count())
        .select_from(SectionScore)
        .join(Section, Section.id == SectionScore.section_id)
        .where(
            SectionScore.result_id == grounds.get("result_id"),
            SectionScore.is_comparable,
            Section.organ_id == organ_id,
        )
    )
    return max(1, (ranked or 0) * rules_in_force().commend_quota // PERCENT)


def _taken(case: CaseFile) -> int:
    """Return how many places of the quota other cases of the period hold."""
    query = (
        select(func.count())
        .select_from(CaseFile)
        .join(Section, Section.id == CaseFile.section_id)
        .where(
            CaseFile.kind == COMMENDATION_KIND.name,
            CaseFile.state.in_(("on_notice", "objected", "commended")),
            CaseFile.id != case.id,
            Section.organ_id == case.section.organ_id,
            _of_period(case.grounds.get("period", "")),
        )
    )
    return db.session.scalar(query) or 0


def _of_period(code: str) -> ColumnElement[bool]:
    """Return the condition that a case was opened from the figures of a period."""
    return func.coalesce(CaseFile.grounds["period"].as_string(), "") == code


LADDER_KIND = Kind(
    "chief",
    N_("Chief's case"),
    LADDER,
    watchers=frozenset({Duty.PERSONNEL, Duty.LEADER}),
    facts=ladder_facts,
    # Until the low score is verified it is a figure to look into, not yet a case to answer.
    unseen=frozenset({"low_score", "verified", "unfounded"}),
    takes_evidence=frozenset(
        {"low_score", "verified", "noticed", "interviewed", "plan_filed", "follow_up"}
    ),
)
COMMENDATION_KIND = Kind(
    "commendation",
    N_("Commendation"),
    COMMENDATION,
    watchers=frozenset({Duty.PERSONNEL, Duty.LEADER}),
    facts=commendation_facts,
    unseen=frozenset({"proposed"}),
)


def take_up_low_score(
    unit: Unit, section: Section, chief: Staff, grounds: Mapping[str, Any], *, now: datetime
) -> CaseFile:
    """Put a low period on the chief's open case, or open one; twice for a period is once."""
    case = _open_ladder(section, chief)
    if case is None:
        case = open_case(unit, LADDER_KIND, section, chief, grounds, now=now)
    known = select(LowPeriod.id).filter_by(case_id=case.id, period_code=grounds["period"])
    if db.session.scalar(known) is None:
        low = LowPeriod(case_id=case.id, period_code=grounds["period"], at=now)
        db.session.add(low)
        unit.record(Action.CASE_OPEN, low, number=case.number, period=grounds["period"])
    return case


def take_up_commendation(
    unit: Unit, section: Section, chief: Staff, grounds: Mapping[str, Any], *, now: datetime
) -> CaseFile | None:
    """Open a commendation, unless the chief has one for the period or an open low-score case."""
    has_one = select(CaseFile.id).where(
        CaseFile.kind == COMMENDATION_KIND.name,
        CaseFile.section_id == section.id,
        CaseFile.staff_id == chief.id,
        _of_period(grounds["period"]),
    )
    if db.session.scalar(has_one.limit(1)) is not None or _open_ladder(section, chief) is not None:
        return None
    return open_case(unit, COMMENDATION_KIND, section, chief, grounds, now=now)


def _open_ladder(section: Section, chief: Staff) -> CaseFile | None:
    return db.session.scalar(
        select(CaseFile).where(
            CaseFile.kind == LADDER_KIND.name,
            CaseFile.section_id == section.id,
            CaseFile.staff_id == chief.id,
            CaseFile.closed_at.is_(None),
        )
    )
