"""The light board, the screen of the hall and the list: each light, each filter, each scope."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.models import Deadline, Subject
from evalsys.cases.engine.queries import seen_by
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.matters.filters import (
    MatterFilter,
    count_lights,
    sees_all,
    select_matters,
)
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import MAIN, MatterSource
from tests.factories import make_organ, make_section, make_user
from tests.supervision.office import Supervision

SignIn = Callable[[User], FlaskClient]
ON = date(2026, 2, 12)


def lit(office: Supervision, light: Light, title: str) -> Subject:
    """An assigned matter whose main term has a light today."""
    case = office.assigned(title=title, reference=None)
    term = db.session.scalars(
        select(Deadline).where(
            Deadline.subject_id == case.id, Deadline.rule.in_(MAIN), Deadline.closed_on.is_(None)
        )
    ).one()
    day = timedelta(days=1)
    due = {Light.RED: ON - day, Light.TODAY: ON, Light.YELLOW: ON + day}.get(light, ON + 9 * day)
    near = {Light.GREEN: ON + day, Light.RED: ON - 2 * day}.get(light, ON)
    term.started_on, term.due_on, term.nears_on = ON - 9 * day, due, near
    if light is Light.PAUSED:
        term.paused_on = ON - day
    if light is Light.REFERRED:
        db.session.get_one(Matter, case.id).referred_on = ON - day
    db.session.commit()
    return case


LIT = {
    Light.RED: "充电桩用电报装超期",
    Light.TODAY: "医保异地备案退回重办",
    Light.YELLOW: "企业开办一日办结",
    Light.GREEN: "工程验收联合踏勘",
    Light.PAUSED: "排污许可跨级请示",
    Light.REFERRED: "市场主体名称争议",
}


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(f"{address}{'&' if '?' in address else '?'}lang=en")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2]).split())


def supervisor(**values: object) -> User:
    return make_user(Role.SUPERVISOR, **values)


@pytest.fixture
def all_lights(office: Supervision) -> dict[Light, Subject]:
    return {light: lit(office, light, title) for light, title in LIT.items()}


@pytest.mark.usefixtures("all_lights")
def test_each_light_stands_in_its_column_with_how_its_term_is_counted(
    office: Supervision, sign_in: SignIn
) -> None:
    page = sign_in(supervisor()).get("/lights?lang=en").text
    columns = re.split(r'<section class="col ', page)[1:]
    held = [[title for title in LIT.values() if title in column] for column in columns]
    assert held == [
        [LIT[Light.RED]],
        [LIT[Light.TODAY], LIT[Light.YELLOW]],
        [LIT[Light.GREEN]],
        [LIT[Light.PAUSED], LIT[Light.REFERRED]],
    ]
    assert 'class="light light-f">referred on 11 February' in page
    assert 'class="light light-p">stopped since 11 February' in page
    assert 'class="light light-r">1 working day overdue' in page
    assert page.count("How the term is counted") == len(LIT)
    assert "Hotline ticket: 5 working days, counted from the day after" in page
    assert office.section.name in page
    assert "6 open matters." in page


def test_the_rest_of_a_column_is_on_the_list_with_the_same_filter(
    office: Supervision, sign_in: SignIn
) -> None:
    for number in range(7):
        lit(office, Light.RED, f"逾期事项{number}")
    lit(office, Light.GREEN, "别的")
    client = sign_in(supervisor())
    page = client.get("/lights?source=hotline").text
    [link] = re.findall(r'href="(/matters\?light=late[^"]*)"', page)
    listed = client.get(link.replace("&amp;", "&"))
    assert listed.text.count("逾期事项") >= 7
    assert "别的" not in listed.text
    assert "逾期事项" not in client.get("/lights?source=visit").text


@pytest.mark.usefixtures("all_lights")
def test_the_screen_of_the_hall_asks_again_and_names_nobody(
    office: Supervision, sign_in: SignIn
) -> None:
    user = supervisor()
    page = sign_in(user).get("/lights/hall?lang=en").text
    assert '<meta http-equiv="refresh" content="60">' in page
    assert LIT[Light.RED] in page
    assert LIT[Light.GREEN] not in page, "what is in time is a number"
    for name in (user.display_name, user.name, office.member.name, "王海宁", "赵立新"):
        assert name not in page
    assert [int(n) for n in re.findall(r"<dd>(\d+)</dd>", page)] == [1] * 6


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("light=late", {Light.RED}),
        ("light=near", {Light.TODAY, Light.YELLOW}),
        ("light=today", {Light.TODAY}),
        ("light=green", {Light.GREEN}),
        ("light=apart", {Light.PAUSED, Light.REFERRED}),
        ("light=referred", {Light.REFERRED}),
        ("light=blue", set(LIT)),
        ("source=hotline", set(LIT)),
        ("source=visit", set()),
        ("stage=assigned", set(LIT)),
        ("stage=closed", set()),
        ("section=SP01", set(LIT)),
        ("section=SP02", set()),
        ("organ=SP", set(LIT)),
        ("organ=XX", set()),
        ("text=充电桩", {Light.RED}),
        ("text=%25", set()),
    ],
)
def test_the_list_is_filtered_by_the_address(
    all_lights: dict[Light, Subject], sign_in: SignIn, address: str, shown: set[Light]
) -> None:
    page = sign_in(supervisor()).get(f"/matters?{address}").text
    assert {light for light, case in all_lights.items() if f'"/cases/{case.id}"' in page} == shown


def test_a_number_here_or_there_finds_a_matter(office: Supervision, sign_in: SignIn) -> None:
    case = office.taken_in(reference="RX-777")
    other = office.taken_in(reference="RX-778")
    client = sign_in(supervisor())
    for text in ("RX-777", case.number):
        for page in ("/matters", "/lights"):
            found = client.get(page, query_string={"text": text}).text
            assert f'"/cases/{case.id}"' in found
            assert f'"/cases/{other.id}"' not in found


def test_closed_ones_are_listed_without_a_light(office: Supervision, sign_in: SignIn) -> None:
    case = office.taken_in()
    office.take(office.office, case, "decline", reasons="不属于督办范围。")
    client = sign_in(supervisor())
    assert f'"/cases/{case.id}"' in client.get("/matters?stage=declined").text
    assert f'"/cases/{case.id}"' not in client.get("/matters").text
    assert "No open matter here" in text_of(client, "/lights")


def test_everybody_sees_the_lights_of_their_scope_alone(
    office: Supervision, sign_in: SignIn
) -> None:
    elsewhere = make_section(make_organ(code="GA", name="公安局"), code="GA01")
    lit(office, Light.RED, "本局事项")
    foreign = office.taken_in(title="外局事项", organ=elsewhere.organ, reference="RX-1")
    seen = {
        "city": (supervisor(), True, True),
        "organ": (supervisor(organ_id=office.organ.id), True, False),
        "other organ": (supervisor(organ_id=elsewhere.organ_id), False, True),
        "chief": (db.session.get_one(User, office.chief.user_id), True, False),
        "chief beside": (db.session.get_one(User, office.chief_beside.user_id), False, False),
        "leader": (db.session.get_one(User, office.leader.user_id), True, False),
    }
    for who, (user, own, other) in seen.items():
        client = sign_in(user)
        for page in ("/lights", "/matters"):
            text = client.get(page).text
            assert ("本局事项" in text, "外局事项" in text) == (own, other), (who, page)
        wall = client.get("/lights/hall").text
        assert ("本局事项" in wall, "外局事项" in wall) == (own, False), who
    assert foreign.id
    staff = sign_in(db.session.get_one(User, office.handler.user_id))
    for page in ("/lights", "/lights/hall", "/matters"):
        assert staff.get(page).status_code == 404


def test_the_office_of_the_city_sees_what_the_rule_of_all_cases_lets_it_see(
    office: Supervision, all_lights: dict[Light, Subject]
) -> None:
    narrow = Actor(Role.SUPERVISOR, user_id=1, organ_id=office.organ.id)
    people = (office.chief, office.leader, office.handler)
    for actor in (office.office, narrow, *people, office.chief_beside):
        assert sees_all(actor) == (actor is office.office)
        by_rule = select(Subject.id).where(seen_by(actor, ON), Subject.kind == "matter")
        listed = db.session.scalars(select_matters(actor, MatterFilter(), ON)).all()
        assert {case.id for case in listed} == set(db.session.scalars(by_rule))
        number = 0 if actor is office.chief_beside else len(all_lights)
        assert sum(count_lights(actor, MatterFilter(), ON).values()) == number


def test_the_sources_of_the_filter_are_all(office: Supervision, sign_in: SignIn) -> None:
    page = sign_in(supervisor()).get("/lights").text
    for source in MatterSource:
        assert f'<option value="{source.value}">' in page
