"""Cases of low-scoring chiefs: opened by a closing's proposals, moved by people."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from evalsys.cases.deadlines.queries import running_end
from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.parties import is_about, is_owned_by
from evalsys.cases.engine.queries import find_step
from evalsys.cases.engine.rules.machine import day_of
from evalsys.cases.engine.service import open_case
from evalsys.core.audit import Unit
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.personnel.chiefs import limits
from evalsys.personnel.chiefs.letters import talks
from evalsys.personnel.chiefs.models import CasePeriod
from evalsys.personnel.chiefs.places import standings
from evalsys.personnel.chiefs.queries import LADDER as KIND
from evalsys.personnel.chiefs.rules.ladder import LADDER, LadderFacts, next_low
from evalsys.personnel.duties import OFFICES, Duty

# Talks and measures: the next rung needs a period that was not over before.
ANSWERS = ("interview", "admonish", "decline_admonition")


def ladder_facts(case: Subject, now: datetime) -> LadderFacts:
    """Load the facts of the ladder."""
    today, rules = local_day(now), rules_in_force()
    lows = [parse_period(row.code) for row in standings(case) if row.is_published]
    called, since = find_step(case, "notice"), _last_answer(case)
    following = next_low(lows, since)
    return LadderFacts(
        today=today,
        earliest_interview=working_days().add(today, rules[limits.INTERVIEW_NOTICE]),
        is_published=bool(lows),
        next_low=following.code if following else "",
        since=since,
        called_for=day_of(called.entry, "held_on") if called else None,
        follow_up_ends=running_end(case, "follow_up_d"),
        effect_ends=running_end(case, "admonition_months"),
    )


def _last_answer(case: Subject) -> date | None:
    """Return the day of the last talk or measure, or None."""
    step = find_step(case, *ANSWERS)
    if step is None:
        return None
    return day_of(step.entry, "held_on") if step.name == "interview" else local_day(step.at)


FROM_A_CLOSING = N_("when a closing proposes something")
LADDER_KIND = Kind(
    KIND,
    N_("Chief's case"),
    LADDER,
    papers=talks.PAPERS,
    file_word="履职约谈",
    duties=OFFICES,
    arises=FROM_A_CLOSING,
    margin="chiefs/grounds.html",
    watchers=frozenset({Duty.PERSONNEL, Duty.LEADER}),
    facts=ladder_facts,
    # Until the low score is verified it is a figure to look into, not yet a case to answer.
    unseen=frozenset({"low_score", "verified", "unfounded"}),
    takes_evidence=frozenset(
        {"low_score", "verified", "noticed", "interviewed", "plan_filed", "follow_up"}
    ),
)


def take_up_low_score(
    unit: Unit, section: Section, chief: Staff, grounds: Mapping[str, Any], *, now: datetime
) -> Subject:
    """Add a low period to the chief's open case, or open one; idempotent per result."""
    case = open_ladder(section, chief)
    if case is None:
        case = open_case(unit, LADDER_KIND, section, chief, grounds, now=now, by_itself=True)
    note_period(unit, case, grounds, now=now)
    return case


def note_period(unit: Unit, case: Subject, grounds: Mapping[str, Any], *, now: datetime) -> bool:
    """Add a result to a case unless present; return whether it was added."""
    result = {"period_code": grounds["period"], "result_id": grounds.get("result_id")}
    known = select(CasePeriod.id).filter_by(case_id=case.id, **result)
    if db.session.scalar(known) is not None:
        return False
    period = CasePeriod(case_id=case.id, **result, at=now)
    db.session.add(period)
    unit.record(Action.CASE_OPEN, period, number=case.number, period=grounds["period"])
    return True


def open_ladder(section: Section, chief: Staff) -> Subject | None:
    """Return the open low-score case of a chief in a section, or None."""
    return db.session.scalar(
        select(Subject).where(
            Subject.kind == KIND,
            is_owned_by([section.id]),
            is_about(chief.id),
            Subject.closed_at.is_(None),
        )
    )
