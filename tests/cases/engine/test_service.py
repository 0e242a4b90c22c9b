"""Cases against a real database: who moves them, what is recorded, what people are told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from evalsys.cases.deadlines.service import agree_change, ask_change, recount_provisional, start
from evalsys.cases.engine.models import ChangeKind, Deadline, FileView, Looked, Notice, Subject
from evalsys.cases.engine.queries import duties_of, get_case, list_steps, select_cases
from evalsys.cases.engine.rules.entries import BadEntry
from evalsys.cases.engine.rules.machine import NoSuchMove, NotReady, NotYourStep
from evalsys.cases.engine.service import add_evidence, page_of, record_look, take_step
from evalsys.cases.inbox.messages import count_unread
from evalsys.cases.inbox.waiting import waits_for
from evalsys.cases.notices.service import remind
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.chiefs.service import take_up_low_score
from evalsys.personnel.duties import Duty
from tests.factories import (
    make_case,
    make_chief,
    make_leader,
    make_organ,
    make_policy,
    make_section,
    make_staff,
    make_user,
    publish_period,
    save,
)

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # 10:00 in Shanghai, a Tuesday.
TODAY = date(2026, 11, 24)
INTERVIEW = {
    "held_on": date(2026, 11, 26),
    "place": "三楼会议室",
    "interviewer": "赵立新 副局长",
    "recorder": "周敏",
    "reason": "两项得分偏低",
    "explanation": "人手不足",
    "requirements": "限期整改",
    "commitment": "一个月内改进",
    "signed": True,
}


class City:
    """A section with its chief and leader, and everybody's account."""

    def __init__(self) -> None:
        make_policy()
        self.section: Section = make_section()
        self.chief: Staff = make_chief(self.section)
        leader = make_leader(self.section)
        self.hr = make_user(Role.HR).actor
        self.leader = make_user(Role.LEADER, staff_id=leader.id).actor
        self.person = make_user(Role.CHIEF, staff_id=self.chief.id).actor

    def low(self, period: str = "2026-Q2", *, now: datetime = NOW) -> Subject:
        with unit_of_work(self.hr) as unit:
            unit.record(Action.CASE_OPEN, "closing")
            case = take_up_low_score(unit, self.section, self.chief, {"period": period}, now=now)
        publish_period(period)
        return case

    def to_interviewed(self) -> Subject:
        case = self.low()
        take_step(self.hr, case.id, "verify", {"finding": "属实"}, now=NOW)
        call = {**INTERVIEW, "hour": "15:00", "matter": "得分偏低"}
        take_step(self.hr, case.id, "notice", call, now=NOW)
        take_step(self.hr, case.id, "interview", INTERVIEW, now=NOW + timedelta(days=2))
        return case


@pytest.fixture
def city(app: object) -> City:
    return City()


def test_a_low_score_becomes_a_case_with_a_number_a_deadline_and_a_message(city: City) -> None:
    case = city.low()
    assert (case.number, case.state) == ("2026-001", "low_score")
    [deadline] = db.session.scalars(select(Deadline)).all()
    assert (deadline.rule, deadline.due_on) == ("verify_low_wd", date(2026, 12, 8))
    assert count_unread(city.hr) == 1
    assert count_unread(city.person) == 0, "not told before it is verified"


def test_the_same_period_twice_is_one_case(city: City) -> None:
    assert city.low().id == city.low().id
    assert db.session.scalar(select(func.count()).select_from(Subject)) == 1


def test_the_way_to_an_interview_leaves_a_line_for_every_step(city: City) -> None:
    case = city.to_interviewed()
    assert [(s.name, s.target) for s in list_steps(case)] == [
        ("verify", "verified"),
        ("notice", "noticed"),
        ("interview", "interviewed"),
    ]
    lines = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.CASE_HANDLE)
    ).all()
    assert [line.details["move"] for line in lines] == ["verify", "notice", "interview"]
    open_rules = db.session.scalars(select(Deadline.rule).where(Deadline.closed_on.is_(None)))
    assert list(open_rules) == ["plan_wd"]


def test_no_rung_is_skipped(city: City) -> None:
    case = city.low()
    for name in ("interview", "admonish", "decide", "advise_admonition"):
        with pytest.raises(NoSuchMove):
            take_step(SYSTEM, case.id, name, {}, now=NOW)


def test_a_second_low_period_must_follow_directly(city: City) -> None:
    case = city.to_interviewed()
    later = NOW + timedelta(days=5)
    take_step(city.person, case.id, "file_plan", {"plan": "每周复盘"}, now=later)
    take_step(city.hr, case.id, "follow", {}, now=later)
    with pytest.raises(NotReady):
        take_step(city.hr, case.id, "repeat", {"finding": "又低"}, now=later)
    city.low("2026-Q4", now=later)
    with pytest.raises(NotReady):
        take_step(city.hr, case.id, "repeat", {"finding": "又低"}, now=later)


