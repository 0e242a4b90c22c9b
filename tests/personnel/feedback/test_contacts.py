"""The number of a rater: encrypted, masked, shown on record to who calls, deleted in time."""

import re
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Actor, Role
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.service import start_job
from evalsys.personnel.feedback.contacts import delete_contacts, masked_contact, reveal_contact
from evalsys.personnel.feedback.envelopes import open_contact_id
from evalsys.personnel.feedback.models import Review
from evalsys.ratings.ballots.models import CallbackContact
from evalsys.ratings.ballots.service import open_contact, seal_contact
from evalsys.ratings.contacts.rows import Contact, open_row
from tests.factories import make_organ, make_user
from tests.personnel.feedback.reviews import (
    CALL_BACK,
    LOW,
    NOW,
    PHONE,
    RECTIFY,
    Hall,
    later,
    review_of,
)


@pytest.fixture
def hall(app: object) -> Hall:
    return Hall()


def looks() -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.action == Action.CONTACT_REVEAL)
    return list(db.session.scalars(query))


def test_the_number_stands_encrypted_in_its_own_table(hall: Hall) -> None:
    case = hall.open(PHONE)
    contact = db.session.scalars(select(CallbackContact)).one()
    assert PHONE.encode() not in contact.sealed
    assert (contact.organ_id, contact.is_done) == (hall.section.organ_id, True)
    assert open_contact_id(review_of(case).sealed_contact or b"") == contact.id
    assert contact.id not in str(review_of(case).__dict__)


def test_each_case_has_the_number_of_its_own_rater(hall: Hall) -> None:
    """Two raters with different reasons and numbers: the envelopes are not exchanged."""
    numbers = {1: "13800000001", 2: "13800000002", 4: "13800000004"}
    hall.count(
        *({**LOW, "reasons": bits, "contact": seal_contact(n)} for bits, n in numbers.items())
    )
    for review in db.session.scalars(select(Review)):
        row = db.session.get_one(CallbackContact, open_contact_id(review.sealed_contact or b""))
        phone = open_row(row.sealed).phone or ""
        assert open_contact(phone.encode()) == numbers[review.reasons]


def test_a_look_is_recorded_with_its_purpose_and_without_the_number(hall: Hall) -> None:
    case = hall.open(PHONE)
    assert masked_contact(review_of(case)) == "138****1321"
    assert looks() == []
    assert reveal_contact(hall.hr, case.id, " 首次联系 ", now=NOW) == PHONE
    [line] = looks()
    assert (line.user_id, line.subject_type, line.subject_id) == (
        hall.hr.user_id, "case_file", str(case.id),
    )  # fmt: skip
    assert line.details == {"number": "2026-001", "purpose": "首次联系"}


@pytest.mark.parametrize("typed", [PHONE, "138-5550-1321", "138 5550 1321", "0551-62345678"])
def test_a_number_in_a_purpose_does_not_stay_in_the_audit_log(hall: Hall, typed: str) -> None:
    case = hall.open(PHONE)
    reveal_contact(hall.hr, case.id, f"再拨{typed}，工单2026-001，20261128", now=NOW)
    [line] = looks()
    words = line.details["purpose"]
    assert re.fullmatch(r"再拨\d{3}\*{4}\d{4}，工单2026-001，20261128", words)


def test_a_look_without_a_purpose_is_refused(hall: Hall) -> None:
    case = hall.open(PHONE)
    with pytest.raises(DomainError, match="Say what you need the number for: it stays on"):
        reveal_contact(hall.hr, case.id, "  ", now=NOW)
    assert looks() == []


def test_nobody_but_who_calls_sees_the_number(hall: Hall) -> None:
    case = hall.classified(PHONE)
    foreign = make_user(Role.HR, organ_id=make_organ().id)
    concerned = make_user(Role.HR, organ_id=hall.section.organ_id, staff_id=hall.member.id)
    for actor in (hall.chief, hall.leader, hall.person, hall.reviewer, foreign.actor,
                  concerned.actor, Actor(Role.SYSADMIN)):  # fmt: skip
        with pytest.raises((NotFound, NoResultFound)):
            reveal_contact(actor, case.id, "联系", now=NOW)
    assert looks() == []


def test_a_number_under_another_key_says_so(hall: Hall) -> None:
    case = hall.open(PHONE)
    current_app.config["SECRET_KEY"] = "another key"
    assert masked_contact(review_of(case)) == "****"
    with pytest.raises(DomainError, match="The number cannot be read: it was stored"):
        reveal_contact(hall.hr, case.id, "联系", now=NOW)


def to_closed(hall: Hall) -> Subject:
    case = hall.classified(PHONE)
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    take_step(hall.hr, case.id, "call_back", CALL_BACK, now=later(7))
    return case


def test_a_number_is_deleted_ninety_days_after_its_case_closed(hall: Hall) -> None:
    case = to_closed(hall)
    assert delete_contacts(now=later(7 + 90)) == 0
    assert reveal_contact(hall.hr, case.id, "复核", now=later(7 + 90)) == PHONE
    assert delete_contacts(now=later(7 + 90) + timedelta(seconds=1)) == 1
    review = review_of(case)
    assert (review.sealed_contact, review.has_contact) == (None, True)
    assert open_row(db.session.scalars(select(CallbackContact.sealed)).one()) == Contact()
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.CONTACT_DELETE)
    ).one()
    assert line.details == {"contacts": 1}
    with pytest.raises(NotFound):
        reveal_contact(hall.hr, case.id, "复核", now=later(98))


def test_a_number_of_an_open_case_stays(hall: Hall) -> None:
    hall.open(PHONE)
    assert delete_contacts(now=later(400)) == 0


def test_the_nightly_job_deletes_and_says_how_many(hall: Hall) -> None:
    to_closed(hall)
    job_id = start_job(SYSTEM, "feedback.tidy", {}, now=later(100)).id
    db.session.rollback()
    job = db.session.get_one(Job, job_id)
    assert (job.state, (job.result or {})["params"]) == (JobState.DONE, {"contacts": 1})
