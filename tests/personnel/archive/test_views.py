from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Deadline, FileView, Looked, Subject
from evalsys.cases.engine.service import page_of
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Posting, Staff, StaffStatus, StatusKind
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.pool.rules.stays import TrainingKind
from tests.factories import (
    make_case,
    make_posting,
    make_staff,
    make_thin_member_score,
    make_user,
    save,
)
from tests.test_permissions import ROLES, SEES, ask, member_number, shape
from tests.world import NOW, TODAY, Place, World, make_world

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.mark.parametrize("role", ROLES)
def test_an_archive_is_open_to_its_owner_and_to_who_is_in_charge(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    readers = {Role.HR, Role.LEADER, Role.CHIEF}
    for place in Place:
        answer = ask(client, app, "archive.show", {"number": member_number(world, place)})
        is_own = role is Role.STAFF and place is Place.OWN
        if is_own or (role in readers and place in SEES[role]):
            assert answer.status_code == 200, place
        else:
            assert (answer.status_code, shape(answer)) == (404, nowhere), place


def test_the_owner_sees_who_looked(world: World, sign_in: SignIn) -> None:
    own = world.corners[Place.OWN].member
    office = sign_in(world.users[Role.HR])
    assert office.get(f"/archive/{own.number}").status_code == 200
    name = world.users[Role.HR].display_name
    assert name in sign_in(world.users[Role.STAFF]).get(f"/archive/{own.number}").text


def test_an_archive_has_scores_and_cases_good_and_bad(world: World, sign_in: SignIn) -> None:
    corner = world.corners[Place.OWN]
    make_case("commendation", section=corner.section, staff=corner.chief, state="commended")
    page = sign_in(world.users[Role.HR]).get(f"/archive/{corner.chief.number}").text
    assert f"/cases/{world.cases[Place.OWN].id}" in page
    assert "2026" in page
    praised = db.session.scalars(select(Subject).filter_by(kind="commendation")).one()
    assert sign_in(world.users[Role.HR]).get(f"/cases/{praised.id}").status_code == 200
    client = sign_in(world.users[Role.CHIEF])
    client.post("/inbox")
    commended = client.get("/?show=rights").text
    assert f"/cases/{world.cases[Place.OWN].id}/step/file_plan" in commended


def test_a_chief_does_not_see_the_pool_in_an_archive(world: World, sign_in: SignIn) -> None:
    person = world.stay.staff
    path = f"/archive/{person.number}"
    assert f"/cases/{world.stay.id}" in sign_in(world.users[Role.HR]).get(path).text
    assert f"/cases/{world.stay.id}" not in sign_in(world.users[Role.CHIEF]).get(path).text


@pytest.mark.parametrize("role", sorted(SEES))
def test_the_search_names_nobody_beyond_the_scope(
    world: World, sign_in: SignIn, role: Role
) -> None:
    answer = sign_in(world.users[role]).get("/archive")
    if answer.status_code != 200:
        return
    for place, corner in world.corners.items():
        assert (corner.member.number in answer.text) == (place in SEES[role])


def test_the_search_finds_by_number_and_by_open_case(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.users[Role.HR])
    corner = world.corners[Place.OWN]
    found = client.get(f"/archive?q={corner.member.number}").text
    assert corner.member.number in found
    assert corner.chief.number not in found
    found = client.get("/archive?which=cases").text
    assert corner.chief.number in found
    assert corner.member.number not in found


def test_the_search_asks_few_questions(
    world: World, sign_in: SignIn, statements: list[str]
) -> None:
    client = sign_in(world.users[Role.HR])
    client.get("/archive")
    statements.clear()
    client.get("/archive")
    few = len(statements)
    for _ in range(5):
        make_staff(world.corners[Place.OWN].section)
    statements.clear()
    assert client.get("/archive").status_code == 200
    assert len(statements) == few <= 12


def notified(world: World) -> Subject:
    """A return of the member of the own corner, told on the day before; a statement is awaited."""
    corner = world.corners[Place.OWN]
    case = make_case("return", section=corner.section, staff=corner.member, state="notified")
    told = {"subject_id": case.id, "at": NOW - timedelta(days=1), "role": Role.HR}
    save(CaseStep(name="propose", source="draft", target="proposed", entry={}, **told))
    entry = {"delivered": "当面送达"}
    save(CaseStep(name="notify", source="proposed", target="notified", entry=entry, **told))
    term = {"started_on": TODAY - timedelta(days=1), "due_on": TODAY + timedelta(days=7)}
    term["nears_on"] = term["due_on"]
    save(
        Deadline(
            subject_id=case.id,
            rule="statement_wd",
            duty="person",
            amount=5,
            is_provisional=False,
            **term,
        )
    )
    return case


def test_one_click_leads_from_the_deadline_to_the_statement(world: World, sign_in: SignIn) -> None:
    case = notified(world)
    client = sign_in(world.users[Role.STAFF])
    page = client.get("/?show=rights").text
    assert page.count(f'/cases/{case.id}/step/state"') == 1
    assert "Give a statement by 1 December" in page
    assert f"/cases/{case.id}/step/waive" in page
    assert f"/cases/{case.id}/step/verify" not in page
    assert client.get(f"/cases/{case.id}/step/state").status_code == 200


def test_rights_offer_nothing_in_a_case_of_somebody_else(world: World, sign_in: SignIn) -> None:
    case = notified(world)
    assert f"/cases/{case.id}" not in sign_in(world.users[Role.CHIEF]).get("/?show=rights").text


def test_old_addresses_lead_to_the_one_list(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(make_user(Role.HR))
    for path, show in (("/rights", "rights"), ("/remedies", "rights"), ("/inbox", "messages")):
        assert client.get(path).headers["Location"] == f"/?show={show}"
        assert client.get(path, follow_redirects=True).status_code == 200
    assert client.get("/archive/me").headers["Location"] == "/archive"


def test_me_is_the_own_archive(world: World, sign_in: SignIn) -> None:
    answer = sign_in(world.users[Role.STAFF]).get("/archive/me")
    own = world.corners[Place.OWN].member.number
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/archive/{own}")


def test_a_look_at_a_case_that_is_not_told_yet_is_shown_when_it_is(
    world: World, sign_in: SignIn
) -> None:
    corner = world.corners[Place.OWN]
    case = make_case("return", section=corner.section, staff=corner.member, state="draft")
    office, owner = sign_in(world.users[Role.HR]), sign_in(world.users[Role.STAFF])
    assert office.get(f"/cases/{case.id}").status_code == 200
    name = world.users[Role.HR].name
    lines = sign_in(world.users[Role.AUDITOR]).get("/looks").text
    assert name in lines
    nobody = "Nobody but you has looked yet"
    assert nobody in owner.get(f"/archive/{corner.member.number}").text
    case.state = "notified"
    save(case)
    assert nobody not in owner.get(f"/archive/{corner.member.number}").text


def test_the_auditor_sees_who_looked_at_whose_file_and_neither_name_nor_case(
    world: World, sign_in: SignIn
) -> None:
    member, chief = world.corners[Place.OWN].member, world.corners[Place.OWN].chief
    office = sign_in(world.users[Role.HR])
    for staff in (member, chief):
        office.get(f"/archive/{staff.number}")
    auditor = sign_in(world.users[Role.AUDITOR])
    page = auditor.get("/looks").text
    assert member.number in page
    assert chief.number in page
    assert member.name not in page
    assert "/cases/" not in page
    found = auditor.get(f"/looks?q={chief.number}").text
    assert chief.number in found
    assert member.number not in found
    assert auditor.get(f"/archive/{member.number}").status_code == 404


def test_the_auditor_reads_every_kind_of_look(world: World, sign_in: SignIn) -> None:
    member, office = world.corners[Place.OWN].member, world.users[Role.HR]
    for number, what in enumerate(Looked):
        seen = {"day": NOW.date(), "user_id": office.id, "at": NOW}
        save(FileView(staff_id=member.id, page=page_of(what, str(number)), **seen))
    page = sign_in(world.users[Role.AUDITOR]).get("/looks")
    assert page.status_code == 200
    assert page.text.count(member.number) == len(Looked)


def test_the_timeline_tells_every_step_training_and_move_the_latest_first(
    world: World, sign_in: SignIn
) -> None:
    person = world.stay.staff
    status = {"kind": StatusKind.STUDY, "started_on": date(2024, 3, 1)}
    save(StaffStatus(staff_id=person.id, ended_on=date(2024, 6, 30), **status))
    step = {"name": "suspend", "source": "in_training", "target": "suspended", "role": Role.HR}
    entry = {"cause": "medical", "reasons": "住院"}
    save(CaseStep(subject_id=world.stay.id, at=NOW, entry=entry, **step))
    page = sign_in(world.users[Role.HR]).get(f"/archive/{person.number}").text
    told = ["Suspend", "Medical treatment", "窗口业务", "Released for study", "Came to"]
    places = [page.find(words) for words in told]
    assert -1 not in places, dict(zip(told, places, strict=True))
    assert places == sorted(places)
    assert "住院" not in page  # That is read in the case.
    corner = world.corners[Place.OWN]
    led = sign_in(world.users[Role.HR]).get(f"/archive/{corner.chief.number}").text
    assert "Began to lead the section" in led


def test_too_few_ballots_show_no_figure(world: World, sign_in: SignIn) -> None:
    corner = world.corners[Place.OWN]
    person: Staff = make_staff(corner.section)
    make_thin_member_score(world.result, corner.section, person)
    page = sign_in(world.users[Role.HR]).get(f"/archive/{person.number}").text
    assert "too few ballots" in page
    assert ">7<" not in page


def test_an_archive_asks_few_questions(
    world: World, sign_in: SignIn, statements: list[str]
) -> None:
    corner = world.corners[Place.OWN]
    client, path = sign_in(world.users[Role.HR]), f"/archive/{corner.chief.number}"
    client.get(path)
    statements.clear()
    client.get(path)
    few = len(statements)
    for _ in range(3):
        make_case("commendation", section=corner.section, staff=corner.chief, state="commended")
    db.session.expunge_all()
    statements.clear()
    assert client.get(path).status_code == 200
    assert len(statements) == few <= 20


def test_the_search_narrows_to_a_section(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.users[Role.HR])
    own, sibling = world.corners[Place.OWN], world.corners[Place.SIBLING]
    found = client.get(f"/archive?section={own.section.code}").text
    assert own.member.number in found
    assert sibling.member.number not in found
    foreign = world.corners[Place.FOREIGN]
    found = client.get(f"/archive?section={foreign.section.code}").text
    assert foreign.member.number not in found
    assert foreign.section.name not in found


@pytest.mark.parametrize(
    ("role", "place", "is_found"),
    [(Role.HR, Place.OWN, True), (Role.HR, Place.FOREIGN, False), (Role.CHIEF, Place.OWN, False)],
)
def test_who_left_stays_with_the_office_of_the_last_section(
    world: World, sign_in: SignIn, role: Role, place: Place, *, is_found: bool
) -> None:
    gone = world.corners[place].member
    posting = db.session.scalars(select(Posting).where(Posting.staff_id == gone.id)).one()
    posting.ended_on = TODAY - timedelta(days=1)
    db.session.commit()
    client = sign_in(world.users[role])
    link = f'href="/archive/{gone.number}'
    assert (link in client.get(f"/archive?q={gone.number}").text) is is_found
    assert (client.get(f"/archive/{gone.number}").status_code == 200) is is_found


def test_who_went_on_to_another_organ_is_not_the_old_offices_any_more(
    world: World, sign_in: SignIn
) -> None:
    gone, foreign = world.corners[Place.OWN].member, world.corners[Place.FOREIGN].section
    posting = db.session.scalars(select(Posting).where(Posting.staff_id == gone.id)).one()
    posting.ended_on = TODAY - timedelta(days=10)
    db.session.commit()
    make_posting(gone, foreign, started_on=TODAY - timedelta(days=9))
    assert sign_in(world.users[Role.HR]).get(f"/archive/{gone.number}").status_code == 404


def test_training_stands_in_the_archive_once_it_has_begun(world: World, sign_in: SignIn) -> None:
    person = world.stay.staff
    for title, first, last in (("已结束的课", -20, -10), ("在学的课", -5, 30), ("以后的课", 3, 9)):
        save(
            TrainingUnit(
                case_id=world.stay.id,
                kind=TrainingKind.STUDY,
                title=title,
                place="党校",
                starts_on=TODAY + timedelta(days=first),
                ends_on=TODAY + timedelta(days=last),
                hours=8,
            )
        )
    page = sign_in(world.users[Role.HR]).get(f"/archive/{person.number}").text
    assert "以后的课" not in page
    assert -1 < page.find("在学的课") < page.find("已结束的课")
