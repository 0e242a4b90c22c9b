"""Letters from real cases: who may have them, what stands in them, where the links are."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import docx
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from evalsys.cases.engine.models import CaseStep, FileView, Subject
from evalsys.cases.engine.service import take_step
from evalsys.cases.letters.queries import source_of
from evalsys.cases.letters.views import DOCX
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.personnel.chiefs.commending import take_up_commendation
from evalsys.personnel.pool.limits import STATEMENT, VERIFY
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.personnel.pool.service import add_note, add_unit
from tests.cases.letters.reading import text_of
from tests.factories import (
    make_case,
    make_chief,
    make_policy,
    make_section,
    make_user,
    publish_period,
    save,
    with_limits,
)
from tests.papers import PAPERS
from tests.personnel.letters.sources import ASSESSED
from tests.personnel.pool.test_service import City
from tests.test_permissions import NO_ID, ROLES, ask, shape
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
# The personnel office, the leader in charge, and the chief as whom the letter is about.
BOTH = {Place.OWN, Place.SIBLING}
READS: dict[str, dict[Role, set[Place]]] = {
    "letters.letter": {Role.HR: BOTH, Role.LEADER: {Place.OWN}, Role.CHIEF: {Place.OWN}},
    "letters.form": {Role.HR: BOTH},
}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def step_of(case: Subject, name: str) -> int:
    query = select(CaseStep.id).where(CaseStep.subject_id == case.id, CaseStep.name == name)
    return db.session.scalars(query).one()


def read(answer: TestResponse) -> str:
    assert answer.status_code == 200
    return text_of(docx.Document(io.BytesIO(answer.data)))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("endpoint", READS)
def test_a_letter_is_for_who_may_see_the_case_and_a_blank_record_for_the_office(
    world: World, app: Flask, sign_in: SignIn, endpoint: str, role: Role
) -> None:
    client = sign_in(world.users[role])
    client.post("/inbox")  # Every page counts what is unread, and what is opened is read.
    nowhere = shape(client.get("/no/such/page"))
    move = "interview" if endpoint == "letters.letter" else "notice"
    for place in Place:
        case = world.cases.get(place)
        values = {
            "case_id": case.id if case else NO_ID,
            "step_id": step_of(case, move) if case else NO_ID,
        }
        answer = ask(client, app, endpoint, values)
        if place in READS[endpoint].get(role, set()):
            assert answer.status_code == 200, place
        else:
            assert (answer.status_code, shape(answer)) == (404, nowhere), place


def test_the_letter_is_a_document_named_after_what_it_is(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    client = sign_in(world.users[Role.HR])
    answer = client.get(f"/cases/{case.id}/letter/{step_of(case, 'interview')}")
    assert answer.mimetype == DOCX
    assert ".docx" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    said = read(answer)
    assert "约谈记录" in said
    assert case.staff.name in said


def test_a_step_of_another_case_and_a_step_without_a_letter_are_absent(
    world: World, sign_in: SignIn
) -> None:
    case, other = world.cases[Place.OWN], world.cases[Place.SIBLING]
    client = sign_in(world.users[Role.HR])
    for step in (step_of(other, "interview"), step_of(case, "verify")):
        assert client.get(f"/cases/{case.id}/letter/{step}").status_code == 404
    assert client.get(f"/cases/{case.id}/form/{step_of(case, 'interview')}").status_code == 404


def test_a_look_at_a_letter_is_noted_for_the_person(world: World, sign_in: SignIn) -> None:
    case = world.cases[Place.OWN]
    path = f"/cases/{case.id}/letter/{step_of(case, 'interview')}"
    sign_in(world.users[Role.HR]).get(path)
    sign_in(world.users[Role.CHIEF]).get(path)
    rows = db.session.scalars(select(FileView).where(FileView.page.startswith("letter"))).all()
    assert [(row.user_id, row.staff_id) for row in rows] == [
        (world.users[Role.HR].id, case.staff_id)
    ]


@pytest.mark.parametrize(("role", "has_form"), [(Role.HR, True), (Role.CHIEF, False)])
def test_the_page_of_a_case_links_its_letters(
    world: World, sign_in: SignIn, role: Role, *, has_form: bool
) -> None:
    case = world.cases[Place.OWN]
    page = sign_in(world.users[role]).get(f"/cases/{case.id}").text
    assert f"/cases/{case.id}/letter/{step_of(case, 'interview')}" in page
    assert f"/cases/{case.id}/letter/{step_of(case, 'notice')}" in page
    assert (f"/cases/{case.id}/form/{step_of(case, 'notice')}" in page) is has_form


def test_a_return_and_a_stay_have_their_letters(app: Flask, sign_in: SignIn) -> None:
    """From the proposal to the new post: each letter says what was filled in at its step."""
    city, now = City(), datetime(2026, 11, 24, 2, tzinfo=UTC)
    stay = city.plan(city.admitted())
    add_unit(
        city.hr,
        stay.id,
        kind=TrainingKind.STUDY,
        title="审批业务课程",
        place="市委党校",
        span=(date(2026, 11, 24), date(2026, 11, 27)),
        hours=24,
        result="合格",
        now=now + timedelta(days=3),
    )
    said = letter_words(sign_in, city, "plan", now)
    assert city.mentor.name in said
    returned = db.session.scalars(select(Subject).where(Subject.kind == "return")).one()
    for name, told in (
        ("propose", "丁卫国"),
        ("notify", "三次办错"),
        ("talk", "未经培训上岗"),
        ("admit", "同意5票、反对1票"),
    ):
        assert told in read(download(sign_in, city, returned, name)), name
    move_on(city, stay, now)
    assert "审批业务课程，市委党校" in letter_words(sign_in, city, "pass", now)
    said = letter_words(sign_in, city, "reassign", now)
    assert "市政务局综合科" in said
    assert "内部复核" in said


def move_on(city: City, stay: Subject, now: datetime) -> None:
    """Take the stay to a new post, when the three months are over."""
    add_note(city.mentor_user, stay.id, "能独立受理", now=now)
    over = now + timedelta(days=93)
    take_step(city.hr, stay.id, "begin_assessment", {}, now=over)
    take_step(city.hr, stay.id, "pass", ASSESSED, now=over)
    section = make_section(name="综合科")
    section.organ.name = "市政务局"
    db.session.commit()
    post = {"section": section.code, "post": "四级主任科员", "starts_on": date(2027, 3, 1)}
    more = {"agreed": True, "document": "青审人〔2026〕9号"}
    take_step(city.hr, stay.id, "reassign", {**post, **more}, now=over)


def download(sign_in: SignIn, city: City, case: Subject, name: str) -> TestResponse:
    user = db.session.get_one(User, city.hr.user_id)
    return sign_in(user).get(f"/cases/{case.id}/letter/{step_of(case, name)}")


def letter_words(sign_in: SignIn, city: City, name: str, now: datetime) -> str:
    stay = db.session.scalars(select(Subject).where(Subject.kind == "pool")).one()
    assert ("pool", name) in PAPERS
    with time_machine.travel(now, tick=False):
        return read(download(sign_in, city, stay, name))


def test_a_letter_keeps_what_held_on_its_day(app: Flask) -> None:
    """Neither a later step nor a newer policy changes a letter that was sent."""
    city = City()
    case = city.talked()
    steps = {step.name: step for step in db.session.scalars(select(CaseStep))}
    make_policy(
        with_limits({STATEMENT: 10, VERIFY: 20}),
        version=99,
        adopted_at=datetime(2026, 11, 24, 2, tzinfo=UTC) + timedelta(days=1),
    )
    source = source_of(case, steps["notify"])
    assert (source.term(STATEMENT), source.term(VERIFY)) == (5, 10)
    assert set(source.entries) == {"propose", "notify"}
    assert "talk" in source_of(case, steps["talk"]).entries


def commended(section: Section, document: str, period: str) -> Subject:
    """The case of a chief who was commended by a document."""
    chief = make_chief(section)
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.CASE_OPEN, "closing")
        case = take_up_commendation(unit, section, chief, {"period": period}, now=NOW)
    assert case is not None
    notice = dict.fromkeys(("deeds", "where", "contact"), "全程网办")
    publish_period(period)
    take_step(make_user(Role.HR).actor, case.id, "choose", notice, now=NOW)
    take_step(make_user(Role.HR).actor, case.id, "publish_notice", {}, now=NOW)
    decided = {"decider": "李局长", "document": document, "reasons": "事迹突出"}
    take_step(SYSTEM, case.id, "commend", decided, now=NOW + timedelta(days=20))
    return case


def test_a_commendation_gives_a_decision_with_its_list_and_a_certificate(
    world: World, sign_in: SignIn
) -> None:
    organ = world.corners[Place.OWN].section.organ
    case = commended(make_section(organ, name="登记处"), "审〔2026〕1号", "2026-Q3")
    another = commended(make_section(organ, name="综合处"), "审〔2026〕2号", "2026-Q2")
    together = commended(make_section(organ, name="监管处"), "审〔2026〕1号", "2026-Q1")
    elsewhere = commended(make_section(name="外地处"), "审〔2026〕1号", "2026-Q3")
    client, path = sign_in(world.users[Role.HR]), f"/cases/{case.id}/letter"
    step = step_of(case, "commend")
    assert f"{path}/{step}/2" in client.get(f"/cases/{case.id}").text
    said = read(client.get(f"{path}/{step}"))
    assert "等2名同志" in said
    assert together.section.name in said, "decided later, by the same document"
    for other in (another, elsewhere):
        assert other.section.name not in said
    certificate = read(client.get(f"{path}/{step}/2"))
    assert "荣誉证书" in certificate
    assert f"{case.staff.name}同志" in certificate
    for number in (0, 3):
        assert client.get(f"{path}/{step}/{number}").status_code == 404


def test_a_commendation_without_a_document_lists_the_person_alone(app: Flask) -> None:
    section = make_section()
    case = make_case("commendation", section=section)
    step = CaseStep(
        subject_id=case.id,
        name="commend",
        source="on_notice",
        target="commended",
        at=NOW,
        role=Role.LEADER,
        entry={},
    )
    assert source_of(case, save(step)).more == {"honoured": []}
