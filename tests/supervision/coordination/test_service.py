"""What a coordination holds, from the question to the closed task."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from evalsys.cases.engine.models import Deadline, Notice, Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.cases.engine.rules.entries import BadEntry
from evalsys.cases.engine.rules.machine import NoSuchMove, NotYourStep
from evalsys.cases.inbox.lists import list_waiting
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor
from evalsys.supervision.coordination.models import Coordination
from evalsys.supervision.coordination.service import take_up
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.escalation.service import escalate
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import MAIN, MatterSource
from tests.factories import make_staff, make_user
from tests.supervision.coordination.office import UNTIL, Coordinations, matters_of
from tests.supervision.office import NOW, at


@pytest.fixture
def city(app: object) -> Coordinations:
    return Coordinations()


def main_term(case: Subject) -> Deadline:
    """Return the one main term that runs in a matter."""
    query = select(Deadline).where(Deadline.subject_id == case.id, Deadline.closed_on.is_(None))
    return db.session.scalars(query.where(Deadline.rule.in_(MAIN))).one()


def waits(actor: Actor, now: datetime = NOW) -> set[int]:
    """Return the cases that wait for somebody."""
    rows, _ = list_waiting(actor, on=now.date(), limit=50)
    return {row.case_id for row in rows}


def sees(actor: Actor, now: datetime = NOW) -> set[int]:
    return {case.id for case in db.session.scalars(select_cases(actor, on=now.date()))}


def test_the_head_begins_and_who_is_called_sees_it(city: Coordinations) -> None:
    case = city.taken_up()
    for actor in (city.head, city.chief, city.chief_elsewhere, city.office):
        assert case.id in sees(actor)
    for actor in (city.chief_beside, city.handler, city.leader):
        assert case.id not in sees(actor)
    assert case.id in waits(city.head)
    told = set(db.session.scalars(select(Notice.user_id).where(Notice.subject_id == case.id)))
    assert told == {city.chief.user_id, city.chief_elsewhere.user_id}
    term = db.session.scalars(select(Deadline).where(Deadline.subject_id == case.id)).one()
    assert (term.rule, term.duty) == ("coordinate_wd", MatterDuty.CONVENER)


@pytest.mark.parametrize("who", ["chief", "leader", "office", "handler"])
def test_nobody_else_begins_or_decides(city: Coordinations, who: str) -> None:
    actor = getattr(city, who)
    with pytest.raises(DomainError, match="opened by the head"):
        take_up(actor, city.question(), now=NOW)
    case = city.taken_up()
    with pytest.raises(NotYourStep):
        city.take(actor, case, "decide", conclusion="一次办清。")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"called": "SP01 NONE"}, "no section NONE"),
        ({"raised_on": date(2026, 2, 13)}, "still to come"),
    ],
)
def test_a_wrong_question_stores_nothing(
    city: Coordinations, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(DomainError) as caught:
        take_up(city.head, city.question(**values), now=NOW)
    assert words in caught.value.message % caught.value.params
    assert db.session.scalars(select(Coordination)).all() == []
    assert db.session.scalars(select(Subject)).all() == []


def test_a_task_is_a_matter_assigned_at_once_with_its_own_day(city: Coordinations) -> None:
    case = city.decided()
    task = city.given(case)
    matter = db.session.get_one(Matter, task.id)
    assert (task.state, matter.source) == ("assigned", MatterSource.COORDINATION)
    assert (matter.title, task.grounds["says"]) == ("专窗设置方案", "请拿出方案。")
    assert (task.section.code, task.named(MatterDuty.HANDLER)) == ("SP01", city.member)
    term = main_term(task)
    assert (term.rule, term.due_on, term.amount) == ("coordination_wd", UNTIL, 9)
    assert task.id in waits(city.handler)
    assert task.id not in waits(city.office)


def test_a_section_that_was_called_from_elsewhere_takes_a_task(city: Coordinations) -> None:
    case = city.decided()
    task = city.given(case, section="RS05", handler=city.chief_number)
    assert task.section.code == "RS05"
    assert task.id in sees(city.head), "the head follows what was given, whoever owns it"
    city.take(city.chief_elsewhere, task, "sign")
    city.take(city.chief_elsewhere, task, "report", result="已比对。")
    assert task.id in waits(city.head)


def test_a_section_that_was_not_called_takes_none(city: Coordinations) -> None:
    case = city.decided(called="SP01")
    with pytest.raises(DomainError, match="no section"):
        city.given(case, section="RS05", handler=city.chief_number)
    assert matters_of(case) == []
    city.take(city.head, case, "call", called="RS05")
    assert city.given(case, section="RS05", handler=city.chief_number).section.code == "RS05"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"until": "2026-02-12"}, "is not ahead"),
        ({"until": "2026-02-16"}, "is a day off"),
        ({"until": "2126-02-12"}, "Check the year"),
        ({"until": "9999-12-31"}, "not a date"),
        ({"handler": "000000"}, "does not belong"),
        ({"section": "NONE"}, "no section"),
        ({"title": "长" * 121}, "too long"),
    ],
)
def test_a_wrong_task_leaves_nothing_behind(
    city: Coordinations, values: dict[str, Any], words: str
) -> None:
    case = city.decided()
    with pytest.raises(DomainError, match=words):
        city.given(case, **values)
    db.session.rollback()
    assert matters_of(case) == []


def test_a_task_is_not_refused_and_the_head_looks_at_it(city: Coordinations) -> None:
    case = city.decided()
    task = city.given(case)
    with pytest.raises(NoSuchMove):
        city.take(city.chief, task, "refuse", reasons="不属本科室。")
    city.take(city.handler, task, "sign")
    with pytest.raises(NoSuchMove):
        city.take(city.handler, task, "feed_back", result="已办。", reply="已办。")
    city.take(city.handler, task, "report", result="已实施。")
    assert main_term(task).rule == "look_wd"
    with pytest.raises(NotYourStep):
        city.take(city.office, task, "finish", conclusion="已落实。")
    city.take(city.head, task, "redo", missing="缺比对结果。")
    assert main_term(task).rule == "rework_wd"
    city.take(city.chief, task, "report", result="已补。")
    city.take(city.head, task, "finish", conclusion="已落实。")
    assert task.state == "closed"


def test_an_ordinary_matter_knows_nothing_of_it(city: Coordinations) -> None:
    matter = city.assigned()
    city.take(city.handler, matter, "sign")
    with pytest.raises(NoSuchMove):
        city.take(city.handler, matter, "report", result="已办。")
    taken_in = city.taken_in(reference="RX-300")
    for name in ("task", "study"):
        with pytest.raises(NoSuchMove):
            city.take(SYSTEM, taken_in, name, **city.task())


def test_what_is_studied_gets_an_owner_by_its_day(city: Coordinations) -> None:
    case = city.decided()
    study = city.studied(case)
    assert (study.state, main_term(study).rule, main_term(study).due_on) == (
        "study",
        "study_wd",
        UNTIL,
    )
    assert study.id in waits(city.head)
    given = {name: value for name, value in city.task().items() if name != "title"}
    city.take(city.head, study, "task", **{**given, "until": "2026-03-10"})
    assert (study.state, main_term(study).due_on) == ("assigned", date(2026, 3, 10))
    other = city.studied(case)
    city.take(city.head, other, "give_up", reasons="不再需要。")
    assert other.state == "declined"


def test_it_is_closed_when_no_task_is_open(city: Coordinations) -> None:
    case = city.decided()
    assert case.id in waits(city.head)
    task = city.reported(case)
    assert case.id not in waits(city.head)
    with pytest.raises(NoSuchMove):
        city.take(city.head, case, "close", result="已落实。")
    city.take(city.head, task, "finish", conclusion="已落实。")
    assert case.id in waits(city.head)
    city.take(city.head, case, "close", result="已落实。")
    assert case.closed_at is not None


def test_a_late_task_escalates_as_every_matter(city: Coordinations) -> None:
    case = city.decided()
    task = city.given(case)
    city.take(city.handler, task, "sign")
    escalate(now=at(UNTIL))
    escalate(now=at(UNTIL + timedelta(days=1)))
    topics = set(db.session.scalars(select(Notice.topic).where(Notice.subject_id == task.id)))
    assert {"done:urge", "done:supervise"} <= topics


def test_a_task_force_sees_the_coordination_and_notes_the_progress(city: Coordinations) -> None:
    case = city.decided()
    other = make_staff(city.beside, name="李四")
    member = make_user(staff_id=other.id, role=city.handler.role).actor
    with pytest.raises(BadEntry) as caught:
        city.take(city.head, case, "form_force", force="专班", members=f"{other.number} 000000")
    assert caught.value.params["number"] == "000000"
    db.session.rollback()
    assert case.id not in sees(member)
    members = f"{other.number}，{city.member.number}"
    city.take(city.head, case, "form_force", force="注销专班", members=members)
    assert case.id in sees(member)
    city.take(member, case, "note", says="已开第一次会。")
    city.take(city.head, case, "form_force", force="注销专班", members=city.member.number)
    assert case.id not in sees(member)
    with pytest.raises(NotYourStep):
        city.take(member, case, "note", says="已开第二次会。")


def test_who_is_called_states_a_view_and_decides_nothing(city: Coordinations) -> None:
    case = city.taken_up()
    city.take(city.chief_elsewhere, case, "state", says="可以并联。")
    with pytest.raises(NotYourStep):
        city.take(city.chief_elsewhere, case, "call", called="SP02")
    with pytest.raises(NotYourStep):
        city.take(city.chief_beside, case, "state", says="可以并联。")


def test_the_head_of_another_organ_sees_none_of_it(city: Coordinations) -> None:
    case = city.taken_up(called="SP01")
    stranger = replace(city.head, user_id=0, organ_id=city.elsewhere.organ_id)
    assert case.id not in sees(stranger)
    with pytest.raises(NotYourStep):
        city.take(stranger, case, "decide", conclusion="一次办清。")
