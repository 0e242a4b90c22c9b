"""Calls before the counting: who may call, what they see, and what is left of it on the case."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text

from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.personnel.feedback.calls.looked_at import HELD
from evalsys.personnel.feedback.calls.service import list_calls, record_call, reveal_call
from evalsys.personnel.feedback.contacts import reveal_contact
from evalsys.ratings.ballots.models import CallbackContact
from evalsys.ratings.ballots.service import seal_contact
from evalsys.ratings.contacts.lifting import lift_contacts
from evalsys.ratings.contacts.rows import open_row
from evalsys.ratings.counting.service import count_due
from tests.factories import make_organ, make_user, save
from tests.personnel.feedback.reviews import CLASSIFY, COUNTED, LOW, NOW, PHONE, Hall, review_of

LIFTED = date(2026, 11, 24)  # Tuesday
LATE = {"valid_until": date(2026, 11, 27)}
DUE = date(2026, 11, 25)  # Two working days after the rating of Monday.
DAY_AFTER = date(2026, 11, 28)
SAID = "材料跑了三趟"


SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def hall(app: object) -> Iterator[Hall]:
    with time_machine.travel(NOW, tick=False):
        yield Hall()


def wait_for_call(hall: Hall, **ballot: Any) -> str:
    """Leave a low ballot with a number, lift it, and return the key of the call."""
    hall.leave({**LOW, **LATE, "contact": seal_contact(PHONE), **ballot})
    lift_contacts(LIFTED)
    [call] = list_calls(hall.hr)
    db.session.rollback()
    return call.key


def record(hall: Hall, key: str, *, is_reached: bool = True) -> None:
    db.session.rollback()
    record_call(hall.hr, key, is_reached=is_reached, said=SAID, now=NOW)


def row_of(key: str) -> CallbackContact:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(CallbackContact, key)


def the_case() -> Subject:
    return db.session.scalars(select(Subject).filter_by(kind="review")).one()


def test_a_rating_is_called_two_working_days_later_at_the_latest(hall: Hall) -> None:
    wait_for_call(hall)
    [call] = list_calls(hall.hr)
    assert (call.due_on, call.tried) == (DUE, 0)


def test_the_list_and_the_page_show_the_organ_and_neither_section_nor_person(
    hall: Hall, sign_in: SignIn
) -> None:
    key = wait_for_call(hall)
    client = sign_in(hall.hr_user)
    organ = hall.section.organ.name
    told = (hall.member.name, hall.member.number, hall.section.name, PHONE)
    for path in ("/feedback/calls", f"/feedback/calls/{key}"):
        page = client.get(path)
        assert page.status_code == 200
        assert organ in page.text
        assert not [word for word in told if word in page.text]


def test_the_most_urgent_call_stands_first(hall: Hall) -> None:
    wait_for_call(hall)
    [row] = db.session.scalars(select(CallbackContact))
    for nth, day in enumerate((DUE + timedelta(1), DUE - timedelta(1))):
        values = {"organ_id": row.organ_id, "due_on": day, "sealed": row.sealed}
        save(CallbackContact(id=f"{nth:032}", **values))
    days = [call.due_on for call in list_calls(hall.hr)]
    assert days == [DUE - timedelta(1), DUE, DUE + timedelta(1)]


def test_the_number_is_shown_once_its_purpose_is_given_and_on_record(
    hall: Hall, sign_in: SignIn
) -> None:
    key = wait_for_call(hall)
    client, path = sign_in(hall.hr_user), f"/feedback/calls/{key}"
    assert client.post(path, data={"purpose": " "}).status_code == 422
    page = client.post(path, data={"purpose": "首次回访"})
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert PHONE in page.text
    [line] = db.session.scalars(select(AuditEvent).filter_by(action=Action.CONTACT_REVEAL))
    assert line.user_id == hall.hr.user_id
    assert line.details == {"purpose": "首次回访"}
    with pytest.raises(DomainError, match="Say what you need the number for: it stays on"):
        reveal_call(hall.hr, key, " ", now=NOW)


def test_a_call_is_recorded_on_its_page_and_leaves_the_list(hall: Hall, sign_in: SignIn) -> None:
    key = wait_for_call(hall)
    client, path = sign_in(hall.hr_user), f"/feedback/calls/{key}"
    assert client.post(path, data={"reached": "", "said": SAID}).status_code == 422
    answer = client.post(path, data={"reached": "not_reached", "said": ""})
    assert (answer.status_code, answer.location) == (303, "/feedback/calls")
    assert path in client.get("/feedback/calls").text, "to be tried again"
    assert client.post(path, data={"reached": "reached", "said": SAID + PHONE}).status_code == 303
    assert path not in client.get("/feedback/calls").text
    contact = open_row(row_of(key).sealed)
    assert (contact.is_reached, contact.tried, contact.said) == (True, 2, f"{SAID}138****1321")
    assert SAID.encode() not in row_of(key).sealed
    late = client.post(path, data={"reached": "reached", "said": "下周再打来"})
    assert late.status_code == 409, "a colleague was faster"
    assert "recorded meanwhile" in late.text
    assert "下周再打来" in late.text, "what was typed is not lost"


def test_a_number_is_shown_to_one_person_at_a_time(hall: Hall, sign_in: SignIn) -> None:
    key = wait_for_call(hall)
    first, path = sign_in(hall.hr_user), f"/feedback/calls/{key}"
    colleague = make_user(Role.HR, organ_id=hall.section.organ_id, display_name="孙丽")
    second = sign_in(colleague)
    assert PHONE in second.post(path, data={"purpose": "首次回访"}).text
    assert PHONE in second.post(path, data={"purpose": "再看一眼"}).text, "one's own again"
    listed = first.get("/feedback/calls").text
    assert ("孙丽" in listed, path in listed) == (True, False)
    page = first.get(path).text
    assert ("孙丽" in page, 'name="purpose"' in page) == (True, False)
    for data in ({"purpose": "首次回访"}, {"reached": "reached", "said": SAID}):
        answer = first.post(path, data=data)
        assert (answer.status_code, PHONE in answer.text, "孙丽" in answer.text) == (
            409,
            False,
            True,
        )
    second.post(path, data={"reached": "not_reached", "said": ""})
    assert PHONE in first.post(path, data={"purpose": "再打一次"}).text, "the call is recorded"
    with time_machine.travel(NOW + HELD, tick=False):
        assert PHONE in second.post(path, data={"purpose": "无人登记"}).text


def test_the_number_of_a_case_is_shown_to_one_person_at_a_time(hall: Hall, sign_in: SignIn) -> None:
    wait_for_call(hall)
    count_due(SYSTEM, on=DAY_AFTER)
    colleague = make_user(Role.HR, organ_id=hall.section.organ_id, display_name="孙丽")
    path = f"/feedback/{the_case().id}/contact"
    assert PHONE in sign_in(colleague).post(path, data={"purpose": "首次回访"}).text
    answer = sign_in(hall.hr_user).post(path, data={"purpose": "首次回访"})
    assert (answer.status_code, PHONE in answer.text, "孙丽" in answer.text) == (409, False, True)


def test_what_was_called_before_stands_on_the_case_without_a_day(
    hall: Hall, sign_in: SignIn
) -> None:
    key = wait_for_call(hall)
    record(hall, key)
    count_due(SYSTEM, on=DAY_AFTER)
    case = the_case()
    rules = db.session.scalars(select(Deadline.rule).filter_by(subject_id=case.id))
    assert "contact_wd" not in set(rules)
    assert db.session.scalars(select(CaseStep).filter_by(subject_id=case.id)).all() == []
    assert review_of(case).contacted_on is None
    page = sign_in(hall.hr_user).get(f"/cases/{case.id}").text
    assert SAID in page
    assert "/step/contact" not in page
    chief = sign_in(hall.chief_user)
    assert chief.post(f"/cases/{case.id}/step/classify", data=CLASSIFY).status_code == 303


def test_a_call_that_was_not_made_goes_over_to_the_case(hall: Hall, sign_in: SignIn) -> None:
    key = wait_for_call(hall)
    record(hall, key, is_reached=False)
    count_due(SYSTEM, on=DAY_AFTER)
    assert list_calls(hall.hr) == []
    case = the_case()
    rules = db.session.scalars(select(Deadline.rule).filter_by(subject_id=case.id))
    assert "contact_wd" in set(rules)
    page = sign_in(hall.hr_user).get(f"/cases/{case.id}").text
    assert "/step/contact" in page
    chief = sign_in(hall.chief_user)
    answer = chief.post(f"/cases/{case.id}/step/classify", data=CLASSIFY)
    assert answer.status_code != 303, "the rater was not heard"
    db.session.rollback()
    assert reveal_contact(hall.hr, case.id, "联系", now=NOW) == PHONE


def test_the_next_lift_keeps_how_the_call_went(hall: Hall) -> None:
    key = wait_for_call(hall)
    record(hall, key)
    lift_contacts(COUNTED + timedelta(days=1))
    assert open_row(row_of(key).sealed).said == SAID
    assert list_calls(hall.hr) == []


def test_who_took_the_number_back_is_not_called(hall: Hall) -> None:
    key = wait_for_call(hall)
    db.session.execute(text("DELETE FROM intake"))
    db.session.commit()
    lift_contacts(COUNTED + timedelta(days=1))
    assert list_calls(hall.hr) == []
    db.session.rollback()
    with pytest.raises(NotFound):
        reveal_call(hall.hr, key, "回访", now=NOW)


def test_nobody_but_who_calls_in_that_organ_has_the_page(hall: Hall, sign_in: SignIn) -> None:
    key = wait_for_call(hall)
    for user in (hall.chief_user, hall.person_user, hall.reviewer_user):
        client: FlaskClient = sign_in(user)
        for path in ("/feedback/calls", f"/feedback/calls/{key}"):
            assert client.get(path).status_code in {403, 404}
    foreign = make_user(Role.HR, organ_id=make_organ().id)
    concerned = make_user(Role.HR, organ_id=hall.section.organ_id, staff_id=hall.member.id)
    namesake = make_user(Role.HR, display_name=hall.member.name)
    for user in (foreign, concerned, namesake):
        client = sign_in(user)
        assert "/feedback/calls" not in client.get("/").text
        assert key not in client.get("/feedback/calls").text
        answer = client.post(f"/feedback/calls/{key}", data={"purpose": "好奇"})
        assert answer.status_code == 404
    query = select(AuditEvent).filter_by(action=Action.CONTACT_REVEAL)
    assert db.session.scalars(query).all() == []


def test_the_calls_are_a_task_with_their_nearest_day(hall: Hall, sign_in: SignIn) -> None:
    client = sign_in(hall.hr_user)
    assert "/feedback/calls" not in client.get("/").text
    wait_for_call(hall)
    page = client.get("/").text
    assert "/feedback/calls" in page
    assert "by 25 Nov" in page or "25 November" in page
