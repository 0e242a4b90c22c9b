"""A kind without a person, whose cases have a title, on every page that shows cases.

An organ owns a broken drain until the office gives it to a section; other sections may help.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.kinds import Kind, add_kind, kinds_of
from evalsys.cases.engine.models import CaseStep, DeadlineChange, Party, Subject
from evalsys.cases.engine.parties import list_named, name_party
from evalsys.cases.engine.rules.duties import OWNER, Office, Power
from evalsys.cases.engine.rules.machine import Field, FieldKind, Machine, Move
from evalsys.cases.engine.service import open_case
from evalsys.cases.engine.titles import names_of
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, case_columns, read_lines
from tests.factories import make_chief, make_section, make_user
from tests.world import NOW, TODAY, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
TITLE = "文化路雨水井反复堵塞"
HELPER = "drain_helper"
OFFICES = (
    Office(
        "drain_office",
        "the drain office",
        Action.CASE_HANDLE,
        by=OWNER,
        role=Role.HR,
        powers=frozenset({Power.PROVE, Power.ASK, Power.DECIDE}),
    ),
    Office("drain_head", "whose drain it is", Action.CASE_PROPOSE, by=OWNER, role=Role.CHIEF),
    Office(
        HELPER,
        "who helps",
        Action.CASE_PROPOSE,
        by=HELPER,
        role=Role.CHIEF,
        heading="Helping sections",
    ),
    Office(
        "drain_leader",
        "who agrees",
        Action.CASE_DECIDE,
        by=OWNER,
        role=Role.LEADER,
        powers=frozenset({Power.AGREE}),
    ),
)
HEAD = "drain_head"


def give(_unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Give the drain to a section, and name those that help."""
    [section] = list_named(step.entry["section"], local_day(now))
    name_party(case, OWNER, section)
    for helper in list_named(step.entry.get("helpers", ""), local_day(now)):
        case.parties.append(Party(duty=HELPER, section=helper))


DRAIN = Kind(
    "drain",
    "Broken drain",
    Machine(
        "reported",
        (
            Move(
                "give", ("reported",), "given", "drain_office", "Give the drain to a section",
                fields=(
                    Field("section", "Its section", FieldKind.SECTION),
                    Field("helpers", "Sections that help", FieldKind.SECTIONS, is_required=False),
                ),
                meets=("plan_wd",), starts=("verify_low_wd",),
            ),
            Move(
                "mend", ("given",), "mended", HEAD, "Mend the drain", asks="Say how it went",
                form="result", fields=(Field("how", "How it was mended"),),
                meets=("verify_low_wd",), also=(HELPER,),
            ),
            Move(
                "leave", ("given",), "left", HEAD, "Leave the drain", asks="Say how it went",
                form="result", fields=(Field("why", "Why it cannot be mended"),),
                meets=("verify_low_wd",),
            ),
        ),
        {"reported": "is reported", "given": "is given", "mended": "is mended", "left": "is left"},
        {"plan_wd": "drain_office", "verify_low_wd": HEAD},
        opens=("plan_wd",),
        forms={"result": "How it went"},
    ),
    watchers=frozenset(office.name for office in OFFICES),
    duties=OFFICES,
    effects={"give": give},
    takes_evidence=frozenset({"reported", "given"}),
    title=Subject.grounds["title"].as_string(),
    in_title=lambda text: Subject.grounds["title"].as_string().contains(text, autoescape=True),
)  # fmt: skip
BILL = Kind(
    "bill",
    "Bill of a drain",
    Machine("open", (), {"open": "is open"}, {}),
    watchers=frozenset({"drain_leader", HEAD}),
    duties=OFFICES,
)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    for kind in (DRAIN, BILL):
        add_kind(app, kind)
    with time_machine.travel(NOW, tick=False):
        yield make_world()
    for kind in (DRAIN, BILL):
        del kinds_of(app)[kind.name]
    for office in OFFICES:
        del app.extensions["evalsys.duties"][office.name]