def test_a_second_low_period_leads_to_the_advice_and_a_leaders_decision(city: City) -> None:
    case = city.to_interviewed()
    later = NOW + timedelta(days=60)
    take_step(city.person, case.id, "file_plan", {"plan": "每周复盘"}, now=later)
    take_step(city.hr, case.id, "follow", {}, now=later)
    city.low("2026-Q3", now=later)
    with pytest.raises(NotReady):  # It was over before the interview.
        take_step(city.hr, case.id, "repeat", {"finding": "又低"}, now=later)
    city.low("2026-Q4", now=later)
    take_step(city.hr, case.id, "repeat", {"finding": "又低"}, now=later)
    take_step(city.hr, case.id, "advise_admonition", {"reasons": "连续两期"}, now=later)
    decision = {"reasons": "连续两期", "decider": "李局长", "document": "青审〔2027〕3号"}
    with pytest.raises(NotYourStep):
        take_step(city.hr, case.id, "admonish", decision, now=later)
    take_step(city.leader, case.id, "admonish", decision, now=later)
    assert db.session.get_one(Subject, case.id).state == "admonished"
    term = db.session.scalars(select(Deadline).where(Deadline.rule == "admonition_months")).one()
    assert term.due_on == date(2027, 7, 23)


def test_a_step_without_its_fields_changes_nothing(city: City) -> None:
    case = city.low()
    with pytest.raises(BadEntry):
        take_step(city.hr, case.id, "verify", {"finding": " "}, now=NOW)
    assert db.session.get_one(Subject, case.id).state == "low_score"
    assert not list_steps(case)


def test_the_person_sees_it_once_it_is_told_and_then_only_as_the_person(city: City) -> None:
    case = city.low()
    with pytest.raises(NoResultFound):
        get_case(city.person, case.id, on=TODAY)
    case = make_case(section=city.section, staff=city.chief, state="noticed")
    assert get_case(city.person, case.id, on=TODAY).id == case.id
    assert duties_of(city.person, case, TODAY) == {Duty.PERSON}


def test_an_hr_officer_has_no_hand_in_a_case_about_themselves(city: City) -> None:
    own = make_user(Role.HR, staff_id=city.chief.id).actor
    case = make_case(section=city.section, staff=city.chief, state="noticed")
    assert duties_of(own, case, TODAY) == {Duty.PERSON}
    with pytest.raises(NotYourStep):
        take_step(own, case.id, "interview", INTERVIEW, now=NOW)


def test_cases_of_another_organ_are_absent(city: City) -> None:
    case = city.low()
    foreign = make_user(Role.HR, organ_id=make_organ().id).actor
    with pytest.raises(NoResultFound):
        get_case(foreign, case.id, on=TODAY)
    assert not duties_of(foreign, case, TODAY)


def test_what_waits_for_me_is_what_i_can_move(city: City) -> None:
    case = city.to_interviewed()

    def mine(actor: Actor) -> list[int]:
        return [
            row.id
            for row in db.session.scalars(
                select_cases(actor, on=TODAY).where(waits_for(actor, TODAY))
            )
        ]

    assert mine(city.person) == [case.id]
    assert mine(city.hr) == []


def test_evidence_is_added_before_it_is_judged(city: City) -> None:
    case = city.low()
    add_evidence(city.hr, case.id, EvidenceKind.COMPLAINT, "投诉核查", "属实", now=NOW)
    closed = make_case(state="decided")
    with pytest.raises(DomainError, match="Evidence can be added before the case is"):
        add_evidence(city.hr, closed.id, EvidenceKind.COMPLAINT, "a", "b", now=NOW)
    other = make_user(Role.CHIEF, staff_id=make_chief(make_section()).id).actor
    with pytest.raises(NotYourStep):
        add_evidence(other, case.id, EvidenceKind.COMPLAINT, "a", "b", now=NOW)


def test_a_look_is_noted_once_a_day_and_not_ones_own(city: City) -> None:
    for moment in (NOW, NOW, NOW + timedelta(days=1)):
        record_look(city.hr, city.chief.id, page_of(Looked.CASE), now=moment)
        record_look(city.person, city.chief.id, page_of(Looked.CASE), now=moment)
    rows = db.session.scalars(select(FileView)).all()
    assert [(row.user_id, row.day) for row in rows] == [
        (city.hr.user_id, TODAY),
        (city.hr.user_id, TODAY + timedelta(days=1)),
    ]


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        (datetime(2026, 12, 7, 2, tzinfo=UTC), 1),  # A working day is left: who must act.
        (datetime(2026, 12, 7, 15, tzinfo=UTC), 0),  # 23:00.
        (datetime(2026, 12, 12, 2, tzinfo=UTC), 0),  # Saturday.
        (datetime(2026, 12, 9, 2, tzinfo=UTC), 2),  # Overdue: the leader too.
    ],
)
def test_reminds_in_office_hours_once(city: City, moment: datetime, sent: int) -> None:
    city.low()
    assert remind(now=moment) == sent
    assert remind(now=moment) == 0


