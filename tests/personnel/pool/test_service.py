"""A return from draft to the pool and on to other work, against a real database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import get_case
from evalsys.cases.engine.rules.machine import NotReady, NotYourStep
from evalsys.cases.engine.service import add_evidence, take_step
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.organisation.org.models import StaffStatus, StatusKind
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.personnel.pool.service import ReturnOpen, add_note, add_unit, draft_return, finish_unit
from evalsys.personnel.pool.statistics import read_statistics
from evalsys.scores.models import FrozenSeat
from evalsys.scores.rows import FreshSection
from tests.factories import (
    compute,
    make_chief,
    make_leader,
    make_member_score,
    make_period,
    make_policy,
    make_ratings,
    make_result,
    make_section,
    make_staff,
    make_user,
    save,
)

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PROPOSAL = {"situation": "competence", "facts": "三次办错", "coaching": "帮带六周"}
TALK = {
    "held_on": TODAY,
    "place": "二楼",
    "talker": "周敏",
    "recorder": "孙丽",
    "reason": "办错三次",
    "heard": "未经培训上岗",
    "signed": True,
}
DECISION = {
    "attendees": "赵立新、李强、王芳、孙伟、周杰、吴敏",
    "entitled": 9,
    "present": 6,
    "in_favour": 5,
    "against": 1,
    "abstained": 0,
    "reasons": "多次办错，帮带无效",
    "decider": "局党组",
    "document": "青审党〔2026〕8号",
}
VERIFY = {"answers": "1. 有两次培训记录", "finding": "属实", "sources": "台账"}
WITH_PROPOSER = {**DECISION, "attendees": "丁卫国、李强、王芳、孙伟、周杰、吴敏"}
THERE = {"post": "科员", "starts_on": TODAY, "agreed": True}
LATER = NOW + timedelta(days=93)  # When the three months are over.
GOOD = {
    **dict.fromkeys(("learning", "thinking", "organising", "executing"), 80),
    "mentor_opinion": "可以上岗",
    "conclusion": "达标",
    "assessors": "周敏、孙丽",
}


class City:
    def __init__(self) -> None:
        make_policy()
        self.section = make_section()
        chief = make_chief(self.section, make_staff(self.section, name="丁卫国"))
        self.member = make_staff(self.section)
        self.chief = make_user(Role.CHIEF, staff_id=chief.id, display_name="丁卫国").actor
        self.person = make_user(Role.STAFF, staff_id=self.member.id).actor
        self.hr = make_user(Role.HR).actor
        self.leader = make_user(Role.LEADER, staff_id=make_leader(self.section).id).actor
        self.mentor = make_staff(make_section())
        self.mentor_user = make_user(Role.STAFF, staff_id=self.mentor.id).actor

    def draft(self, *kinds: EvidenceKind) -> Subject:
        case = draft_return(self.chief, self.member.number, now=NOW)
        for kind in kinds or (EvidenceKind.COMPLAINT, EvidenceKind.COACHING):
            add_evidence(self.chief, case.id, kind, "材料", "见附件", now=NOW)
        return case

    def talked(self) -> Subject:
        case = self.draft()
        take_step(self.chief, case.id, "propose", PROPOSAL, now=NOW)
        take_step(self.hr, case.id, "notify", {"delivered": "当面"}, now=NOW)
        take_step(self.person, case.id, "state", {"statement": "未经培训"}, now=NOW)
        take_step(self.hr, case.id, "verify", VERIFY, now=NOW)
        return take_step(self.hr, case.id, "talk", TALK, now=NOW)

    def admitted(self) -> Subject:
        case = self.talked()
        take_step(self.leader, case.id, "admit", DECISION, now=NOW)
        return db.session.scalars(select(Subject).where(Subject.kind == "pool")).one()

    def plan(self, case: Subject, number: str | None = None) -> Subject:
        plan = {
            "handed_over": "台账",
            "mentor": number or self.mentor.number,
            "goals": "独立受理",
            "study": "业务学习",
        }
        return take_step(self.hr, case.id, "plan", plan, now=NOW)


@pytest.fixture
def city(app: object) -> City:
    return City()


def test_the_member_hears_of_it_when_told_and_not_before(city: City) -> None:
    case = city.draft()
    take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)
    with pytest.raises(NoResultFound):
        get_case(city.person, case.id, on=TODAY)
    take_step(city.hr, case.id, "notify", {"delivered": "当面"}, now=NOW)
    assert get_case(city.person, case.id, on=TODAY).state == "notified"


@pytest.mark.parametrize("kinds", [(EvidenceKind.RANK, EvidenceKind.SCORE), (EvidenceKind.SCORE,)])
def test_a_rank_is_no_evidence(city: City, kinds: tuple[EvidenceKind, ...]) -> None:
    case = city.draft(*kinds)
    with pytest.raises(NotReady, match="two independent"):
        take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)


@pytest.mark.parametrize("kind", [StatusKind.MEDICAL, StatusKind.MATERNITY, StatusKind.SECONDED])
def test_a_protected_person_is_not_returned(city: City, kind: StatusKind) -> None:
    case = city.draft()
    save(StaffStatus(staff_id=city.member.id, kind=kind, started_on=TODAY))
    with pytest.raises(NotReady, match="Protected"):
        take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)


def test_a_newcomer_is_not_returned(city: City) -> None:
    new = make_staff(city.section, since=date(2026, 7, 1))
    case = draft_return(city.chief, new.number, now=NOW)
    for kind in (EvidenceKind.COMPLAINT, EvidenceKind.COACHING):
        add_evidence(city.chief, case.id, kind, "材料", "见附件", now=NOW)
    with pytest.raises(NotReady, match="new in the section"):
        take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)


def test_a_chief_reaches_the_cap_and_cannot_draft_a_person_twice(city: City) -> None:
    city.talked()
    with pytest.raises(ReturnOpen):
        draft_return(city.chief, city.member.number, now=NOW)
    other = make_staff(city.section)
    case = draft_return(city.chief, other.number, now=NOW)
    for kind in (EvidenceKind.COMPLAINT, EvidenceKind.COACHING):
        add_evidence(city.chief, case.id, kind, "材料", "见附件", now=NOW)
    with pytest.raises(NotReady, match="1 of 1"):
        take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)


def test_what_did_not_carry_is_locked_for_a_year(city: City) -> None:
    case = city.talked()
    take_step(city.leader, case.id, "reject", DECISION, now=NOW)
    for months, error in ((1, "locked until"), (11, "locked until")):
        later = NOW + timedelta(days=30 * months)
        again = draft_return(city.chief, city.member.number, now=later)
        for kind in (EvidenceKind.COMPLAINT, EvidenceKind.COACHING):
            add_evidence(city.chief, again.id, kind, "材料", "见附件", now=later)
        with pytest.raises(NotReady, match=error):
            take_step(city.chief, again.id, "propose", PROPOSAL, now=later)
        take_step(city.chief, again.id, "discard", {}, now=later)


def test_a_lost_vote_is_recorded_as_a_rejection_and_admits_nobody(city: City) -> None:
    case, lost = city.talked(), {**DECISION, "in_favour": 2, "against": 4}
    with pytest.raises(DomainError, match="The decision needs more than half of the"):
        take_step(city.leader, case.id, "admit", lost, now=NOW)
    take_step(city.leader, case.id, "reject", lost, now=NOW)
    assert db.session.get_one(Subject, case.id).state == "rejected"


def test_only_a_member_of_the_own_section_can_be_returned(city: City) -> None:
    for number in (make_staff(make_section()).number, "no such number"):
        with pytest.raises(NotFound):
            draft_return(city.chief, number, now=NOW)


def test_the_proposer_and_the_office_do_not_decide(city: City) -> None:
    case = city.talked()
    for actor in (city.chief, city.hr, city.person):
        with pytest.raises(NotYourStep):
            take_step(actor, case.id, "admit", DECISION, now=NOW)
    with pytest.raises(DomainError, match="proposed this and may not be among"):
        take_step(city.leader, case.id, "admit", WITH_PROPOSER, now=NOW)
    assert db.session.get_one(Subject, case.id).state == "talked"


def test_from_admission_to_other_work(city: City) -> None:
    stay = city.admitted()
    assert (stay.state, stay.staff_id) == ("handover", city.member.id)
    with pytest.raises(NoResultFound):
        get_case(city.chief, stay.id, on=TODAY)
    with pytest.raises(DomainError, match="cannot be the mentor: unknown, the person, or"):
        city.plan(stay, city.member.number)
    city.plan(stay)
    with pytest.raises(NotReady):
        take_step(city.hr, stay.id, "begin_assessment", {}, now=NOW)
    add_note(city.mentor_user, stay.id, "第一周进步明显", now=NOW)
    with pytest.raises(NotYourStep):
        add_note(city.person, stay.id, "我自己写", now=NOW)
    unit = add_unit(
        city.hr,
        stay.id,
        kind=TrainingKind.STUDY,
        title="窗口业务",
        place="党校",
        span=(TODAY, TODAY + timedelta(days=9)),
        hours=60,
        result=None,
        now=NOW,
    )
    finish_unit(city.hr, unit.id, "合格", now=NOW + timedelta(days=9))
    take_step(city.hr, stay.id, "begin_assessment", {}, now=LATER)
    take_step(city.hr, stay.id, "pass", GOOD, now=LATER)
    move = {**THERE, "starts_on": local_day(LATER), "document": "1号"}
    ended = make_section(city.section.organ, ended_on=date(2025, 1, 1))
    for code in ("NONE", city.section.code, ended.code):
        with pytest.raises(DomainError, match="is not a section that can receive the person:"):
            take_step(city.hr, stay.id, "reassign", {**move, "section": code}, now=LATER)
    there = {**move, "section": make_section().code}
    with pytest.raises(DomainError, match="The first day there is before the assessment"):
        take_step(city.hr, stay.id, "reassign", {**there, "starts_on": TODAY}, now=LATER)
    take_step(city.hr, stay.id, "reassign", there, now=LATER)
    figures = read_statistics(city.hr, on=TODAY).all
    assert (figures.admitted, figures.reassigned, figures.success) == (1, 1, 1.0)


def test_returning_a_weak_member_does_not_raise_the_rate(city: City) -> None:
    """The frozen seat stands in for this and the next period, and no longer."""
    strong = make_staff(city.section)
    period = make_period("2026-Q3")
    make_ratings(city.member, city.section, [(2, 2, 2, 2)] * 40)
    for code in ("2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2"):
        make_ratings(strong, city.section, [(5, 5, 5, 5)] * 40, base_period=code)
    result = make_result(period)
    make_member_score(result, city.section, city.member, score=Decimal("40.00"))

    def rate(code: str) -> FreshSection:
        rows = compute(parse_period(code), PolicyRules(chief_counts=False)).sections
        return next(row for row in rows if row.section_id == city.section.id)

    before = rate("2026-Q3")
    assert [before.total, before.maximum, before.rate] == [140, 200, 70]
    assert rate("2026-Q4").rate == 100, "without a return her missing score is just missing"
    city.admitted()
    seat = db.session.scalars(select(FrozenSeat)).one()
    assert seat.returned_on == TODAY
    for code in ("2026-Q4", "2027-Q1"):
        assert [rate(code).total, rate(code).rate] == [140, 70]
    assert rate("2027-Q2").rate == 100
    assert [rate("2026-Q3").total, rate("2026-Q3").rate] == [140, 70]
