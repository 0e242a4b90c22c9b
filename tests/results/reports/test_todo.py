"""The start page: all that waits, the most urgent first, each line a demand with its date."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.deadlines.queries import open_deadlines, terms_of
from evalsys.cases.deadlines.service import start
from evalsys.cases.engine.kinds import all_kinds, kind_of
from evalsys.cases.engine.models import Deadline, Subject
from evalsys.cases.engine.queries import duties_of, select_cases
from evalsys.cases.engine.rules.next_steps import is_next, is_open_right
from evalsys.cases.engine.service import take_step
from evalsys.cases.inbox.waiting import waits_for
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.models import PeriodState
from evalsys.personnel.chiefs.service import take_up_low_score
from evalsys.personnel.duties import Duty
from evalsys.personnel.feedback.models import Review
from evalsys.results.closing.models import Publication
from tests.factories import (
    JULY,
    make_case,
    make_chief,
    make_period,
    make_policy,
    make_result,
    make_section,
    make_staff,
    make_user,
    save,
)
from tests.world import NOW, TALK, TODAY, Place, World, make_world

SignIn = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(app: Flask) -> User:
    make_policy()
    return make_user(Role.HR)


def waiting(number: int, due_on: date) -> Subject:
    """A low score that the personnel office has to verify by a day."""
    case = make_case("chief", opened_at=NOW - timedelta(days=40 - number))
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.CASE_OPEN, case)
        term = start(case, "verify_low_wd", Duty.PERSONNEL, TODAY - timedelta(days=90))
        term.due_on = due_on
    return case


def lines(page: str) -> list[str]:
    found = re.findall(r"<li>(<span class=\"(?:light|tag).*?)</li>", page, re.DOTALL)
    return [re.sub(r"<[^>]+>", " ", line) for line in found]


def test_of_42_that_wait_the_4_that_are_late_stand_on_top(office: User, sign_in: SignIn) -> None:
    late = {7, 19, 23, 41}
    cases = [
        waiting(n, TODAY - timedelta(days=n) if n in late else TODAY + timedelta(days=n + 1))
        for n in range(42)
    ]
    page = sign_in(office).get("/?lang=en").text
    assert "42 things wait for you: 4 overdue." in page
    shown = lines(page)
    assert len(shown) == 8
    top = [cases[n].number for n in sorted(late, reverse=True)]
    assert [line.split(" · ")[0].split()[-1] for line in shown[:4]] == top
    assert all("overdue" in line for line in shown[:4])
    assert not any("overdue" in line for line in shown[4:])
    assert "and 34 more" in page
    client = sign_in(office)
    pages = [client.get(f"/?show=all&page={n}&lang=en").text for n in (1, 2, 3)]
    numbers = [line.split(" · ")[0].split()[-1] for each in pages for line in lines(each)]
    assert len(numbers) == len(set(numbers)) == 42
    beyond = client.get("/?show=all&page=4&lang=en").text
    assert lines(beyond) == lines(pages[2]), "the nearest page"


@pytest.mark.parametrize(
    ("day", "words"),
    [(28, "1 day overdue"), (29, "2 days overdue"), (30, "1 working day overdue")],
)
def test_a_weekend_behind_a_term_is_counted_in_days(
    office: User, sign_in: SignIn, day: int, words: str
) -> None:
    waiting(1, date(2026, 11, 27))  # A Friday.
    with time_machine.travel(datetime(2026, 11, day, 2, tzinfo=UTC), tick=False):
        assert words in lines(sign_in(office).get("/?lang=en").text)[0]


def test_the_start_page_asks_as_few_questions_for_forty_cases_as_for_four(
    office: User, sign_in: SignIn, statements: list[str]
) -> None:
    client, counts = sign_in(office), []
    for number in (4, 36):
        for n in range(number):
            waiting(n, TODAY + timedelta(days=n))
        for path in ("/", "/?show=all", "/?show=steps"):
            client.get(path)
            statements.clear()
            assert client.get(path).status_code == 200
            counts.append(len(statements))
    assert counts[:3] == counts[3:], counts
    assert max(counts) <= 45, counts


def test_each_line_is_a_demand_with_a_date(office: User, sign_in: SignIn) -> None:
    waiting(0, date(2026, 12, 2))
    waiting(1, TODAY)
    waiting(2, date(2026, 11, 20))
    page = sign_in(office).get("/?lang=en").text
    for words in (
        "Verify the low score by 2 December",
        "Verify the low score today",
        "Verify the low score: it was due on 20 November",
    ):
        assert words in page
    client = sign_in(office)
    client.set_cookie("lang", "zh")
    assert "请于12月2日前核实低分" in client.get("/").text


@pytest.fixture
def called(office: User) -> tuple[User, Subject]:
    """A chief who is called to an interview on 30 November."""
    section = make_section()
    chief = make_chief(section)
    person = make_user(Role.CHIEF, staff_id=chief.id)
    period = make_period("2026-Q3", state=PeriodState.PUBLISHED, closed_at=JULY)
    save(Publication(result=make_result(period), agreed_at=JULY))
    with unit_of_work(SYSTEM) as unit:
        case = take_up_low_score(unit, section, chief, {"period": "2026-Q3"}, now=NOW)
    entry: dict[str, Any] = dict.fromkeys(TALK, "三楼会议室")
    for name in ("verify", "notice"):
        held = {**entry, "hour": "15:00", "held_on": date(2026, 11, 30)}
        take_step(office.actor, case.id, name, held, now=NOW)
    return person, case


def test_who_is_called_to_an_interview_reads_when_and_where_even_after_the_notice_is_read(
    called: tuple[User, Subject], sign_in: SignIn
) -> None:
    person, case = called
    client = sign_in(person)
    for _ in range(2):
        page = client.get("/?lang=en").text
        assert "Come to the interview on 30 November 15:00" in page
        assert "三楼会议室" in page
        assert f'href="/cases/{case.id}"' in page
        client.get(f"/cases/{case.id}")


def test_the_office_records_the_interview_when_it_was_held_and_nobody_is_late(
    called: tuple[User, Subject], office: User, sign_in: SignIn
) -> None:
    waiting(0, date(2026, 12, 3))
    client = sign_in(office)
    assert "Record the interview: it is on 30 November" in client.get("/?lang=en").text
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        page = sign_in(office).get("/?lang=en").text
    assert "Record the interview: it was on 30 November" in page
    assert "overdue" in lines(page)[0], "what is late stands before an earlier appointment"


def test_a_mentor_is_asked_for_the_note_of_the_week(app: Flask, sign_in: SignIn) -> None:
    world = make_world()
    mentor = sign_in(world.users[Role.STAFF])
    page = mentor.get("/?lang=en").text
    assert "Write the note of the week: it was due on" in page
    assert mentor.post(f"/pool/{world.stay.id}/note", data={"body": "进步明显"}).status_code == 303
    page = mentor.get("/?lang=en").text
    assert "Write the note of the week by 1 December" in page


def test_a_leader_is_asked_to_agree_to_a_changed_deadline(app: Flask, sign_in: SignIn) -> None:
    world = make_world()
    page = sign_in(world.users[Role.LEADER]).get("/?lang=en").text
    assert "Decide on a changed deadline" in page
    assert f"/deadline-changes/{world.case_rows(Place.OWN).change_id}" in page
    assert f"/deadline-changes/{world.case_rows(Place.FOREIGN).change_id}" not in page


def test_every_role_has_its_list(app: Flask, sign_in: SignIn) -> None:
    world = make_world()
    for role in set(Role) - {Role.SYSTEM, Role.CITIZEN}:
        client = sign_in(world.users[role])
        for show in ("", "all", "steps", "messages", "rights", "nonsense"):
            assert client.get(f"/?show={show}").status_code == 200, (role, show)


def objected(world: World, due_on: date) -> Subject:
    """A bad review that was put right, while the person may object until a day."""
    corner = world.corners[Place.OWN]
    case = make_case("review", section=corner.section, staff=corner.member, state="rectified")
    save(Review(case_id=case.id, reasons=0, has_contact=False))
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.CASE_OPEN, case)
        start(case, "objection_wd", Duty.PERSON, TODAY - timedelta(days=30)).due_on = due_on
    return case


def test_a_right_that_is_over_makes_nobody_late_and_says_what_is_next(
    app: Flask, sign_in: SignIn
) -> None:
    world = make_world()
    case = objected(world, date(2026, 11, 20))
    page = sign_in(world.users[Role.CHIEF]).get("/cases?kind=review").text
    assert "The time for an objection is over, the case can be closed" in page
    assert "light-e" in page
    assert "overdue" not in page
    office = sign_in(world.users[Role.HR])
    assert f"/cases/{case.id}" in office.get("/?show=all").text
    office.set_cookie("lang", "zh")
    assert "异议期已过，可以结案" in office.get("/cases?kind=review").text
    person = sign_in(world.users[Role.STAFF]).get("/?show=rights&lang=en").text
    assert f"/cases/{case.id}" not in person


def test_a_right_that_runs_is_for_who_has_it_and_nobody_waits_for_the_others(
    app: Flask, sign_in: SignIn
) -> None:
    world = make_world()
    case = objected(world, date(2026, 11, 27))
    person = sign_in(world.users[Role.STAFF]).get("/?show=rights&lang=en").text
    assert "Object: possible until 27 November" in person
    assert "3 working days left" in person
    office = sign_in(world.users[Role.HR]).get("/?show=all").text
    assert f'href="/cases/{case.id}"' not in office


def test_after_a_silence_the_office_has_the_next_step(app: Flask, sign_in: SignIn) -> None:
    world = make_world()
    corner = world.corners[Place.OWN]
    case = make_case("return", section=corner.section, staff=corner.member, state="notified")
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.CASE_OPEN, case)
        term = start(case, "statement_wd", Duty.PERSON, TODAY - timedelta(days=30))
    assert term.due_on < TODAY
    office = sign_in(world.users[Role.HR])
    page = office.get(f"/cases/{case.id}?lang=en").text
    assert "Next step: Note that no statement came" in page
    assert "overdue" not in page.split("Figures")[0]
    assert "Note that no statement came" in office.get("/?lang=en").text
    person = sign_in(world.users[Role.STAFF]).get("/?show=all").text
    assert f"/cases/{case.id}/step/state" not in person


def run_terms(case: Subject, due_on: date) -> None:
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.CASE_OPEN, case)
        for rule, duty in kind_of(case).machine.owners.items():
            start(case, rule, duty, TODAY - timedelta(days=200)).due_on = due_on


@pytest.mark.parametrize("has_contact", [False, True])
@pytest.mark.parametrize("kind", ["review", "remedy"])
def test_no_line_demands_a_step_that_the_page_of_its_case_does_not_offer(
    app: Flask, sign_in: SignIn, kind: str, has_contact: bool
) -> None:
    world = make_world()
    corner, states = world.corners[Place.OWN], all_kinds()[kind].machine.states
    for state in states:
        person = make_staff(corner.section)
        case = make_case(kind, section=corner.section, staff=person, state=state)
        if kind == "review":
            save(Review(case_id=case.id, reasons=1, has_contact=has_contact))
        run_terms(case, TODAY - timedelta(days=5))
        for role in (Role.HR, Role.LEADER, Role.CHIEF):
            client = sign_in(world.users[role])
            told = [
                one for one in lines(client.get("/?lang=en&show=all").text) if case.number in one
            ]
            moves = kind_of(case).machine.moves_from(state)
            absent = {m.demand for m in moves} - {
                m.demand for m in moves if m.applies(kind_of(case).facts(case, NOW))
            }
            assert not [(one, each) for one in told for each in absent if f" {each}" in one]


def test_what_the_database_calls_waiting_is_what_the_rules_call_the_next_step(app: Flask) -> None:
    world = make_world()
    corner = world.corners[Place.OWN]
    for kind in all_kinds().values():
        for state in kind.machine.states:
            for shift in (None, -5, 0, 5):
                for has_contact in (False, True) if kind.name == "review" else (False,):
                    person = make_staff(corner.section)
                    case = make_case(kind.name, section=corner.section, staff=person, state=state)
                    if kind.name == "review":
                        save(Review(case_id=case.id, reasons=1, has_contact=has_contact))
                    if shift is not None:
                        run_terms(case, TODAY + timedelta(days=shift))
    for role in (Role.HR, Role.LEADER, Role.CHIEF, Role.STAFF):
        actor = world.users[role].actor
        found = set(
            db.session.scalars(select_cases(actor, on=TODAY).where(waits_for(actor, TODAY)))
        )
        seen = db.session.scalars(select_cases(actor, on=TODAY)).all()
        dues = open_deadlines([case.id for case in seen], TODAY)
        expected = set()
        for case in seen:
            machine, duties = kind_of(case).machine, duties_of(actor, case, TODAY)
            terms = terms_of(dues.get(case.id, []), TODAY)
            if any(
                not duties.isdisjoint(move.duties)
                and move.applies(kind_of(case).facts(case, NOW))
                and (is_next(machine, move, terms) or is_open_right(machine, move, terms))
                for move in machine.moves_from(case.state)
            ) or (Duty.PERSON in duties and case.state in machine.appointments):
                expected.add(case)
        assert found == expected, role


def test_the_words_of_a_term_are_those_of_its_unit(app: Flask, sign_in: SignIn) -> None:
    world = make_world()
    case = world.cases[Place.OWN]
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.CASE_OPEN, case)
        start(case, "follow_up_d", Duty.PERSONNEL, TODAY)
        start(case, "admonition_months", Duty.PERSONNEL, TODAY)
    page = sign_in(world.users[Role.HR]).get(f"/cases/{case.id}?lang=en").text
    dues = {
        row.rule: row for row in db.session.scalars(select(Deadline).filter_by(subject_id=case.id))
    }
    assert "working days left" in page
    for rule in ("follow_up_d", "admonition_months"):
        assert f"{(dues[rule].due_on - TODAY).days} days left" in page
    assert "provisional" in page, "they end in a year whose notice is not known"