def test_what_was_told_yesterday_costs_nothing_today(city: City, statements: list[str]) -> None:
    city.low()
    last_day = datetime(2026, 12, 9, 2, tzinfo=UTC)
    assert remind(now=last_day) > 0
    statements.clear()
    assert remind(now=last_day) == 0
    assert len([line for line in statements if line.startswith("SELECT")]) <= 6


def test_does_not_remind_of_what_was_answered(city: City) -> None:
    case = city.low()
    take_step(city.hr, case.id, "verify", {"finding": "属实"}, now=NOW)
    assert remind(now=datetime(2026, 12, 9, 2, tzinfo=UTC)) == 0


def test_an_extension_needs_a_reason_and_a_second_person_and_is_given_once(city: City) -> None:
    city.low()
    deadline = db.session.scalars(select(Deadline)).one()
    asked = ask_change(city.hr, deadline, ChangeKind.EXTEND, "资料未齐", now=NOW)
    assert deadline.due_on == date(2026, 12, 8)
    asker = db.session.get_one(User, city.hr.user_id)
    asker.staff_id = make_staff().id
    twin = make_user(Role.LEADER, staff_id=asker.staff_id).actor
    for one in (Actor(Role.LEADER, city.hr.user_id), twin):
        with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
            agree_change(one, asked, now=NOW)
    agree_change(city.leader, asked, now=NOW)
    assert db.session.get_one(Deadline, deadline.id).due_on == date(2026, 12, 22)
    with pytest.raises(DomainError, match="A deadline can be extended once"):
        ask_change(city.hr, deadline, ChangeKind.EXTEND, "再延", now=NOW)


@pytest.mark.parametrize(
    ("kind", "rule", "amount", "days"),
    [
        ("remedy", "appeal_decide_d", 60, 30),  # Article 96: by thirty days at most.
        ("remedy", "reconsider_decide_d", 30, None),
        ("remedy", "appeal_d", 15, None),
        ("pool", "pool_months", 3, None),
        ("pool", "extension_months", 3, None),
        ("chief", "admonition_months", 6, None),
        ("chief", "follow_up_d", 90, 90),
    ],
)
def test_a_term_is_extended_by_as_much_as_the_rules_allow(
    city: City, kind: str, rule: str, amount: int, days: int | None
) -> None:
    case = make_case(kind, section=city.section, staff=city.chief, grounds={"step_id": 0})
    due = date(2026, 3, 2)
    deadline = Deadline(
        subject_id=case.id, rule=rule, duty="leader", started_on=due, amount=amount, due_on=due,
        nears_on=due, is_provisional=False,
    )  # fmt: skip
    save(deadline)
    if days is None:
        with pytest.raises(DomainError, match="This term is fixed by law or by the rules: it"):
            ask_change(city.hr, deadline, ChangeKind.EXTEND, "案情复杂", now=NOW)
        return
    asked = ask_change(city.hr, deadline, ChangeKind.EXTEND, "案情复杂", now=NOW)
    agree_change(city.leader, asked, now=NOW)
    after = db.session.get_one(Deadline, deadline.id).due_on
    assert days <= (after - due).days <= days + 3, "a day off at the end moves it on"


def test_a_stopped_clock_leaves_the_same_working_days(city: City) -> None:
    city.low()
    deadline = db.session.scalars(select(Deadline)).one()
    with pytest.raises(DomainError, match="The deadline is not in a state in which this"):
        ask_change(city.hr, deadline, ChangeKind.RESUME, "恢复", now=NOW)
    agree_change(
        city.leader, ask_change(city.hr, deadline, ChangeKind.PAUSE, "住院", now=NOW), now=NOW
    )
    back = NOW + timedelta(days=7)
    asked = ask_change(city.hr, deadline, ChangeKind.RESUME, "出院", now=back)
    agree_change(city.leader, asked, now=back)
    assert db.session.get_one(Deadline, deadline.id).due_on == date(2026, 12, 15)


def test_a_provisional_date_is_counted_anew_when_the_calendar_is_known(city: City) -> None:
    case = city.low()
    with unit_of_work(SYSTEM) as unit:
        deadline = start(case, "decide_wd", Duty.LEADER, date(2026, 12, 28))
        unit.record(Action.CASE_HANDLE, "test")
    assert deadline.is_provisional
    assert deadline.due_on == date(2027, 1, 19), "1 January is off, notice or none"
    known = working_days()
    calendar = WorkingDays({**known.exceptions, date(2027, 1, 4): False}, known.years | {2027})
    with unit_of_work(SYSTEM) as unit:
        assert recount_provisional(unit, calendar) == 1
        unit.record(Action.CALENDAR_IMPORT, "2027")
    row = db.session.get_one(Deadline, deadline.id)
    assert (row.due_on, row.is_provisional) == (date(2027, 1, 20), False)


def test_messages_go_to_the_case_they_are_about(city: City) -> None:
    case = city.low()
    assert {row.subject_id for row in db.session.scalars(select(Notice))} == {case.id}
