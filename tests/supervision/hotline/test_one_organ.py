"""The office of one organ: what a list of it may not reach, and may not change."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.titles import organ_of
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.models import Matter
from tests.factories import make_organ, make_section, make_staff, make_user
from tests.supervision.hotline.lists import as_csv, checked, row, written
from tests.supervision.office import Supervision

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def other(office: Supervision) -> Organ:
    return make_organ(code="QT", name="其他局")


@pytest.fixture
def client(other: Organ, sign_in: SignIn) -> FlaskClient:
    """Signed in as the office of the other organ."""
    return sign_in(make_user(Role.SUPERVISOR, organ_id=other.id))


def tickets() -> dict[str, HotlineTicket]:
    db.session.rollback()
    return {one.number: one for one in db.session.scalars(select(HotlineTicket))}


@pytest.mark.parametrize("state", ["办理中", "已办结"])
def test_a_number_gives_no_matter_of_another_organ(
    office: Supervision, client: FlaskClient, state: str
) -> None:
    office.fed_back(reference="RX-207")
    office.taken_in(reference="RX-208")
    rows = [row(f"RX-{n}", 承办单位="其他局", 工单状态=state) for n in (207, 208, 209)]
    path = checked(client, as_csv(rows))
    page = client.get(f"{path}?lang=en").text
    assert page.count("This number is on file with another organ") == 2
    assert "Write 1 ticket" in page
    client.post(f"{path}/write")
    assert tickets().keys() == {"RX-209"}


def test_a_matter_that_comes_up_after_the_trial_run_is_not_given(
    office: Supervision, client: FlaskClient
) -> None:
    path = checked(client, as_csv([row("RX-207", 承办单位="其他局")]))
    office.fed_back(reference="RX-207")
    client.post(f"{path}/write")
    assert tickets() == {}


def test_a_known_ticket_gets_none_by_hand_either(
    office: Supervision, other: Organ, client: FlaskClient
) -> None:
    written(client, as_csv([row("RX-207", 承办单位="其他局", 工单状态="已办结")]))
    with pytest.raises(DomainError):
        office.taken_in(reference="RX-207")
    case = office.taken_in(reference="RX-207", organ=other)
    assert tickets()["RX-207"].matter_id == case.id


def by_hand(client: FlaskClient, organ: str, number: str, **values: str) -> TestResponse:
    """Take a matter in on the page."""
    facts = {"source": "hotline", "organ": organ, "title": "又来电", "says": "称仍未解决。"}
    return client.post("/matters/new?lang=en", data={**facts, "reference": number, **values})


def closed(office: Supervision, number: str) -> Subject:
    """A closed matter of the first organ."""
    case = office.fed_back(reference=number)
    closing: dict[str, Any] = {
        "asked_on": "2026-02-12",
        "answer": "satisfied",
        "conclusion": "已办结。",
    }
    return office.take(office.office, case, "close", **closing)


def matters() -> list[tuple[str | None, int]]:
    db.session.rollback()
    rows = db.session.execute(select(Matter.reference, Matter.turn).order_by(Matter.subject_id))
    return [(number, turn) for number, turn in rows]


@pytest.mark.parametrize("follows", [{}, {"follows": "y"}])
def test_by_hand_it_takes_over_no_closed_number_and_is_told_nothing_of_it(
    office: Supervision, client: FlaskClient, sign_in: SignIn, follows: dict[str, str]
) -> None:
    number = closed(office, "H-9").number
    answer = by_hand(client, "QT", "h-9", **follows)
    assert answer.status_code == 422
    assert "This number is on file with another organ: ask the office of the city" in answer.text
    for told in (number, "closed", 'name="follows"', "审批局"):
        assert told not in answer.text
    assert matters() == [("H-9", 1)]
    own = sign_in(make_user(Role.SUPERVISOR, organ_id=office.organ.id))
    written(own, as_csv([row("H-9")]))
    assert "H-9" in tickets(), "its own organ brings its ticket"


@pytest.mark.parametrize("has_ticket", [True, False])
def test_by_hand_it_is_told_nothing_of_an_open_number(
    office: Supervision, client: FlaskClient, sign_in: SignIn, *, has_ticket: bool
) -> None:
    own = sign_in(make_user(Role.SUPERVISOR, organ_id=office.organ.id))
    if has_ticket:
        written(own, as_csv([row("T-1", 工单状态="已办结")]))
    else:
        number = office.taken_in(reference="T-1").number
        assert number in by_hand(own, "SP", "T-1").text, "an own one is named"
        assert number not in by_hand(client, "QT", "T-1").text
    answer = by_hand(client, "QT", "T-1")
    assert answer.status_code == 422
    assert "This number is on file with another organ: ask the office of the city" in answer.text
    assert "Ticket T-1" not in answer.text
    assert 'name="follows"' not in answer.text


def test_by_hand_the_city_lets_a_matter_follow_at_the_organ_of_the_earlier_one(
    office: Supervision, other: Organ, sign_in: SignIn
) -> None:
    city = sign_in(make_user(Role.SUPERVISOR))
    first = closed(office, "H-9")
    asked = by_hand(city, "QT", "h-9")
    assert asked.status_code == 422
    assert f"H-9 is on file as matter {first.number}, which is closed." in asked.text
    assert by_hand(city, "QT", "h-9", follows="y").status_code == 303
    assert matters() == [("H-9", 1), ("H-9", 2)]
    second = db.session.scalars(select(Subject).where(Subject.origin_id == first.id)).one()
    assert organ_of(second) == office.organ
    section = make_section(other, code="QT01")
    chief = make_staff(section)
    make_user(Role.STAFF, staff_id=chief.id)
    office.take(office.office, second, "accept")
    entry = office.assignment(section="QT01", handler=chief.number)
    office.take(office.office, second, "assign", **entry)
    assert organ_of(second) == other, "unless its assignment says otherwise"


def test_by_hand_what_follows_is_where_a_list_of_the_city_moved_the_ticket(
    office: Supervision, other: Organ, sign_in: SignIn
) -> None:
    city = sign_in(make_user(Role.SUPERVISOR))
    first = closed(office, "H-9")
    written(city, as_csv([row("H-9", 工单状态="已办结")]))
    written(city, as_csv([row("H-9", 承办单位="其他局", 工单状态="已办结")]))
    assert by_hand(city, "SP", "H-9", follows="y").status_code == 303
    case = tickets()["H-9"].matter
    assert case is not None
    assert (case.origin_id, organ_of(case)) == (first.id, other)


def test_matters_of_the_own_organ_and_of_its_sections_are_given(
    office: Supervision, sign_in: SignIn
) -> None:
    own = sign_in(make_user(Role.SUPERVISOR, organ_id=office.organ.id))
    cases = [office.taken_in(reference="RX-1"), office.assigned(reference="RX-2")]
    written(own, as_csv([row("RX-1"), row("RX-2")]))
    assert [one.matter_id for one in tickets().values()] == [case.id for case in cases]


@pytest.mark.parametrize("day", ["2026/2/8", "2026/1/9"])
def test_it_changes_no_day_of_receipt(office: Supervision, sign_in: SignIn, day: str) -> None:
    city = sign_in(make_user(Role.SUPERVISOR))
    own = sign_in(make_user(Role.SUPERVISOR, organ_id=office.organ.id))
    written(city, as_csv([row("RX-1")]))
    path = checked(own, as_csv([row("RX-1", 受理时间=day), row("RX-2", 受理时间=day)]))
    page = own.get(f"{path}?lang=en").text
    assert page.count("only the office of the city changes it") == 1
    own.post(f"{path}/write")
    assert tickets()["RX-1"].received_on == date(2026, 2, 9)
    assert tickets()["RX-2"].received_on < date(2026, 2, 9), "a new one is of its day"
    written(city, as_csv([row("RX-1", 受理时间=day)]))
    assert tickets()["RX-1"].received_on < date(2026, 2, 9)


def test_no_list_moves_a_receipt_behind_its_call_back(office: Supervision, sign_in: SignIn) -> None:
    city = sign_in(make_user(Role.SUPERVISOR))
    written(city, as_csv([row("RX-1")]))
    call = {"called_on": "2026-02-10", "reached": "yes"}
    assert city.post(f"/hotline/{tickets()['RX-1'].id}/call", data=call).status_code == 303
    path = checked(city, as_csv([row("RX-1", 受理时间="2026/2/11")]))
    assert "The call-back on file is of an earlier day" in city.get(f"{path}?lang=en").text
