"""An objection from its filing to its decision: who, until when, what follows for the matter."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Deadline, Notice, Subject
from evalsys.cases.engine.queries import duties_of, select_cases
from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.cases.inbox.waiting import waits_for
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.personnel.archive.achievements import Whose, WorkAsked
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import MATTER
from evalsys.supervision.matters.sheets import achievements
from evalsys.supervision.matters.sheets.rows import read_matters
from evalsys.supervision.objections.rules import DECIDING, OBJECTION
from evalsys.supervision.objections.service import file_objection
from tests.cases.walks import walks
from tests.factories import make_leader, make_staff, make_user
from tests.supervision.objections.office import CHANGED, CLOSED, GROUNDS, UPHELD, Objections
from tests.supervision.office import at

LAST = date(2026, 3, 16)  # 30 days after 12 February end on a Saturday, so on the Monday after.


@pytest.fixture
def city(app: Flask) -> Iterator[Objections]:
    with time_machine.travel(at(CLOSED, 12), tick=False):
        yield Objections()


def file(
    city: Objections, case: Subject, *, actor: Actor | None = None, day: date = CLOSED
) -> Subject:
    return file_objection(actor or city.chief, case, GROUNDS, now=at(day, 12))


def kept(city: Objections) -> dict[str, int]:
    """How the matters of the responsible person were kept, as the archive counts them."""
    asked = WorkAsked(Whose.PERSON, (city.member.id,), date(2026, 1, 1), CLOSED, CLOSED)
    first = next(iter(achievements.count(asked)))
    return {row[1]: row[2] for row in db.session.execute(first)}


@pytest.mark.only("sqlite", "no database: the table alone")
def test_an_objection_is_decided_or_taken_back_and_nothing_after() -> None:
    assert {tuple(move.name for _, move, _ in walk) for walk in walks(OBJECTION)} == {
        *((name,) for name in (*DECIDING, "withdraw"))
    }


@pytest.mark.only("sqlite", "no database: the table alone")
def test_a_closed_matter_is_over_but_for_what_an_objection_brings() -> None:
    assert "closed" in MATTER.finals
    assert MATTER.following == {"correct", "reopen"}


def test_the_chief_objects_and_the_term_of_the_decision_begins(city: Objections) -> None:
    case = city.filed()
    assert (case.state, case.home) == ("filed", city.section)
    assert "13812345678" not in case.grounds["says"]
    term = db.session.scalars(select(Deadline).filter_by(subject_id=case.id)).one()
    assert (term.rule, term.duty, term.due_on) == (
        "conclusion_review_d",
        "supervision_office",
        LAST,
    )


def test_the_head_of_the_organ_objects_for_the_section(city: Objections) -> None:
    assert file(city, city.opened(city.concluded()), actor=city.head).state == "filed"


@pytest.mark.parametrize("who", ["handler", "leader", "chief_beside", "office", "second"])
def test_nobody_else_objects(city: Objections, who: str) -> None:
    case = city.opened(city.concluded())
    with pytest.raises(NotFound):
        file(city, case, actor=getattr(city, who))


def test_what_is_open_or_was_closed_by_a_head_has_no_conclusion(city: Objections) -> None:
    with pytest.raises(DomainError, match="no conclusion"):
        file(city, city.assigned(reference="RX-2"))


@pytest.mark.parametrize(("day", "is_late"), [(LAST, False), (date(2026, 3, 17), True)])
def test_the_term_ends_on_the_day_that_was_told(city: Objections, day: date, is_late: bool) -> None:
    case = city.opened(city.concluded())
    with time_machine.travel(at(day, 12), tick=False):
        if is_late:
            with pytest.raises(DomainError, match="ended on"):
                file(city, case, day=day)
        else:
            assert file(city, case, day=day).state == "filed"


def test_the_term_begins_with_the_first_look_of_a_chief_and_not_of_others(city: Objections) -> None:
    case = city.concluded()
    told = select(Notice.user_id).where(Notice.subject_id == case.id, Notice.topic == "concluded")
    assert set(db.session.scalars(told)) == {city.chief.user_id, city.handler.user_id}
    notice = db.session.scalars(
        select(Notice).where(Notice.user_id == city.handler.user_id, Notice.topic == "concluded")
    ).one()
    notice.read_at = at(CLOSED, 13)
    db.session.commit()
    later = date(2026, 6, 1)
    with time_machine.travel(at(later, 12), tick=False):
        assert file(city, case, day=later).state == "filed", "the chief has not opened it"


def test_there_is_one_objection_to_a_conclusion_unless_taken_back(city: Objections) -> None:
    case = city.opened(city.concluded())
    first = file(city, case)
    with pytest.raises(DomainError, match="There is an objection"):
        file(city, case)
    city.take(city.chief, first, "withdraw", now=at(CLOSED, 13))
    again = file(city, case)
    city.take(city.second, again, "uphold", now=at(CLOSED, 14), **UPHELD)
    with pytest.raises(DomainError, match="There is an objection"):
        file(city, case)


def test_who_concluded_takes_no_part_by_any_account(city: Objections) -> None:
    person = make_staff(city.beside, name="督查甲")
    own, other = (make_user(Role.SUPERVISOR, staff_id=person.id).actor for _ in range(2))
    city.office = own
    case = city.filed()
    on = CLOSED
    for account in (own, other):
        assert duties_of(account, case, on) == frozenset()
        waits = select(Subject.id).where(Subject.id == case.id, waits_for(account, on))
        assert db.session.scalar(waits) is None
        for move in DECIDING:
            with pytest.raises(NotYourStep):
                city.take(account, case, move, now=at(CLOSED, 13), **CHANGED)
    waits = select(Subject.id).where(Subject.id == case.id, waits_for(city.second, on))
    assert db.session.scalar(waits) == case.id
    assert city.take(city.second, case, "uphold", now=at(CLOSED, 13), **UPHELD).state == "upheld"


def test_who_checked_before_takes_no_part_either(city: Objections) -> None:
    case = city.fed_back(now=at(date(2026, 2, 10)))
    back = {"asked_on": "2026-02-10", "answer": "dissatisfied", "missing": "仍缺。"}
    city.take(city.second, case, "send_back", now=at(date(2026, 2, 10), 11), **back)
    city.take(city.handler, case, "feed_back", now=at(CLOSED, 8), result="齐。", reply="齐。")
    filed = file(city, city.opened(city.close(case)))
    for actor in (city.office, city.second):
        with pytest.raises(NotYourStep):
            city.take(actor, filed, "uphold", now=at(CLOSED, 13), **UPHELD)
    assert city.take(city.third, filed, "uphold", now=at(CLOSED, 13), **UPHELD).state == "upheld"


def test_a_chief_with_an_account_in_the_office_does_not_decide_the_own_objection(
    city: Objections,
) -> None:
    case = city.filed()
    twin = make_user(Role.SUPERVISOR, staff_id=city.chief.staff_id, name="twin").actor
    with pytest.raises(NotYourStep):
        city.take(twin, case, "change", now=at(CLOSED, 13), **CHANGED)


def test_a_leader_in_charge_and_the_person_read_it_and_nobody_beside(city: Objections) -> None:
    case = city.filed()

    def sees(actor: Actor) -> bool:
        return case in db.session.scalars(select_cases(actor, on=CLOSED, kind="objection")).all()

    beside = make_user(Role.LEADER, staff_id=make_leader(city.beside).id).actor
    assert [sees(one) for one in (city.leader, city.handler, city.office)] == [True] * 3
    assert [sees(one) for one in (city.chief_beside, beside)] == [False] * 2
    assert MatterDuty.OBJECTOR in duties_of(city.chief, case, CLOSED)


def test_upheld_leaves_everything_as_it_is(city: Objections) -> None:
    case = city.filed()
    matter = db.session.get_one(Subject, case.origin_id)
    before = (matter.state, matter.closed_at, kept(city))
    with pytest.raises(DomainError, match="keeps its lateness"):
        city.take(city.second, case, "uphold", now=at(CLOSED, 13), **UPHELD, excused=True)
    city.take(city.second, case, "uphold", now=at(CLOSED, 13), **UPHELD)
    assert (matter.state, matter.closed_at, kept(city)) == before
    assert kept(city) == {"late": 1}


def test_changed_corrects_conclusion_and_lateness_where_it_stands(city: Objections) -> None:
    case = city.filed()
    matter = db.session.get_one(Subject, case.origin_id)
    closed_at = matter.closed_at
    city.take(city.second, case, "change", now=at(CLOSED, 13), **CHANGED)
    assert (matter.state, matter.closed_at) == ("closed", closed_at)
    assert get_matter(matter).excused_on == CLOSED
    step = db.session.scalars(
        select(CaseStep).filter_by(subject_id=matter.id, name="correct")
    ).one()
    assert step.entry == {"conclusion": "按期办结。", "excused": True, "objection": case.number}
    assert kept(city) == {"in_time": 1}


def test_changed_without_the_tick_keeps_the_lateness(city: Objections) -> None:
    case = city.filed()
    city.take(city.second, case, "change", now=at(CLOSED, 13), **{**CHANGED, "excused": False})
    assert kept(city) == {"late": 1}


def test_nothing_is_excused_that_was_not_late(city: Objections) -> None:
    matter = city.opened(city.concluded(answered=date(2026, 2, 4)))
    case = file(city, matter)
    with pytest.raises(DomainError, match="no lateness"):
        city.take(city.second, case, "change", now=at(CLOSED, 13), **CHANGED)
    assert db.session.get_one(Subject, case.id).state == "filed"
    assert db.session.get_one(Subject, matter.id).state == "closed"


def test_revoked_brings_the_matter_back_to_the_check_and_a_new_conclusion_may_be_contested(
    city: Objections,
) -> None:
    case = city.filed()
    matter = db.session.get_one(Subject, case.origin_id)
    city.take(city.second, case, "revoke", now=at(CLOSED, 13), **UPHELD)
    assert (matter.state, matter.closed_at) == ("fed_back", None)
    terms = select(Deadline.rule).filter_by(subject_id=matter.id, closed_on=None)
    assert db.session.scalars(terms).all() == ["check_wd"]
    told = select(Notice.topic).where(
        Notice.user_id == city.office.user_id, Notice.subject_id == matter.id
    )
    assert "moved:fed_back" in db.session.scalars(told).all()
    with pytest.raises(DomainError, match="no conclusion"):
        file(city, matter)
    day = date(2026, 2, 13)
    asked = {"asked_on": day.isoformat(), "answer": "satisfied", "conclusion": "重新核查，属实。"}
    city.take(city.second, matter, "close", now=at(day, 9), **asked)
    with time_machine.travel(at(day, 10), tick=False):
        city.opened(matter, day)
        assert file(city, matter, day=day).id != case.id


@pytest.mark.parametrize("move", DECIDING)
def test_who_was_supervised_is_told_the_decision(city: Objections, move: str) -> None:
    case = city.filed()
    city.take(city.second, case, move, now=at(CLOSED, 13), **{**CHANGED, "excused": False})
    for actor in (city.chief, city.handler):
        told = select(Notice.topic).where(
            Notice.user_id == actor.user_id, Notice.subject_id == case.id
        )
        assert f"moved:{case.state}" in db.session.scalars(told).all()


@pytest.mark.parametrize("move", ["correct", "reopen"])
def test_nobody_takes_in_a_closed_matter_what_only_an_objection_brings(
    city: Objections, move: str
) -> None:
    matter = city.concluded()
    entry = {"conclusion": "按期办结。", "excused": True, "objection": "2026-001"}
    for actor in (city.office, city.second, city.chief):
        with pytest.raises(NotYourStep):
            city.take(actor, matter, move, now=at(CLOSED, 13), **entry)


def test_what_comes_late_after_the_decision_counts_again(city: Objections) -> None:
    case = city.filed()
    matter = db.session.get_one(Subject, case.origin_id)
    city.take(city.second, case, "revoke", now=at(CLOSED, 13), **UPHELD, excused=True)
    assert kept(city) == {"in_time": 1}
    again, late = date(2026, 2, 13), date(2026, 3, 3)
    back = {"asked_on": again.isoformat(), "answer": "dissatisfied", "missing": "仍缺。"}
    city.take(city.second, matter, "send_back", now=at(again), **back)
    with time_machine.travel(at(late, 12), tick=False):
        city.take(city.handler, matter, "feed_back", now=at(late), result="齐。", reply="齐。")
    request = CaseRequest(city.office, "matters", again, late, {}, "zh", at(late, 12))
    [line] = read_matters(request)
    assert (kept(city), line.late) == ({"late": 1}, 5), "of the term that began later"
