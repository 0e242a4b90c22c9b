"""Bad reviews against a real database: opened by counting, handled by the section, objected to."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from evalsys.cases.engine.models import Deadline, Notice, Subject
from evalsys.cases.engine.queries import duties_of, get_case
from evalsys.cases.engine.rules.machine import NoSuchMove, NotReady, NotYourStep
from evalsys.cases.engine.service import add_evidence, take_step
from evalsys.cases.inbox.messages import count_unread
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.personnel.duties import Duty
from evalsys.personnel.feedback.queries import RegisterFilter, count_register
from evalsys.ratings.ballots.models import Rating
from evalsys.ratings.counting import service as counting
from evalsys.ratings.counting.service import count_due
from tests.factories import make_chief, make_ratings, make_section, make_user
from tests.personnel.feedback.reviews import (
    ASIDE,
    CALL_BACK,
    CLASSIFY,
    CONTACT,
    COUNTED,
    LOW,
    NOW,
    PHONE,
    RECTIFY,
    Hall,
    later,
    review_of,
)
from tests.ratings.intake import add_ballot


@pytest.fixture
def hall(app: object) -> Hall:
    return Hall()


def number_of(model: type[object]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def running() -> dict[str, date]:
    rows = db.session.scalars(select(Deadline).where(Deadline.closed_on.is_(None)))
    return {row.rule: row.due_on for row in rows}


def test_each_low_ballot_becomes_a_case_of_its_section_and_a_good_one_none(hall: Hall) -> None:
    hall.count(LOW, {**LOW, "attitude": None, "efficiency": 1}, {**LOW, "attitude": 3})
    cases = db.session.scalars(select(Subject)).all()
    assert [(case.kind, case.state) for case in cases] == [("review", "opened")] * 2
    assert {(case.section_id, case.staff_id) for case in cases} == {
        (hall.section.id, hall.member.id)
    }
    assert {case.opened_by for case in cases} == {None}
    assert cases[0].grounds == {"period": "2026-Q4"}


def test_cases_come_with_the_ratings_or_not_at_all(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("evalsys.personnel.feedback.service.seal_ballot", crash)
    with pytest.raises(ZeroDivisionError):
        hall.count(LOW)
    assert (number_of(Rating), number_of(Subject)) == (0, 0)
    monkeypatch.undo()
    count_due(SYSTEM, on=COUNTED)
    assert (number_of(Rating), number_of(Subject)) == (21, 1)
    count_due(SYSTEM, on=COUNTED)
    assert number_of(Subject) == 1


def test_ratings_that_are_only_stored_open_no_case(hall: Hall) -> None:
    """Past ratings and the demo city do not go through counting."""
    make_ratings(hall.member, hall.section, [(1, 1, 1, 1)])
    assert number_of(Subject) == 0


def test_counting_by_the_personnel_office_makes_nobody_the_proposer(hall: Hall) -> None:
    city = make_user(Role.HR).actor
    hall.count()
    monday = {**LOW, "valid_until": COUNTED - timedelta(days=1)}
    add_ballot(b"one-more-ticket!", hall.member, **monday)
    db.session.commit()
    counting.count_due(city, on=COUNTED, force=True)
    case = db.session.scalars(select(Subject)).one()
    assert duties_of(city, case, COUNTED) == {Duty.PERSONNEL}


def test_a_rater_who_left_a_number_is_called_within_two_working_days(hall: Hall) -> None:
    case = hall.open(PHONE)
    assert running() == {"rectify_wd": date(2026, 12, 1), "contact_wd": date(2026, 11, 26)}
    with pytest.raises(NotReady):
        take_step(hall.chief, case.id, "classify", CLASSIFY, now=NOW)
    take_step(hall.hr, case.id, "contact", CONTACT, now=NOW)
    take_step(hall.chief, case.id, "classify", CLASSIFY, now=NOW)
    assert running() == {"rectify_wd": date(2026, 12, 1), "objection_wd": date(2026, 11, 27)}


def test_without_a_number_there_is_nobody_to_call(hall: Hall) -> None:
    case = hall.open()
    assert "contact_wd" not in running()
    with pytest.raises(NoSuchMove):
        take_step(hall.hr, case.id, "contact", CONTACT, now=NOW)
    take_step(hall.chief, case.id, "classify", CLASSIFY, now=NOW)
    assert review_of(case).category == "justified_simple"


def test_a_complex_case_has_fifteen_days_from_its_opening(hall: Hall) -> None:
    case = hall.open()
    complex_one = {**CLASSIFY, "category": "justified_complex"}
    take_step(hall.hr, case.id, "classify", complex_one, now=later(2))
    assert "rectify_wd" not in running()
    assert running()["rectify_complex_wd"] == date(2026, 12, 15)


def test_the_whole_way_with_a_contact(hall: Hall) -> None:
    case = hall.classified(PHONE)
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=later(1))
    with pytest.raises(NotReady):
        take_step(hall.hr, case.id, "call_back", CALL_BACK, now=later(3))
    take_step(hall.hr, case.id, "call_back", CALL_BACK, now=later(7))
    review = review_of(case)
    assert (review.result, review.called_back_on) == ("satisfied", date(2026, 12, 1))
    assert db.session.get_one(Subject, case.id).state == "closed"
    assert running() == {}
    assert number_of(Rating) == 21, "the follow-up rating stands beside, never instead"
    met = {row.rule: row.is_met for row in db.session.scalars(select(Deadline))}
    assert met == {"rectify_wd": True, "contact_wd": True, "objection_wd": False}


def test_a_case_without_a_contact_is_closed_without_a_call(hall: Hall) -> None:
    case = hall.classified()
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    with pytest.raises(NoSuchMove):
        take_step(hall.hr, case.id, "call_back", CALL_BACK, now=later(7))
    take_step(hall.chief, case.id, "close", {}, now=later(7))
    assert db.session.get_one(Subject, case.id).state == "closed"


def test_the_person_hears_of_it_when_it_is_classified_and_handles_nothing(hall: Hall) -> None:
    case = hall.open(PHONE)
    with pytest.raises(NoResultFound):
        get_case(hall.person, case.id, on=COUNTED)
    assert count_unread(hall.person) == 0
    for name, entry in (("contact", CONTACT), ("classify", CLASSIFY)):
        with pytest.raises(NotYourStep):
            take_step(hall.person, case.id, name, entry, now=NOW)
        take_step(hall.hr, case.id, name, entry, now=NOW)
    assert get_case(hall.person, case.id, on=COUNTED).id == case.id
    assert count_unread(hall.person) == 1


def test_the_chief_who_was_rated_does_not_handle_the_own_case(hall: Hall) -> None:
    add_ballot(b"one-more-ticket!", hall.chief_person, valid_until=date(2026, 11, 23), **LOW)
    db.session.commit()
    count_due(SYSTEM, on=COUNTED, force=True)
    case = db.session.scalars(select(Subject)).one()
    assert duties_of(hall.chief, case, COUNTED) == {Duty.PERSON}
    with pytest.raises(NotYourStep):
        take_step(hall.chief, case.id, "classify", CLASSIFY, now=NOW)
    take_step(hall.hr, case.id, "classify", CLASSIFY, now=NOW)


def test_what_the_personnel_office_does_is_recorded_as_its_step(hall: Hall) -> None:
    case = hall.open()
    take_step(hall.hr, case.id, "classify", CLASSIFY, now=NOW)
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.user_id == hall.hr.user_id))
    assert [line.action for line in lines] == [Action.CASE_HANDLE]


def test_a_second_person_agrees_that_a_rating_does_not_count(hall: Hall) -> None:
    case = hall.open()
    take_step(hall.hr, case.id, "classify_aside", ASIDE, now=NOW)
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        take_step(hall.hr, case.id, "set_aside", {"reasons": "属实"}, now=NOW)
    assert review_of(case).aside is None
    take_step(hall.second, case.id, "set_aside", {"reasons": "属实"}, now=NOW)
    assert review_of(case).aside == "not_person"
    assert "objection_wd" not in running(), "there is nothing to object to"


def test_a_second_account_of_the_same_human_is_no_second_person(hall: Hall) -> None:
    case = hall.open()
    twin = make_user(Role.HR, organ_id=hall.section.organ_id, staff_id=hall.chief_person.id).actor
    take_step(hall.chief, case.id, "classify_aside", ASIDE, now=NOW)
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        take_step(twin, case.id, "set_aside", {"reasons": "属实"}, now=NOW)


def test_who_does_not_agree_lets_it_count_and_the_person_may_object(hall: Hall) -> None:
    case = hall.open()
    take_step(hall.chief, case.id, "classify_aside", ASIDE, now=NOW)
    kept = {"category": "justified_simple", "reasons": "系统正常"}
    take_step(hall.hr, case.id, "keep", kept, now=NOW)
    review = review_of(case)
    assert (review.aside, review.attribution) == (None, "person")
    assert "objection_wd" in running()


def test_an_objection_needs_evidence_and_comes_in_time(hall: Hall) -> None:
    case = hall.classified()
    words = {"objection": "不是我的责任"}
    with pytest.raises(NotReady):
        take_step(hall.person, case.id, "object", words, now=NOW)
    add_evidence(hall.chief, case.id, EvidenceKind.DUTY_RECORD, "记录", "值班表", now=NOW)
    with pytest.raises(NotReady):
        take_step(hall.person, case.id, "object", words, now=NOW)
    add_evidence(hall.person, case.id, EvidenceKind.DUTY_RECORD, "记录", "停机", now=NOW)
    with pytest.raises(NotReady):
        take_step(hall.person, case.id, "object", words, now=later(4))
    take_step(hall.person, case.id, "object", words, now=later(3))
    assert running()["objection_decide_wd"] == date(2026, 12, 4)


def test_only_another_section_of_the_organ_that_somebody_leads_decides(hall: Hall) -> None:
    case = hall.classified()
    add_evidence(hall.person, case.id, EvidenceKind.DUTY_RECORD, "记录", "停机", now=NOW)
    take_step(hall.person, case.id, "object", {"objection": "不服"}, now=NOW)
    foreign, empty = make_section(), make_section(hall.section.organ)
    make_user(Role.CHIEF, staff_id=make_chief(foreign).id)
    both = make_section(hall.section.organ)
    make_chief(both, hall.chief_person)
    for section in (hall.section, foreign, empty, both):
        with pytest.raises(DomainError, match="cannot decide this: it must be another"):
            take_step(hall.hr, case.id, "name_reviewers", {"section": section.code}, now=NOW)
    take_step(hall.hr, case.id, "name_reviewers", {"section": hall.other.code}, now=NOW)
    seen = get_case(hall.reviewer, case.id, on=COUNTED)
    assert [one.section_id for one in seen.parties if one.duty == "reviewer"] == [hall.other.id]
    told = select(Notice.id).where(Notice.user_id == hall.reviewer.user_id)
    assert db.session.scalar(told) is not None


def test_a_rejected_objection_returns_to_where_it_was(hall: Hall) -> None:
    case = hall.objected()
    with pytest.raises(NotYourStep):
        take_step(hall.chief, case.id, "reject_objection", {"reasons": "属实"}, now=NOW)
    take_step(hall.reviewer, case.id, "reject_objection", {"reasons": "属实"}, now=later(1))
    assert db.session.get_one(Subject, case.id).state == "classified"
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=later(1))
    take_step(hall.chief, case.id, "close", {}, now=later(1))
    assert review_of(case).aside is None


def test_an_upheld_objection_is_carried_out_by_a_second_person(hall: Hall) -> None:
    case = hall.objected()
    upheld = {"aside": "not_person", "reasons": "系统停机"}
    take_step(hall.reviewer, case.id, "uphold_objection", upheld, now=NOW)
    assert review_of(case).aside is None
    take_step(hall.hr, case.id, "set_aside_upheld", {}, now=NOW)
    assert review_of(case).aside == "not_person"
    assert db.session.get_one(Subject, case.id).state == "classified"


def test_an_objection_comes_once(hall: Hall) -> None:
    case = hall.objected()
    take_step(hall.reviewer, case.id, "reject_objection", {"reasons": "属实"}, now=NOW)
    with pytest.raises(NoSuchMove):
        take_step(hall.person, case.id, "object", {"objection": "不服"}, now=NOW)


def test_the_call_back_rate_is_that_of_closed_cases_with_a_contact(hall: Hall) -> None:
    everything = RegisterFilter()
    assert count_register(hall.hr, everything, on=COUNTED).call_back_rate is None
    case = hall.classified(PHONE)
    assert count_register(hall.hr, everything, on=COUNTED).call_back_rate is None, "not yet due"
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    lost = {"tries": 3, "reasons": "空号"}
    take_step(hall.hr, case.id, "give_up", lost, now=later(7))
    counts = count_register(hall.hr, everything, on=COUNTED)
    assert (counts.due_call_back, counts.call_back_rate) == (1, 0.0)


def test_the_register_counts_within_scope_and_filter(hall: Hall) -> None:
    hall.classified()
    for actor, cases in ((hall.hr, 1), (hall.chief, 1), (hall.leader, 1), (hall.reviewer, 0)):
        assert count_register(actor, RegisterFilter(), on=COUNTED).cases == cases
    for wanted, cases in (
        (RegisterFilter(section=hall.section.code), 1),
        (RegisterFilter(section=hall.other.code), 0),
        (RegisterFilter(state="classified", category="justified_simple"), 1),
        (RegisterFilter(state="opened"), 0),
        (RegisterFilter(category="malicious"), 0),
    ):
        assert count_register(hall.hr, wanted, on=COUNTED).cases == cases


def test_opening_a_case_leaves_a_line_in_the_transaction_of_the_counting(hall: Hall) -> None:
    hall.open()
    actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == [Action.RATING_COUNT, Action.CASE_OPEN]