def report(world: World) -> Subject:
    """A drain of the foreign organ, owned by no section yet."""
    organ = world.corners[Place.FOREIGN].section.organ
    with unit_of_work(world.city.actor) as unit:
        drain = open_case(unit, DRAIN, None, None, {"title": TITLE}, now=NOW)
        name_party(drain, OWNER, organ)
    return drain


def words_of(client: FlaskClient, address: str) -> str:
    """The visible text of a page, which is read to the end: nothing is missing, nothing empty."""
    answer = client.get(f"{address}{'&' if '?' in address else '?'}lang=en")
    assert answer.status_code == 200, address
    text = " ".join(re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2]).split())
    for wrong in (r"\bNone\b", r"(?<!\w)\* ", r"· ·", r"\(\)"):
        assert not re.search(wrong, text), (address, wrong)
    return text


def foreign(world: World) -> Section:
    return world.corners[Place.FOREIGN].section


def given(world: World, client: FlaskClient, helpers: str = "") -> Subject:
    """A drain that the foreign section was given."""
    drain = report(world)
    entry = {"section": foreign(world).code, "helpers": helpers}
    assert client.post(f"/cases/{drain.id}/step/give", data=entry).status_code == 303
    db.session.rollback()
    return drain


def test_before_a_section_owns_it_pages_name_its_title_and_its_organ(
    world: World, sign_in: SignIn
) -> None:
    drain, client = report(world), sign_in(world.city)
    organ = foreign(world).organ.name
    for address in ("/", "/?show=all", "/cases?which=mine", "/cases?kind=drain"):
        text = words_of(client, address)
        assert TITLE in text, address
        assert organ in text, address
    page = words_of(client, f"/cases/{drain.id}")
    assert f"{TITLE} · {organ}" in page, "the heading"
    assert f"Organ {organ}" in page, "among the people"
    for name in ("step/give", "evidence"):
        text = words_of(client, f"/cases/{drain.id}/{name}")
        assert name == "evidence" or f"{TITLE} · {organ} · Stage: is reported" in text


def test_a_search_finds_it_by_title_or_number(world: World, sign_in: SignIn) -> None:
    drain, client = report(world), sign_in(world.city)
    for text in ("雨水井", TITLE, drain.number):
        assert f"/cases/{drain.id}" in client.get("/cases", query_string={"q": text}).text
    for text in ("污水井", "2025-001", world.corners[Place.OWN].chief.number):
        assert f"/cases/{drain.id}" not in client.get("/cases", query_string={"q": text}).text


def test_its_section_and_those_that_help_walk_through_its_pages(
    world: World, sign_in: SignIn
) -> None:
    own = world.corners[Place.OWN].section
    drain = given(world, sign_in(world.city), helpers=f" {own.code} ")
    chief = sign_in(world.users[Role.CHIEF])
    page = words_of(chief, f"/cases/{drain.id}")
    assert f"{TITLE} · {foreign(world).name}" in page
    assert f"Section {foreign(world).organ.name} {foreign(world).name}" in page
    assert f"Helping sections {own.name}" in page
    assert f"Sections that help: {own.code}" in page, "what was filled in"
    assert TITLE in words_of(chief, "/?show=all")
    assert TITLE in words_of(chief, f"/cases/{drain.id}/step/result")
    done = chief.post(f"/cases/{drain.id}/step/result", data={"choice": "mend", "how": "疏通"})
    assert done.status_code == 303
    assert "This case is closed" in words_of(chief, f"/cases/{drain.id}")


def test_messages_name_it_by_its_title(world: World, sign_in: SignIn) -> None:
    head = make_user(Role.CHIEF, staff_id=world.corners[Place.FOREIGN].chief.id)
    drain = given(world, sign_in(world.city))
    text = words_of(sign_in(head), "/?show=messages")
    assert f"Broken drain {drain.number}: is given sent on 24 Nov 2026 · {TITLE}" in text


