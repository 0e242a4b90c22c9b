"""The pages of bad reviews: the register, the case, the number to call."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from evalsys.cases.engine.models import Notice, Subject
from evalsys.cases.engine.service import take_step
from evalsys.cases.notices.service import remind
from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.models import SignInSession, User
from tests.personnel.feedback.reviews import (
    ASIDE,
    CALL_BACK,
    CLASSIFY,
    LOW,
    NOW,
    PHONE,
    RECTIFY,
    Hall,
    later,
    review_of,
)

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def hall(app: object) -> Iterator[Hall]:
    with time_machine.travel(NOW, tick=False):
        yield Hall()


def looks() -> int:
    query = select(AuditEvent).where(AuditEvent.action == Action.CONTACT_REVEAL)
    return len(db.session.scalars(query).all())


def test_the_register_shows_the_cases_of_the_scope_and_masks_names(
    hall: Hall, sign_in: SignIn
) -> None:
    case = hall.classified()
    for user in (hall.hr_user, hall.chief_user):
        page = sign_in(user).get("/feedback?lang=en")
        assert page.status_code == 200
        assert f'href="/cases/{case.id}"' in page.text
        assert hall.member.name not in page.text
        assert hall.member.number in page.text
    page = sign_in(hall.reviewer_user).get("/feedback")
    assert f'href="/cases/{case.id}"' not in page.text


def test_the_register_says_the_call_back_rate(hall: Hall, sign_in: SignIn) -> None:
    case = hall.classified(PHONE)
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    take_step(hall.hr, case.id, "call_back", CALL_BACK, now=later(7))
    assert "100.0%" in sign_in(hall.hr_user).get("/feedback").text


def test_the_register_filters_and_turns_pages(hall: Hall, sign_in: SignIn) -> None:
    hall.count(*[LOW] * 21)
    client = sign_in(hall.hr_user)
    assert len(re.findall(r'<th scope="row"', client.get("/feedback").text)) == 20
    assert len(re.findall(r'<th scope="row"', client.get("/feedback?page=2").text)) == 1
    for query in ("state=closed", "category=malicious", f"section={hall.other.code}"):
        assert '<th scope="row"' not in client.get(f"/feedback?{query}").text
    assert '<th scope="row"' in client.get(f"/feedback?section={hall.section.code}").text
    assert len(re.findall(r'<th scope="row"', client.get("/feedback?page=99").text)) == 1


def test_the_person_sees_the_own_case_once_it_is_classified(hall: Hall, sign_in: SignIn) -> None:
    case = hall.open()
    client = sign_in(hall.person_user)
    assert f'href="/cases/{case.id}"' not in client.get("/feedback").text
    assert client.get(f"/cases/{case.id}").status_code == 404
    take_step(hall.chief, case.id, "classify", CLASSIFY, now=NOW)
    assert f'href="/cases/{case.id}"' in client.get("/feedback").text
    assert client.get(f"/cases/{case.id}").status_code == 200


@pytest.mark.parametrize("phone", [None, PHONE])
def test_the_page_of_a_case_shows_what_is_known_and_no_number(
    hall: Hall, sign_in: SignIn, phone: str | None
) -> None:
    case = hall.open(phone)
    for user in (hall.hr_user, hall.chief_user):
        page = sign_in(user).get(f"/cases/{case.id}")
        assert page.status_code == 200
        assert PHONE not in page.text
        is_caller = phone is not None and user is hall.hr_user
        assert ("138****1321" in page.text) == is_caller
        assert (f"/feedback/{case.id}/contact" in page.text) == is_caller
    assert looks() == 0


def test_the_steps_of_a_case_without_a_number_name_no_call(hall: Hall, sign_in: SignIn) -> None:
    page = sign_in(hall.hr_user).get(f"/cases/{hall.open().id}").text
    assert "/step/classify" in page
    assert "/step/contact" not in page
    assert "nobody can be called" in page
    assert "was called" not in page, "no condition claims a call that nobody made"


def test_a_number_is_shown_once_its_purpose_is_given(hall: Hall, sign_in: SignIn) -> None:
    case = hall.open(PHONE)
    client, path = sign_in(hall.hr_user), f"/feedback/{case.id}/contact"
    page = client.get(path)
    assert page.status_code == 200
    assert "138****1321" in page.text
    assert PHONE not in page.text
    page = client.post(path, data={"purpose": " "})
    assert page.status_code == 422
    assert PHONE not in page.text
    assert looks() == 0
    page = client.post(path, data={"purpose": "首次联系"})
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert PHONE in page.text
    db.session.rollback()
    assert looks() == 1


def test_who_may_not_call_finds_no_page_of_a_number(hall: Hall, sign_in: SignIn) -> None:
    case = hall.classified(PHONE)
    data = {"purpose": "好奇"}
    for user in (hall.chief_user, hall.person_user, hall.reviewer_user):
        assert sign_in(user).post(f"/feedback/{case.id}/contact", data=data).status_code == 404
    client = sign_in(hall.hr_user)
    assert client.get("/feedback/987654/contact").status_code == 404
    other = hall.of_another_kind()
    assert client.get(f"/feedback/{other.id}/contact").status_code == 404
    assert looks() == 0


def test_a_case_is_handled_on_its_pages(hall: Hall, sign_in: SignIn) -> None:
    case = hall.open(PHONE)
    office, chief = sign_in(hall.hr_user), sign_in(hall.chief_user)
    steps = f"/cases/{case.id}/step"
    told = {"done_on": "2026-11-25", "reached": "reached", "said": "等了很久"}
    assert office.post(f"{steps}/contact", data=told).status_code == 422, "tomorrow"
    answer = office.post(f"{steps}/contact", data={**told, "done_on": "2026-11-24"})
    assert answer.status_code == 303
    judged = {"category": "justified_simple", "attribution": "person", "finding": "属实"}
    assert chief.post(f"{steps}/classify_aside", data=judged).status_code == 422, "it counts"
    assert chief.post(f"{steps}/classify", data=judged).status_code == 303
    done = {"done_on": "2026-11-24", "measures": "当面道歉"}
    assert chief.post(f"{steps}/rectify", data=done).status_code == 303
    assert chief.get(f"/cases/{case.id}").status_code == 200
    assert review_of(case).rectified_on is not None
    assert db.session.get_one(Subject, case.id).state == "rectified"


@pytest.mark.parametrize("phone", [None, PHONE])
def test_the_end_of_the_time_to_object_is_told_to_whose_step_it_is_in_this_case(
    hall: Hall, phone: str | None
) -> None:
    case = hall.classified(phone)
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    for days in range(1, 15):
        remind(now=later(days))
    query = select(Notice.user_id).filter_by(subject_id=case.id, topic="light_e")
    offices, chief = {hall.hr.user_id, hall.second.user_id}, {hall.chief.user_id}
    assert set(db.session.scalars(query)) == (offices if phone else chief)


def test_who_decides_whether_a_rating_counts_shows_the_second_factor_again(
    hall: Hall, sign_in: SignIn
) -> None:
    case = hall.open()
    take_step(hall.chief, case.id, "classify_aside", ASIDE, now=NOW)
    client, path = sign_in(hall.hr_user), f"/cases/{case.id}/step/set_aside"
    assert client.get(path).status_code == 200
    hall.hr_user.totp_since = NOW - timedelta(days=1)
    db.session.execute(update(SignInSession).values(factor_at=NOW - timedelta(hours=1)))
    db.session.commit()
    for step in ("set_aside", "keep"):
        place = f"/cases/{case.id}/step/{step}"
        for answer in (client.get(place), client.post(place, data={"reasons": "属实"})):
            assert answer.headers["Location"].startswith("/second-factor")
    assert client.get(f"/cases/{case.id}").status_code == 200, "looking is not asked again"
