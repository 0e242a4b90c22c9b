"""The pages of coordinations: the list with its measures, taking a question up, giving a task."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.titles import names_of
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.coordination.models import Coordination
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.models import Matter
from tests.applications import noted_statements
from tests.factories import make_user
from tests.supervision.coordination.office import UNTIL, Coordinations, matters_of
from tests.supervision.office import NOW, at

SignIn = Callable[[User], FlaskClient]
ASKED: dict[str, Any] = {
    "title": "企业注销跑五个窗口",
    "says": "请求一次办清。",
    "conveners": "丁建国 局长",
    "raised_on": "2026-02-10",
    "own": ["SP01"],
    "others": "RS05",
}
TASK = {
    "title": "专窗设置方案",
    "section": "SP01",
    "handler": "",
    "co_owners": "",
    "demand": "请拿出方案。",
    "until": UNTIL.isoformat(),
}


@pytest.fixture
def city(app: Flask) -> Iterator[Coordinations]:
    with time_machine.travel(NOW, tick=False):
        yield Coordinations()


@pytest.fixture
def enter(sign_in: SignIn) -> Callable[[Actor], FlaskClient]:
    return lambda actor: sign_in(db.session.get_one(User, actor.user_id))


Enter = Callable[[Actor], FlaskClient]


def test_the_head_takes_a_question_up(city: Coordinations, enter: Enter) -> None:
    client = enter(city.head)
    assert 'value="SP02"' in client.get("/coordination/new").text
    answer = client.post("/coordination/new", data=ASKED)
    case = db.session.scalars(select(Subject).filter_by(kind="coordination")).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/cases/{case.id}")
    assert set(names_of(case, MatterDuty.CALLED)) == {city.section.name, city.elsewhere.name}
    assert "企业注销跑五个窗口" in client.get("/coordination").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"raised_on": "2026-03-01"}, "still to come"),
        ({"raised_on": "0001-01-01"}, "Check the year"),
        ({"raised_on": "soon"}, 'id="raised_on-e"'),
        ({"others": "NONE"}, "NONE"),
        ({"own": ["RS05"]}, "RS05"),
    ],
)
def test_what_is_wrong_stands_at_the_field_and_nothing_is_lost(
    city: Coordinations, enter: Enter, values: dict[str, Any], words: str
) -> None:
    answer = enter(city.head).post("/coordination/new", data={**ASKED, **values})
    assert answer.status_code == 422
    assert words in answer.text
    assert "请求一次办清。" in answer.text
    assert re.search(r'value="SP01"[^>]* checked', answer.text) or "own" in values
    assert db.session.scalars(select(Coordination)).all() == []


@pytest.mark.parametrize("who", ["leader", "chief", "office", "handler"])
def test_nobody_else_finds_the_form(city: Coordinations, enter: Enter, who: str) -> None:
    case = city.decided()
    client = enter(getattr(city, who))
    assert client.get("/coordination/new").status_code == 404
    assert client.get(f"/coordination/{case.id}/task").status_code == 404
    assert client.post(f"/coordination/{case.id}/task", data=TASK).status_code == 404
    assert matters_of(case) == []


def test_a_question_comes_up_from_a_matter_that_got_stuck(
    city: Coordinations, enter: Enter
) -> None:
    matter = city.assigned()
    city.take(city.handler, matter, "sign")
    client = enter(city.head)
    way = f"/coordination/new?from={matter.id}"
    assert way in client.get(f"/cases/{matter.id}").text
    assert matter.number in client.get(way).text
    client.post(way, data=ASKED)
    case = db.session.scalars(select(Subject).filter_by(kind="coordination")).one()
    assert case.origin_id == matter.id
    assert way not in client.get(f"/cases/{matter.id}").text
    city.take(city.head, case, "decide", conclusion="一次办清。")
    page = client.get("/coordination").text
    assert '<td class="num" data-l="Levels passed">2</td>' in page, (
        "the clerk had it, then the head"
    )
    assert client.get("/coordination/new?from=987654").status_code == 404


def test_a_head_who_answered_for_the_first_matter_gives_its_tasks_to_others(
    city: Coordinations, enter: Enter
) -> None:
    number = city.member.number
    head = make_user(Role.LEADER, organ_id=city.organ.id, staff_id=city.member.id)
    matter = city.assigned()
    client = enter(head.actor)
    client.post(f"/coordination/new?from={matter.id}", data=ASKED)
    case = db.session.scalars(select(Subject).filter_by(kind="coordination")).one()
    city.take(head.actor, case, "decide", conclusion="一次办清。")
    path = f"/coordination/{case.id}/task"
    own = client.post(f"{path}?lang=en", data={**TASK, "handler": number})
    assert own.status_code == 422
    assert "name somebody else" in own.text
    given = {**TASK, "section": "RS05", "handler": city.chief_number}
    assert client.post(path, data=given).status_code == 303
    [task] = matters_of(case)
    city.take(city.chief_elsewhere, task, "sign")
    city.take(city.chief_elsewhere, task, "report", result="已实施。")
    assert client.get(f"/cases/{task.id}/step/look").status_code == 200


def test_a_task_is_given_to_the_chief_unless_somebody_is_named(
    city: Coordinations, enter: Enter
) -> None:
    case = city.decided()
    client = enter(city.head)
    page = client.get(f"/coordination/{case.id}/task").text
    assert ">人社局 " in page, "a section that was called names its organ"
    assert client.post(f"/coordination/{case.id}/task", data=TASK).status_code == 303
    [task] = matters_of(case)
    chief = task.named(MatterDuty.HANDLER)
    assert chief is not None
    assert chief.id == city.chief.staff_id
    assert "专窗设置方案" in client.get(f"/cases/{case.id}").text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"section": ""}, "section"),
        ({"section": "NONE"}, "section"),
        ({"handler": "000000"}, "handler"),
        ({"co_owners": "NONE"}, "co_owners"),
        ({"until": "2026-02-12"}, "until"),
        ({"until": ""}, "until"),
    ],
)
def test_a_wrong_task_says_so_at_the_field(
    city: Coordinations, enter: Enter, values: dict[str, str], field: str
) -> None:
    case = city.decided()
    answer = enter(city.head).post(f"/coordination/{case.id}/task", data={**TASK, **values})
    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text
    assert "请拿出方案。" in answer.text
    assert matters_of(case) == []


def test_a_day_off_is_refused_with_what_was_typed(city: Coordinations, enter: Enter) -> None:
    case = city.decided()
    data = {**TASK, "until": "2026-02-16"}
    answer = enter(city.head).post(f"/coordination/{case.id}/task", data=data)
    assert answer.status_code == 422
    assert "is a day off" in answer.text
    assert "请拿出方案。" in answer.text
    assert db.session.scalars(select(Matter)).all() == []


def test_before_the_decision_there_are_no_tasks(city: Coordinations, enter: Enter) -> None:
    case = city.taken_up()
    assert enter(city.head).get(f"/coordination/{case.id}/task").status_code == 409


def test_the_measures_stand_beside_those_of_ordinary_matters(
    city: Coordinations, enter: Enter
) -> None:
    city.fed_back(reference="RX-301")
    case = city.decided()
    city.reported(case)
    late = city.given(case, until="2026-02-13")
    assert late.state == "assigned"
    with time_machine.travel(at(UNTIL), tick=False):
        page = enter(city.head).get("/coordination").text
    figures = re.findall(r'<div class="kpi-v">([^<]+)', page)
    assert figures == ["2.0", "1.0", "50%"]
    assert "Ordinary matters, until assigned: 0.0" in page
    assert "Before: 4 " in page
    assert "1 of 2 tasks · ordinary matters: 100%" in page


def test_the_list_has_few_statements_and_filters(city: Coordinations, enter: Enter) -> None:
    for n in range(25):
        case = city.decided(title=f"问题{n:02}")
        city.given(case)
    closed = city.taken_up(title="撤回的问题")
    city.take(city.head, closed, "withdraw", reasons="已统一明确。")
    client = enter(city.head)
    client.get("/coordination")
    with noted_statements() as statements:
        page = client.get("/coordination").text
    assert len(statements) <= 12
    assert page.rpartition("</details>")[2].count('<th scope="row">') == 20
    assert "撤回的问题" not in client.get("/coordination?page=2").text
    assert "撤回的问题" in client.get("/coordination?which=all&q=撤回").text
    assert "问题07" in client.get("/coordination?q=问题07").text
    assert "No coordination here" in client.get("/coordination?q=nobody").text


def test_a_chief_sees_where_called_and_the_office_sees_all(
    city: Coordinations, enter: Enter
) -> None:
    city.decided(title="本局的问题", called="SP01")
    for actor, is_there in ((city.chief, True), (city.chief_elsewhere, False), (city.office, True)):
        assert ("本局的问题" in enter(actor).get("/coordination").text) is is_there
    assert enter(city.handler).get("/coordination").status_code == 404


def test_the_start_page_says_what_waits_for_the_head(city: Coordinations, enter: Enter) -> None:
    case = city.decided()
    task = city.reported(case)
    city.studied(case)
    city.taken_up(title="充电桩报装由谁牵头")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        page = enter(city.head).get("/").text
    for words in ("Decide the question", "Look at what was reported", "Say who has the task"):
        assert words in page
    assert f"/cases/{task.id}" in page


def test_bars_stand_beside_ordinary_matters_once_a_question_is_decided(
    city: Coordinations, enter: Enter
) -> None:
    client = enter(city.head)
    assert 'class="stks"' not in client.get("/coordination").text
    city.decided()
    city.assigned(reference="RX-301")
    page = client.get("/coordination?lang=en").text
    chart = page.split('id="beside"')[1].partition("</section>")[0]
    assert chart.count('<svg class="stk"') == 4
    assert 'aria-label="Top-level coordination 2.0"' in chart, "raised two days before"
    assert 'aria-label="Ordinary matters 4.0"' in chart, "the levels of the usual way"
    assert 'width="25%"' in chart, "one level of four"
    numbers = chart.partition("<details>")[2]
    assert numbers.count("<tr>") == 5
    assert numbers.count("Days to the first decision") == 2