def test_its_deadline_is_changed_on_pages_that_miss_nothing(world: World, sign_in: SignIn) -> None:
    office = sign_in(world.city)
    drain = given(world, office)
    page = office.get(f"/cases/{drain.id}").text
    ask = re.findall(r"/deadlines/\d+", page)[0]
    words_of(office, ask)
    assert office.post(ask, data={"kind": "pause", "reason": "等材料"}).status_code == 303
    organ = foreign(world).organ_id
    leader = sign_in(make_user(Role.LEADER, organ_id=organ))
    change = db.session.scalars(select(DeadlineChange).order_by(DeadlineChange.id.desc())).first()
    assert change is not None
    words_of(leader, f"/deadline-changes/{change.id}")
    assert "Broken drain" in words_of(leader, "/?show=all")


@pytest.mark.parametrize(
    ("helpers", "said"),
    [
        ("NIRGENDS", "There is no section NIRGENDS today."),
        ("{own}、{own}", "{own} is named twice."),
        ("{own},NIRGENDS", "There is no section NIRGENDS today."),
    ],
)
def test_sections_are_refused_by_code(
    world: World, sign_in: SignIn, helpers: str, said: str
) -> None:
    drain, client = report(world), sign_in(world.city)
    own = world.corners[Place.OWN].section.code
    entry = {"section": foreign(world).code, "helpers": helpers.format(own=own)}
    refused = client.post(f"/cases/{drain.id}/step/give?lang=en", data=entry)
    assert refused.status_code == 422
    assert f"Sections that help: {said.format(own=own)}" in refused.text
    assert entry["helpers"] in refused.text, "what was typed is kept"
    db.session.rollback()
    assert db.session.get_one(Subject, drain.id).state == "reported"


def test_several_sections_are_named_in_one_line(world: World, sign_in: SignIn) -> None:
    own, sibling = (world.corners[place].section for place in (Place.OWN, Place.SIBLING))
    drain = given(world, sign_in(world.city), helpers=f"{own.code}，{sibling.code}")
    step = db.session.scalars(select(CaseStep).filter_by(subject_id=drain.id)).one()
    assert step.entry["helpers"] == f"{own.code} {sibling.code}"
    assert names_of(db.session.get_one(Subject, drain.id), HELPER) == [own.name, sibling.name]


def test_what_follows_from_it_leads_back_for_whoever_sees_it(world: World, sign_in: SignIn) -> None:
    drain, section = report(world), make_section(foreign(world).organ)
    with unit_of_work(world.city.actor) as unit:
        bill = open_case(unit, BILL, section, None, {}, now=NOW, origin=drain)
    link = f'href="/cases/{drain.id}"'
    leader = make_user(Role.LEADER, organ_id=section.organ_id)
    assert link in sign_in(leader).get(f"/cases/{bill.id}").text
    chief = make_user(Role.CHIEF, staff_id=make_chief(section).id)
    page = sign_in(chief).get(f"/cases/{bill.id}?lang=en").text
    assert link not in page, "no section of theirs owns it"
    assert f"Broken drain {drain.number}" in page


def case_of(line: CaseLine) -> Subject:
    return line.case


def test_a_register_has_it_before_and_after_it_has_a_section(world: World, sign_in: SignIn) -> None:
    own, organ = world.corners[Place.OWN].section, foreign(world).organ
    early, late = report(world), given(world, sign_in(world.city))
    columns = case_columns(case_of)

    def rows(**filters: str) -> list[list[object]]:
        request = CaseRequest(world.city.actor, "drains", TODAY, TODAY, filters, "zh", NOW)
        lines = read_lines(request.select_cases(DRAIN.name))
        return [[column.value(line) for column in columns] for line in lines]

    wanted = [
        ["—", "is reported", early.number, organ.name, "—"],
        ["—", "is given", late.number, organ.name, foreign(world).code],
    ]
    assert rows() == wanted
    assert rows(organ=organ.code) == wanted
    assert rows(organ=own.organ.code) == []
    assert rows(section=foreign(world).code) == wanted[1:]


def test_the_day_decides_which_sections_there_are(world: World) -> None:
    ended = make_section(ended_on=date(2026, 11, 23))
    codes = f"{ended.code} {foreign(world).code}"
    assert [one.code for one in list_named(codes, TODAY)] == [foreign(world).code]
    assert len(list_named(codes, date(2026, 11, 23))) == 2
