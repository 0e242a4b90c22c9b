"""What is about nobody has all that a case has: deadlines, messages, evidence, files, a receipt."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote

import docx
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.deadlines.queries import open_deadlines
from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.kinds import Kind, add_kind, kinds_of
from evalsys.cases.engine.models import (
    Attachment,
    CaseStep,
    DeadlineChange,
    Evidence,
    FileView,
    Notice,
    Party,
    Subject,
)
from evalsys.cases.engine.parties import name_party
from evalsys.cases.engine.queries import duties_of
from evalsys.cases.engine.rules.duties import OWNER, Office, Power
from evalsys.cases.engine.rules.machine import Field, Machine, Move
from evalsys.cases.engine.service import open_case, step, take_step
from evalsys.cases.letters.queries import source_of
from evalsys.cases.letters.rules.blocks import Letter
from evalsys.cases.letters.rules.papers import Paper
from evalsys.cases.letters.rules.phrases import sent, texts
from evalsys.cases.letters.rules.source import Source
from evalsys.cases.notices.digests import find_digest
from evalsys.cases.notices.service import reached, remind
from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from tests.cases.letters.reading import text_of
from tests.cases.papers.files import pdf
from tests.factories import make_user
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
OFFICE = Office(
    "office",
    "who has lamps mended",
    Action.CASE_HANDLE,
    by=OWNER,
    role=Role.HR,
    powers=frozenset({Power.PROVE, Power.ASK}),
    urged=frozenset({Light.TODAY}),
)
OVERSEER = Office(
    "overseer",
    "who agrees that it takes longer",
    Action.CASE_DECIDE,
    by=OWNER,
    role=Role.LEADER,
    powers=frozenset({Power.AGREE}),
    urged=frozenset({Light.RED}),
)
HEAD = Office("head", "whose street it is", Action.CASE_PROPOSE, by=OWNER, role=Role.CHIEF)


def told_of(source: Source) -> Letter:
    """Tell the section what was done."""
    who = f"{source.organ}/{source.section}/{source.person}/{source.staff_number}"
    body = texts(f"{who}：{source.entered('how')}")
    return sent(source, "路灯修复告知书", source.section, body, signed_by=source.organ)


STREET_LAMP = Kind(
    name="lamp",
    label="Broken street lamp",
    machine=Machine(
        first="reported",
        moves=(
            Move(
                name="mend",
                sources=("reported",),
                target="mended",
                duty=OFFICE.name,
                label="Mend the lamp",
                fields=(Field("how", "How it was mended"),),
                meets=("plan_wd",),
            ),
        ),
        states={"reported": "reported", "mended": "mended"},
        owners={"plan_wd": HEAD.name},
        opens=("plan_wd",),
    ),
    duties=(OFFICE, OVERSEER, HEAD),
    watchers=frozenset({OFFICE.name, OVERSEER.name, HEAD.name}),
    takes_evidence=frozenset({"reported"}),
    papers={"mend": (Paper("Lamp mended", told_of),)},
    file_word="路灯",
)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    for kind in (STREET_LAMP, ROADWORKS):
        add_kind(app, kind)
    with time_machine.travel(NOW, tick=False):
        yield make_world()
    for kind in (STREET_LAMP, ROADWORKS):
        del kinds_of(app)[kind.name]
    for office in ROADWORKS.duties:
        del app.extensions["evalsys.duties"][office.name]


CO_OWNER = Office("helper", "who helps", Action.CASE_PROPOSE, by="helper", role=Role.CHIEF)
ROADWORKS = replace(
    STREET_LAMP,
    name="roadworks",
    watchers=STREET_LAMP.watchers | {"helper"},
    duties=(*STREET_LAMP.duties, CO_OWNER),
)


def report(world: World, place: Place = Place.OWN) -> Subject:
    section = world.corners[place].section
    with unit_of_work(world.users[Role.HR].actor) as unit:
        return open_case(unit, STREET_LAMP, section, None, {}, now=NOW)


def test_it_is_handled_on_the_pages_of_every_subject(world: World, sign_in: SignIn) -> None:
    lamp = report(world)
    client = sign_in(world.users[Role.HR])
    assert f"/cases/{lamp.id}" in client.get("/?lang=en").text, "it waits on the start page"
    page = client.get(f"/cases/{lamp.id}?lang=en").text
    assert f"Broken street lamp {lamp.number}" in page
    assert world.corners[Place.OWN].section.name in page
    assert f"/cases/{lamp.id}" in client.get("/cases?which=mine&lang=en").text
    proof = {"kind": "complaint", "title": "照片", "body": "灯不亮"}
    files = {"files": (BytesIO(pdf()), "灯.pdf")}
    put = client.post(f"/cases/{lamp.id}/evidence", data={**proof, **files})
    assert put.status_code == 303
    [paper] = db.session.scalars(select(Attachment)).all()
    assert client.get(f"/attachments/{paper.id}", buffered=True).status_code == 200
    done = client.post(f"/cases/{lamp.id}/step/mend", data={"how": "换了灯泡"})
    assert done.status_code == 303
    db.session.rollback()
    assert db.session.get_one(Subject, lamp.id).state == "mended"
    owned = [
        *db.session.scalars(select(CaseStep).filter_by(name="mend")),
        *db.session.scalars(select(Evidence)),
        *db.session.scalars(select(Attachment)),
    ]
    assert [row.subject_id for row in owned] == [lamp.id] * 3
    assert db.session.scalar(select(func.count()).select_from(FileView)) == 0, "of nobody"


def test_its_letter_is_sent_without_a_person(world: World, sign_in: SignIn) -> None:
    lamp, section = report(world), world.corners[Place.OWN].section
    take_step(world.users[Role.HR].actor, lamp.id, "mend", {"how": "换了灯泡"}, now=NOW)
    client = sign_in(world.users[Role.HR])
    [link] = set(re.findall(rf"/cases/{lamp.id}/letter/\d+", client.get(f"/cases/{lamp.id}").text))
    answer = client.get(link)
    assert answer.status_code == 200
    assert quote(f"路灯修复告知书_{lamp.number}.docx") in answer.headers["Content-Disposition"]
    said = text_of(docx.Document(BytesIO(answer.data)))
    assert f"{section.organ.name}/{section.name}//：换了灯泡" in said
    assert f"案卷：路灯 {lamp.number}" in said
    assert db.session.scalar(select(func.count()).select_from(FileView)) == 0, "of nobody"


def test_its_letter_names_the_organ_before_a_section_owns_it(world: World) -> None:
    organ, hr = world.corners[Place.OWN].section.organ, world.users[Role.HR].actor
    with unit_of_work(hr) as unit:
        lamp = open_case(unit, STREET_LAMP, None, None, {}, now=NOW)
        name_party(lamp, OWNER, organ)
        done = step(unit, lamp, "mend", {"how": "换了灯泡"}, now=NOW)
    source = source_of(lamp, done)
    assert (source.organ, source.section, source.person) == (organ.name, "", "")


def test_its_deadline_reminds_and_is_mailed_like_any_other(world: World) -> None:
    lamp, hr = report(world), world.users[Role.HR]
    [due] = open_deadlines([lamp.id], NOW.date())[lamp.id]
    told = select(Notice.topic).where(Notice.subject_id == lamp.id, Notice.user_id == hr.id)
    assert db.session.scalars(told).all() == [], "it was their own report"
    hr.mail_address, later = "hr@example.cn", NOW + (due.due_on - NOW.date())
    db.session.commit()
    with time_machine.travel(later, tick=False):
        assert remind(now=later) > 0
        assert "light_t" in db.session.scalars(told).all()
        digest = find_digest(hr.id, on=due.due_on)
    assert digest is not None
    assert (lamp.number, due.due_on) in {(line.number, line.due_on) for line in digest.lines}


def test_its_own_duties_are_urged_and_ask_for_more_time_and_no_other(
    world: World, sign_in: SignIn
) -> None:
    lamp = report(world)
    [due] = open_deadlines([lamp.id], NOW.date())[lamp.id]
    office, overseer = sign_in(world.users[Role.HR]), sign_in(world.users[Role.LEADER])
    ask = f"/deadlines/{due.id}"
    assert ask in office.get(f"/cases/{lamp.id}").text
    assert ask not in overseer.get(f"/cases/{lamp.id}").text
    assert sign_in(world.users[Role.CHIEF]).get(ask).status_code == 404
    asked = {"kind": "extend", "reason": "灯杆要订做"}
    assert office.post(ask, data=asked).status_code == 303
    change = db.session.scalars(select(DeadlineChange).filter_by(deadline_id=due.id)).one()
    agree, title = f"/deadline-changes/{change.id}", "Decide on a changed deadline"
    assert agree not in office.get("/?lang=en").text
    assert title not in office.get("/?lang=en").text
    assert title in overseer.get("/?lang=en").text
    assert agree in overseer.get(f"/cases/{lamp.id}").text
    assert overseer.post(agree).status_code == 303
    db.session.rollback()
    db.session.refresh(due)
    assert due.due_on > due.started_on
    assert [reached(due, light) for light in (Light.YELLOW, Light.TODAY, Light.RED)] == [
        ("head",),
        ("head", "office"),
        ("head", "overseer"),
    ]


def test_who_opens_it_has_read_it_and_nobody_has_received_it(world: World, sign_in: SignIn) -> None:
    colleague = make_user(Role.HR)
    lamp = report(world)
    sign_in(colleague).get(f"/cases/{lamp.id}")
    of_theirs = Notice.user_id == colleague.id
    read = select(Notice.read_at).where(Notice.subject_id == lamp.id, of_theirs)
    assert db.session.scalars(read).all() == [NOW]
    lines = select(AuditEvent.action).where(AuditEvent.subject_id == str(lamp.id))
    assert Action.CASE_VIEW not in db.session.scalars(lines).all(), "an account of nobody is nobody"


@pytest.mark.parametrize(
    ("role", "is_seen"), [(Role.HR, True), (Role.CHIEF, True), (Role.STAFF, False)]
)
def test_it_is_seen_by_its_watchers_in_their_scope(
    world: World, sign_in: SignIn, role: Role, *, is_seen: bool
) -> None:
    lamp, foreign = report(world), report(world, Place.FOREIGN)
    client = sign_in(world.users[role])
    assert client.get(f"/cases/{lamp.id}").status_code == (200 if is_seen else 404)
    if role is Role.CHIEF:
        assert client.get(f"/cases/{foreign.id}").status_code == 404


def test_the_log_calls_it_as_it_always_called_a_case(world: World) -> None:
    lamp = report(world)
    lines = select(AuditEvent.subject_type).where(AuditEvent.subject_id == str(lamp.id))
    assert "case_file" in db.session.scalars(lines).all()


def test_several_take_part_in_a_duty_that_its_kind_brings(world: World, sign_in: SignIn) -> None:
    own, foreign = (world.corners[place].section for place in (Place.OWN, Place.FOREIGN))
    with unit_of_work(world.users[Role.HR].actor) as unit:
        works = open_case(unit, ROADWORKS, foreign, None, {}, now=NOW)
        chief = world.users[Role.CHIEF].actor
        assert duties_of(chief, works, NOW.date()) == frozenset()
        works.parties.append(Party(duty="helper", section=own))
        works.parties.append(Party(duty="helper", section=world.corners[Place.SIBLING].section))
        db.session.flush()
        assert duties_of(chief, works, NOW.date()) == {"helper"}
        assert world.users[Role.CHIEF] in holders(works, "helper", NOW.date())
    assert sign_in(world.users[Role.CHIEF]).get(f"/cases/{works.id}").status_code == 200


def test_an_organ_owns_it_until_a_section_does(world: World) -> None:
    own, hr = world.corners[Place.OWN].section, world.users[Role.HR].actor
    with unit_of_work(hr) as unit:
        lamp = open_case(unit, STREET_LAMP, None, None, {}, now=NOW)
        assert "office" not in duties_of(hr, lamp, NOW.date())
        name_party(lamp, OWNER, own.organ)
        assert "office" in duties_of(hr, lamp, NOW.date())
        assert world.users[Role.HR] in holders(lamp, "office", NOW.date())
        assert lamp.home is None
        name_party(lamp, OWNER, own)
        assert [(one.section_id, one.organ_id) for one in lamp.parties] == [(own.id, None)]
        assert lamp.section == own
        assert "head" in duties_of(world.users[Role.CHIEF].actor, lamp, NOW.date())


def test_a_kind_with_a_duty_that_nobody_brought_is_refused(app: Flask) -> None:
    unknown = replace(STREET_LAMP, name="unknown", watchers=frozenset({"nobody"}))
    with pytest.raises(ValueError, match=r"does not bring: \['nobody'\]"):
        add_kind(app, unknown)
    other = replace(CO_OWNER, name="person")
    with pytest.raises(ValueError, match="two duties named person"):
        add_kind(app, replace(STREET_LAMP, name="other", duties=(other,)))
