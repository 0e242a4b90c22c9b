"""A referral from its draft to its answer: who sends it, who sees what, what it does."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Attachment, Deadline, Notice
from evalsys.cases.engine.queries import duties_of
from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.referrals.limits import AT_ONCE
from evalsys.supervision.referrals.rules import REFERRAL
from evalsys.supervision.referrals.service import draft_by_hand, draft_referral
from tests.cases.papers.files import pdf
from tests.cases.walks import walks
from tests.factories import make_policy, make_staff, make_user, with_limits
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, URGED, Referrals

SignIn = Callable[[User], FlaskClient]
ANSWERS = {"file_clue": "clue_filed", "return_it": "sent_back", "open_none": "no_case"}


@pytest.fixture
def city(app: Flask) -> Iterator[Referrals]:
    with time_machine.travel(NOW, tick=False):
        yield Referrals()


@pytest.mark.only("sqlite", "no database: the table alone")
def test_nothing_is_answered_that_was_not_sent_and_received() -> None:
    for walk in walks(REFERRAL):
        names = [move.name for _, move, _ in walk]
        if names[-1] in ANSWERS:
            assert names == ["send", "receive", names[-1]]


def test_there_is_one_open_referral_of_a_matter(city: Referrals) -> None:
    first = city.drafted()
    with unit_of_work(SYSTEM) as unit:
        assert draft_referral(unit, city.matter, NOW) is first
    with pytest.raises(DomainError, match="open referral"):
        draft_by_hand(city.office, city.matter, now=NOW)
    assert (first.state, first.origin_id, first.home) == ("drafted", city.matter.id, city.section)


def test_another_one_follows_a_referral_that_is_over(city: Referrals) -> None:
    first = city.take(city.office, city.drafted(), "withdraw", reasons="已经办结。")
    assert draft_by_hand(city.office, city.matter, now=NOW).id != first.id


def test_the_system_refers_nothing_without_its_levels(city: Referrals) -> None:
    city.take(SYSTEM, city.matter, "urge", **URGED)
    with pytest.raises(DomainError, match="not urged"), unit_of_work(SYSTEM) as unit:
        draft_referral(unit, city.matter, NOW)


def test_what_no_section_has_is_not_referred(city: Referrals) -> None:
    with pytest.raises(DomainError, match="not in the hands"):
        draft_by_hand(city.office, city.taken_in(reference="RX-300"), now=NOW)


def test_who_drafts_one_by_hand_does_not_send_it_by_any_account(city: Referrals) -> None:
    person = make_staff(city.section)
    own, other = (make_user(Role.SUPERVISOR, staff_id=person.id).actor for _ in range(2))
    case = draft_by_hand(own, city.matter, now=NOW)
    for account in (own, other):
        with pytest.raises(NotYourStep):
            city.take(account, case, "send", **REASONED)
    assert duties_of(own, case, NOW.date()) == {MatterDuty.DRAFTER}
    assert city.take(city.second.actor, case, "send", **REASONED).state == "sent"


def test_who_drafted_one_takes_it_back(city: Referrals) -> None:
    case = draft_by_hand(city.office, city.matter, now=NOW)
    assert city.take(city.office, case, "withdraw", reasons="已办结。").state == "withdrawn"


def test_the_discipline_organ_sees_nothing_before_it_is_sent(
    city: Referrals, sign_in: SignIn
) -> None:
    case = city.drafted()
    assert city.sees(city.watch.actor) == set()
    client = sign_in(city.watch)
    for one in (case, city.matter):
        assert client.get(f"/cases/{one.id}").status_code == 404
    city.take(city.office, case, "withdraw", reasons="已办结。")
    assert city.sees(city.watch.actor) == set()


def test_it_then_reads_the_whole_file_and_changes_nothing_of_it(
    city: Referrals, sign_in: SignIn
) -> None:
    proof = {"kind": "complaint", "title": "现场照片", "body": "窗口无人"}
    files = {"files": (BytesIO(pdf()), "现场.pdf")}
    office = sign_in(db.session.get_one(User, city.office.user_id))
    put = office.post(f"/cases/{city.matter.id}/evidence", data={**proof, **files})
    assert put.status_code == 303
    case, client = city.sent(), sign_in(city.watch)
    page = client.get(f"/cases/{case.id}?lang=en").text
    for words in (
        "File of the matter",
        "食堂证照反复补件",
        "RX-207",
        "请限期办结。",
        "现场照片",
        "Urge",
        "Supervision ticket (red)",
    ):
        assert words in page, words
    [file] = db.session.scalars(select(Attachment)).all()
    letters = [link.split('"')[0] for link in page.split('href="')[1:] if "/letter/" in link[:60]]
    assert len(letters) >= 4
    assert f"/attachments/{file.id}" in page
    for link in (f"/attachments/{file.id}", *letters):
        assert client.get(link, buffered=True).status_code == 200
    whole = client.get(f"/cases/{city.matter.id}").text
    assert "/step/" not in whole
    assert client.get(f"/cases/{city.matter.id}/step/close").status_code == 404
    assert client.get(f"/cases/{city.matter.id}/evidence").status_code == 404


def test_sending_lights_the_matter_purple_and_begins_the_receipt(city: Referrals) -> None:
    case = city.sent()
    assert get_matter(city.matter).referred_on == NOW.date()
    term = db.session.scalars(select(Deadline).filter_by(subject_id=case.id)).one()
    assert (term.rule, term.duty, term.amount) == ("receive_wd", MatterDuty.DISCIPLINE, 3)
    told = select(Notice.topic).where(Notice.user_id == city.watch.id)
    assert db.session.scalars(told).all() == ["moved:sent"]


def referrals_told(city: Referrals, actor: Actor) -> int:
    """How often somebody was told that the matter was referred."""
    told = select(Notice.id).where(
        Notice.user_id == actor.user_id,
        Notice.subject_id == city.matter.id,
        Notice.topic == "referred",
    )
    return len(db.session.scalars(told).all())


def test_who_answers_for_the_matter_is_told_once_it_is_sent_and_not_of_a_draft(
    city: Referrals, sign_in: SignIn
) -> None:
    case = city.drafted()
    told = (city.handler, city.chief)
    assert [referrals_told(city, one) for one in told] == [0, 0]
    city.take(city.office, case, "send", **REASONED)
    with suppress(DomainError):
        city.take(city.office, case, "send", **REASONED)
    assert [referrals_told(city, one) for one in told] == [1, 1]
    assert [referrals_told(city, one) for one in (city.leader, city.chief_beside)] == [0, 0]
    client = sign_in(db.session.get_one(User, city.handler.user_id))
    page = client.get("/?show=messages&lang=en").text
    assert "2026-001 was referred to the discipline organ" in page
    assert f"/cases/{case.id}" not in client.get(f"/cases/{city.matter.id}").text


def test_what_the_system_sends_at_once_is_told_once_too(city: Referrals) -> None:
    make_policy(with_limits({AT_ONCE: True}), adopted_at=NOW)
    city.drafted()
    with unit_of_work(SYSTEM) as unit:
        draft_referral(unit, city.matter, NOW)
    assert [referrals_told(city, one) for one in (city.handler, city.chief)] == [1, 1]


@pytest.mark.parametrize(("move", "state"), list(ANSWERS.items()))
def test_the_answer_reaches_the_office(city: Referrals, move: str, state: str) -> None:
    case = city.answered(move)
    assert case.state == state
    told = select(Notice.topic).where(
        Notice.user_id == city.office.user_id, Notice.subject_id == case.id
    )
    assert f"moved:{state}" in db.session.scalars(told).all()
    is_back = get_matter(city.matter).referred_on is None
    assert is_back is (move == "return_it")


def test_the_policy_lets_the_system_send_at_once_and_nobody_else(city: Referrals) -> None:
    make_policy(with_limits({AT_ONCE: True}), adopted_at=NOW)
    by_hand = draft_by_hand(city.office, city.matter, now=NOW)
    assert by_hand.state == "drafted"
    city.take(city.office, by_hand, "withdraw", reasons="改由系统移送。")
    case = city.drafted()
    assert case.state == "sent"
    assert get_matter(city.matter).referred_on == NOW.date()
