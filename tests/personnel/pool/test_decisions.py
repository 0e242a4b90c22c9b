"""The collective decision on a return, through its page: equal choices, and what is weighed."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.models import PeriodState
from evalsys.personnel.pool.rules.returns import points_of
from evalsys.personnel.pool.service import draft_return
from tests.factories import JULY, make_member_score, make_period, make_result, make_section
from tests.personnel.pool.test_service import DECISION, NOW, PROPOSAL, TALK, THERE, City

SignIn = Callable[[User], FlaskClient]
TWO_POINTS = "一、三次差错属实。\n二、前两次发生在换岗第一个月，1.5小时内已补正。"


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with time_machine.travel(NOW, tick=False):
        yield City()


def client_of(sign_in: SignIn, actor: Actor) -> FlaskClient:
    return sign_in(db.session.get_one(User, actor.user_id))


def data(entry: dict[str, Any]) -> dict[str, str]:
    return {name: "y" if value is True else str(value) for name, value in entry.items()}


def state_of(case: Subject) -> str:
    db.session.rollback()
    return db.session.get_one(Subject, case.id).state


def test_three_choices_stand_side_by_side_and_none_is_chosen(city: City, sign_in: SignIn) -> None:
    case = city.talked()
    period = make_period("2026-Q2", state=PeriodState.PUBLISHED, closed_at=JULY)
    result = make_result(period)
    make_member_score(result, city.section, city.member, score=Decimal("61.25"))
    leader = client_of(sign_in, city.leader)
    page = leader.get(f"/cases/{case.id}").text
    assert "Next step: Record the collective decision" in page
    start = leader.get("/").text
    assert "Record the collective decision by " in start
    assert "admit to the pool" not in (page + start + leader.get("/cases").text).lower()
    form = leader.get(f"/cases/{case.id}/step/decide_return").text
    assert form.count('type="radio"') == 3
    assert not re.search(r'type="radio"[^>]* checked', form)
    for said in ("未经培训", "1. 有两次培训记录", "见附件", "61.25", "for reference only"):
        assert said in form


@pytest.mark.parametrize(
    ("choice", "state"),
    [("reject", "rejected"), ("move_directly", "direct_move"), ("admit", "admitted")],
)
def test_each_choice_is_recorded_from_the_same_form(
    city: City, sign_in: SignIn, choice: str, state: str
) -> None:
    case, there = city.talked(), make_section(city.section.organ)
    entry = data({**DECISION, **THERE, "section": there.code})
    path = f"/cases/{case.id}/step/decide_return"
    leader = client_of(sign_in, city.leader)
    assert leader.post(path, data=entry).status_code == 422, "nothing is chosen beforehand"
    assert leader.post(path, data={**entry, "choice": choice}).status_code == 303
    assert state_of(case) == state


def test_what_only_a_move_needs_is_asked_for_by_name(city: City, sign_in: SignIn) -> None:
    case, leader = city.talked(), client_of(sign_in, city.leader)
    path = f"/cases/{case.id}/step/decide_return"
    answer = leader.post(path, data={**data(DECISION), "choice": "move_directly"})
    assert answer.status_code == 422
    assert "Code of the receiving section: Please fill this in." in answer.text
    assert "局党组" in answer.text, "what was typed is still there"
    assert state_of(case) == "talked"


def test_nobody_else_sees_the_form_and_it_is_gone_afterwards(city: City, sign_in: SignIn) -> None:
    case = city.talked()
    path = f"/cases/{case.id}/step/decide_return"
    for actor in (city.hr, city.chief, city.person):
        assert client_of(sign_in, actor).get(path).status_code == 404
    take_step(city.leader, case.id, "reject", DECISION, now=NOW)
    assert client_of(sign_in, city.leader).get(path).status_code == 409


def test_the_persons_own_page_is_neutral_from_the_first_day(city: City, sign_in: SignIn) -> None:
    case = city.draft()
    take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)
    take_step(city.hr, case.id, "notify", {"delivered": "当面"}, now=NOW)
    person = client_of(sign_in, city.person)
    for lang in ("en", "zh"):
        person.get(f"/switch?lang={lang}&next=/")
        for page in (f"/cases/{case.id}", "/", "/rights", "/inbox"):
            text = re.sub(r"<[^>]+>", " ", person.get(page, follow_redirects=True).text)
            for outcome in ("admit to the pool", "纳入人员池", "Admitted", "纳入"):
                assert outcome not in text, (page, outcome)
    assert "集体研究决定" in person.get(f"/cases/{case.id}").text


def test_every_point_of_the_statement_is_answered(city: City, sign_in: SignIn) -> None:
    case = city.draft()
    take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)
    take_step(city.hr, case.id, "notify", {"delivered": "当面"}, now=NOW)
    take_step(city.person, case.id, "state", {"statement": TWO_POINTS}, now=NOW)
    hr, path = client_of(sign_in, city.hr), f"/cases/{case.id}/step/verify"
    form = hr.get(path).text
    assert "三次差错属实。" in form
    assert "1.5小时内已补正。" in form
    filled = {"answers_1": "台账三处属实", "finding": "属实", "sources": "台账"}
    assert hr.post(path, data=filled).status_code == 422
    assert state_of(case) == "stated"
    assert hr.post(path, data={**filled, "answers_2": "换岗时间属实"}).status_code == 303
    page = client_of(sign_in, city.person).get(f"/cases/{case.id}").text
    assert "1. 台账三处属实\n2. 换岗时间属实" in page


def test_without_a_statement_there_is_nothing_to_answer(city: City, sign_in: SignIn) -> None:
    case = city.draft()
    take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)
    take_step(city.hr, case.id, "notify", {"delivered": "当面"}, now=NOW)
    take_step(city.person, case.id, "waive", {"waived": True}, now=NOW)
    hr = client_of(sign_in, city.hr)
    filled = {"finding": "属实", "sources": "台账"}
    assert hr.post(f"/cases/{case.id}/step/verify", data=filled).status_code == 303
    take_step(city.hr, case.id, "talk", TALK, now=NOW)
    form = client_of(sign_in, city.leader).get(f"/cases/{case.id}/step/decide_return")
    assert "No statement" in form.text


@pytest.mark.parametrize(
    ("statement", "points"),
    [
        ("未经培训", ("未经培训",)),
        (TWO_POINTS, ("三次差错属实。", "前两次发生在换岗第一个月，1.5小时内已补正。")),
        ("1.没有培训；2.系统停机", ("没有培训；", "系统停机")),
        ("(1)甲 （2）乙", ("甲", "乙")),
        ("\n\n 甲 \n乙\n", ("甲", "乙")),
        ("2026年3月1.5天", ("2026年3月1.5天",)),
    ],
)
def test_a_statement_falls_into_its_points(statement: str, points: tuple[str, ...]) -> None:
    assert points_of(statement) == points


def test_what_was_turned_down_long_ago_is_not_called_new(city: City, sign_in: SignIn) -> None:
    case = city.talked()
    take_step(city.leader, case.id, "reject", DECISION, now=NOW)
    later = NOW + timedelta(days=400)
    with time_machine.travel(later, tick=False):
        again = draft_return(city.chief, city.member.number, now=later)
        page = client_of(sign_in, city.chief).get(f"/cases/{again.id}").text
    assert "The same facts were turned down before; the lock ended on" in page
    assert "were not turned down before" not in page
