"""Drafting a referral by hand, and the start page and menu of the discipline organ."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.applications import noted_statements
from tests.factories import make_organ, make_user
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, Referrals

SignIn = Callable[[User], FlaskClient]
MOST = 12  # questions of a page
SCORES = ("/ranking", "/sections", "/periods", "/handled", "/policies")


@pytest.fixture
def city(app: Flask) -> Iterator[Referrals]:
    with time_machine.travel(NOW, tick=False):
        yield Referrals()


@pytest.fixture
def office(city: Referrals, sign_in: SignIn) -> FlaskClient:
    return sign_in(db.session.get_one(User, city.office.user_id))


def test_the_page_of_a_matter_leads_to_a_draft_and_the_draft_to_a_colleague(
    city: Referrals, office: FlaskClient, sign_in: SignIn
) -> None:
    page, matter = f"/matters/{city.matter.id}/refer", city.matter.id
    assert page in office.get(f"/cases/{matter}").text
    form = office.get(f"{page}?lang=en").text
    assert "who drafts a referral does not send it" in form
    answer = office.post(page)
    assert answer.status_code == 303
    case = db.session.scalars(select(Subject).filter_by(kind="referral")).one()
    assert answer.headers["Location"] == f"/cases/{case.id}"
    own = office.get(f"/cases/{case.id}").text
    assert f"/cases/{case.id}/step/send" not in own
    assert f"/cases/{case.id}/step/withdraw" in own
    beside = office.get(f"/cases/{matter}").text
    assert page not in beside
    assert f"/cases/{case.id}" in beside
    colleague = sign_in(city.second)
    assert f"/cases/{case.id}" in colleague.get("/").text
    step = f"/cases/{case.id}/step/send"
    assert step in colleague.get(f"/cases/{case.id}").text
    assert colleague.post(step, data=REASONED).status_code == 303
    assert office.get(step).status_code == 404


def test_a_second_draft_is_refused_with_the_number_of_the_first(
    city: Referrals, office: FlaskClient
) -> None:
    page = f"/matters/{city.matter.id}/refer"
    assert office.post(page).status_code == 303
    again = office.post(f"{page}?lang=en", data={"sent": "again"})
    assert again.status_code == 422
    assert "has an open referral: 2026-001" in again.text


def test_who_is_not_of_the_office_and_what_is_no_matter_have_no_such_page(
    city: Referrals, office: FlaskClient, sign_in: SignIn
) -> None:
    case = city.drafted()
    assert office.get(f"/matters/{case.id}/refer").status_code == 404
    page = f"/matters/{city.matter.id}/refer"
    foreign = make_user(Role.SUPERVISOR, organ_id=make_organ(code="RS").id)
    chief = db.session.get_one(User, city.chief.user_id)
    for user in (foreign, chief, city.watch, make_user(Role.LEADER)):
        assert sign_in(user).get(page).status_code == 404
        assert sign_in(user).post(page).status_code == 404


def test_the_discipline_organ_goes_from_its_start_page_to_the_answer(
    city: Referrals, sign_in: SignIn
) -> None:
    case, client = city.sent(), sign_in(city.watch)
    start = client.get("/?lang=zh").text
    assert f"/cases/{case.id}" in start
    step = f"/cases/{case.id}/step"
    assert client.post(f"{step}/receive", data={"receiver": "吴静"}).status_code == 303
    form = client.get(f"{step}/answer?lang=en").text
    for words in (
        "Clue filed",
        "Sent back to the supervision office",
        "No case opened",
        "食堂证照反复补件",
    ):
        assert words in form
    assert " checked" not in form, "the choices are equal"
    reasons = {"choice": "return_it", "reasons": "档案移交疏漏。", "decider": "陈正 副书记"}
    assert client.post(f"{step}/answer", data=reasons).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Subject, case.id).state == "sent_back"


def test_the_page_with_the_whole_file_asks_no_more_than_any_other(
    city: Referrals, sign_in: SignIn
) -> None:
    page, client = f"/cases/{city.sent().id}", sign_in(city.watch)
    assert client.get(page).status_code == 200  # What it writes comes with the first look.
    db.session.expire_all()
    with noted_statements() as asked:
        assert client.get(page).status_code == 200
    assert len([one for one in asked if one.startswith("SELECT")]) <= MOST


def test_the_discipline_organ_finds_no_page_of_scores(city: Referrals, sign_in: SignIn) -> None:
    client = sign_in(city.watch)
    menu = client.get("/").text
    for page in SCORES:
        assert client.get(page).status_code == 404, page
        assert f'href="{page}"' not in menu
    assert client.get("/cases").status_code == 200
