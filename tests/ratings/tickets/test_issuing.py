"""Who may issue tickets, for whom, and how often: nobody makes the ratings of themselves."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.administration import Grant, create_account, grant_role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.ballots.models import RaterGroup, Ticket, TicketStaff
from evalsys.ratings.tickets.checks import ServiceEvent
from evalsys.ratings.tickets.limits import COLLEAGUES
from evalsys.ratings.tickets.models import Invitation, UsedEvent
from evalsys.ratings.tickets.service import find_problems
from tests.factories import (
    make_chief,
    make_organ,
    make_period,
    make_policy,
    make_section,
    make_staff,
    make_user,
    with_limits,
)

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def issue(client: FlaskClient, *staff: Staff, path: str = "/tickets", **values: str) -> str:
    data = {"served_on": "2026-11-24", "event_no": "A012", **values}
    answer = client.post(path, data={**data, "staff": [one.number for one in staff]})
    return answer.text if answer.status_code != 404 else "404"


def tickets() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {Role.HR, Role.COUNTER, Role.SYSTEM}]
)
def test_nobody_but_the_hall_office_and_the_personnel_office_issues_tickets(
    app: Flask, section: Section, clerk: Staff, sign_in: SignIn, role: Role
) -> None:
    """Neither who is rated nor their chief: by any of the ways there are."""
    me = make_chief(section) if role is Role.CHIEF else clerk
    client = sign_in(make_user(role, staff_id=me.id)) if role is not Role.CITIZEN else None
    client = client or app.test_client()
    for path in ("/tickets", "/tickets/colleagues", "/tickets/list", "/tickets/invite"):
        assert client.get(path).status_code in {404, 302}, path
        assert client.post(path, data={"staff": clerk.number}).status_code in {404, 302}, path
    screen = f"/tickets/screen/{clerk.number}"
    assert client.post(screen, data={"numbers": "A012"}).status_code in {404, 302}
    assert "/tickets" not in client.get("/").text
    assert tickets() == 0


def test_a_window_issues_for_colleagues_where_the_policy_lets_it_and_never_for_itself(
    section: Section, clerk: Staff, sign_in: SignIn
) -> None:
    make_policy(with_limits({COLLEAGUES: True}))
    colleague, elsewhere = make_staff(section), make_staff(make_section())
    me = sign_in(make_user(Role.STAFF, staff_id=clerk.id))
    page = me.get("/tickets/colleagues").text
    assert colleague.number in page
    assert clerk.number not in page.split("<main")[1]
    assert 'href="/tickets/colleagues"' in page
    assert 'name="codes"' not in issue(me, clerk, path="/tickets/colleagues")
    assert 'name="codes"' not in issue(me, clerk, colleague, path="/tickets/colleagues")
    assert 'name="codes"' not in issue(me, elsewhere, path="/tickets/colleagues")
    assert tickets() == 0
    assert "<svg" in issue(me, colleague, path="/tickets/colleagues")
    assert tickets() == 1
    line = db.session.scalars(select(AuditEvent).filter_by(action=Action.TICKET_COLLEAGUE)).one()
    assert (line.subject_id, line.details["events"]) == (colleague.number, ["A012"])
    assert me.get("/tickets/list").status_code == 404


@pytest.mark.parametrize("role", [Role.HR, Role.COUNTER])
def test_a_second_account_of_the_person_is_the_person(
    section: Section, clerk: Staff, sign_in: SignIn, role: Role
) -> None:
    """Neither for oneself nor for the section one belongs to or leads, whatever the account."""
    chief, colleague = make_chief(section), make_staff(section)
    organ = section.organ_id
    for person in (clerk, chief):
        client = sign_in(make_user(role, staff_id=person.id, organ_id=organ, name=f"2-{person.id}"))
        for ratee in (clerk, colleague):
            assert 'name="codes"' not in issue(client, ratee)
    assert tickets() == 0


@pytest.mark.parametrize("role", [Role.HR, Role.COUNTER])
def test_with_the_switch_on_it_is_still_neither_oneself_nor_the_led_section(
    section: Section, clerk: Staff, sign_in: SignIn, role: Role
) -> None:
    make_policy(with_limits({COLLEAGUES: True}))
    chief = make_chief(section)
    own = sign_in(make_user(role, staff_id=clerk.id, organ_id=section.organ_id))
    assert "Nobody issues a ticket for themselves" in issue(own, clerk) or tickets() == 0
    led = sign_in(make_user(role, staff_id=chief.id, organ_id=section.organ_id))
    issue(led, clerk)
    assert tickets() == 0


@pytest.mark.parametrize("typed", ["周敏", "周　敏"])
def test_an_account_without_a_person_issues_nothing_for_its_namesake_and_their_section(
    section: Section, clerk: Staff, sign_in: SignIn, typed: str
) -> None:
    """The sum of the members is the score of their chief."""
    chief = make_chief(section, make_staff(section, name="周敏"))
    officer = make_user(Role.HR, display_name=typed)
    client = sign_in(officer)
    for one in (chief, clerk):
        issue(client, one)
        for path in ("/tickets", "/tickets/invite"):
            page = client.get(f"{path}?section={section.id}").text
            assert one.number not in page
            assert "Until the security administrator ties it" in page
    assert tickets() == 0
    assert "ties it" not in sign_in(make_user(Role.HR)).get("/tickets").text
    events = [ServiceEvent(TODAY, (one.number,), event_no="A012") for one in (chief, clerk)]
    mine, near = find_problems(officer.actor, events, on=TODAY)
    assert "tied to no person" in mine.message
    assert "Was in no section that day for which you may" in near.message
    elsewhere = make_section()
    person = make_staff(elsewhere)
    assert "<svg" in issue(client, person, path=f"/tickets?section={elsewhere.id}")


def test_the_hall_office_issues_within_its_organ(counter: FlaskClient, clerk: Staff) -> None:
    elsewhere = make_staff(make_section(make_organ()))
    assert "<svg" in issue(counter, clerk)
    assert 'name="codes"' not in issue(counter, elsewhere, event_no="A013")
    assert elsewhere.number not in counter.get("/tickets").text
    for path in ("/sections", "/ranking", "/comments", "/roster", "/tickets/invite"):
        assert counter.get(path).status_code == 404, path


def test_an_account_of_the_hall_office_belongs_to_a_person(app: Flask, clerk: Staff) -> None:
    grant = Grant(Role.COUNTER)
    with (
        pytest.raises(DomainError, match="An account of the hall office belongs to a"),
        unit_of_work(SYSTEM) as unit,
    ):
        create_account(unit, "dating", grant=grant, now=NOW)
    with unit_of_work(SYSTEM) as unit:
        assert create_account(unit, clerk.number, grant=grant, now=NOW).staff_id == clerk.id
    shared = make_user(Role.STAFF)
    with pytest.raises(DomainError, match="An account of the hall office belongs to a"):
        grant_role(shared, grant, actor=SYSTEM, now=NOW)


@pytest.mark.parametrize(
    "again",
    [
        *("A012", "a-0 12", "Ａ０１２", "A12", "A000012", "00A012", "A〇12", "[A012]"),
        *("A012号", "第A012号", "No.A012", "№ A012", "编号A012"),
    ],
)
def test_a_service_gets_one_ticket_however_its_number_is_typed(
    counter: FlaskClient, clerk: Staff, section: Section, again: str
) -> None:
    issue(counter, clerk)
    page = issue(counter, make_staff(section), event_no=again)
    assert "A ticket was issued for this service already" in page
    assert tickets() == 1


def test_a_number_with_a_year_in_brackets_is_one_however_these_look(
    counter: FlaskClient, clerk: Staff
) -> None:
    assert "<svg" in issue(counter, clerk, event_no="云政服〔2026〕12号")
    for again in ("云政服[2026]12号", "云政服（2026）第12号", "云政服【2026】12", "云政服2026-12"):
        page = issue(counter, clerk, event_no=again)
        assert "A ticket was issued for this service already" in page
    assert "<svg" in issue(counter, clerk, event_no="云政服〔2026〕13号")
    assert tickets() == 2


def test_digits_parted_at_another_place_are_another_service(
    counter: FlaskClient, clerk: Staff
) -> None:
    """A queue that numbers by day, window and turn writes the same digits every day."""
    for number in (
        "20261127-1-23",
        "20261127-12-3",
        "1-23",
        "12-3",
        "SP-2026-12-3",
        "SP-2026-1-23",
    ):
        assert "<svg" in issue(counter, clerk, event_no=number), number
    for again in (
        *("20261127-01-023", "20261127/12/3号", "20261127123", "2026-1127-12-3", "20261127-123"),
        *("(1)23", "123", "SP2026123", "SP-2026-123", "第SP2026.12.3号"),
    ):
        page = issue(counter, clerk, event_no=again)
        assert "A ticket was issued for this service already" in page, again
    assert tickets() == 6
    assert "<svg" in issue(counter, clerk, event_no="20261128123")
    assert "issued for this service already" in issue(counter, clerk, event_no="20261128-1-23")


def test_a_number_of_the_queue_comes_again_the_next_day_and_a_case_number_never(
    counter: FlaskClient, clerk: Staff
) -> None:
    for number in ("A012", "SP-2026-000481"):
        assert "<svg" in issue(counter, clerk, event_no=number)
    assert "<svg" in issue(counter, clerk, event_no="A012", served_on="2026-11-23")
    page = issue(counter, clerk, event_no="SP-2026-000481", served_on="2026-11-23")
    assert "A ticket was issued for this service already" in page
    assert tickets() == 3


def test_two_organs_number_their_services_apart(sign_in: SignIn, clerk: Staff) -> None:
    city = sign_in(make_user(Role.HR))
    assert "<svg" in issue(city, clerk)
    other = make_section(make_organ())
    path = f"/tickets?section={other.id}"
    assert "<svg" in issue(city, make_staff(other), path=path)
    assert tickets() == 2


def test_what_is_kept_of_an_event_leads_to_no_ticket(counter: FlaskClient, clerk: Staff) -> None:
    issue(counter, clerk, event_no="SP-2026-000481")
    rows = db.session.scalars(select(UsedEvent)).all()
    columns = {column.name for column in UsedEvent.__table__.columns}
    assert columns == {"event_hash", "kept_until"}
    ticket = db.session.scalars(select(Ticket)).one()
    for row in rows:
        assert row.event_hash != ticket.ticket_hash
        assert row.kept_until not in {ticket.served_on, ticket.valid_until}


def invite(client: FlaskClient, *staff: Staff, **values: str) -> str:
    data = {"rater_group": "grassroots", "addressees": "桥西社区\n河东街道办", **values}
    return client.post("/tickets/invite", data={**data, "staff": [s.number for s in staff]}).text


def test_groups_are_invited_by_the_personnel_office_by_name(
    sign_in: SignIn, clerk: Staff, section: Section
) -> None:
    other = make_staff(section)
    page = invite(sign_in(make_user(Role.HR)), clerk, other)
    assert len(re.findall(r"<svg", page)) == 2
    assert "桥西社区" in page
    rows = db.session.execute(select(Ticket.rater_group, func.count()).group_by("rater_group"))
    assert [tuple(row) for row in rows] == [(RaterGroup.GRASSROOTS, 2)]
    assert db.session.scalar(select(func.count()).select_from(TicketStaff)) == 4
    line = db.session.scalars(select(AuditEvent).filter_by(action=Action.TICKET_INVITE)).one()
    assert line.subject_id == f"{clerk.number} {other.number}"
    assert (line.details["group"], line.details["count"]) == ("grassroots", 2)
    assert line.details["events"] == ["桥西社区", "河东街道办"]


def test_nobody_is_invited_twice_for_one_person_in_a_period(
    sign_in: SignIn, clerk: Staff, section: Section, clock: time_machine.Traveller
) -> None:
    hr, other = sign_in(make_user(Role.HR)), make_staff(section)
    make_period("2026")
    invite(hr, clerk)
    assert "in this period already" in invite(hr, clerk, addressees="桥西 社区")
    assert "Stands in the list twice" in invite(hr, other, addressees="甲科\n甲 科")
    clock.move_to("2026-08-03T02:00:00Z")  # Another quarter of the same year.
    hr = sign_in(make_user(Role.HR))
    assert "in this period already" in invite(hr, clerk, addressees="桥西社区")
    assert "<svg" in invite(hr, other, addressees="桥西社区")
    assert "<svg" in invite(hr, clerk, addressees="桥西社区", rater_group="collaborator")
    clock.move_to("2027-02-03T02:00:00Z")
    hr = sign_in(make_user(Role.HR))
    assert "<svg" in invite(hr, clerk, addressees="桥西社区")
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 5


def test_who_is_rated_is_not_invited(sign_in: SignIn, clerk: Staff) -> None:
    hr = sign_in(make_user(Role.HR))
    assert "Nobody is invited to rate themselves" in invite(hr, clerk, addressees=clerk.name)
    assert "Nobody is invited to rate themselves" in invite(hr, clerk, addressees=clerk.number)
    assert "one of the choices" in invite(hr, clerk, rater_group="recipient")
    assert tickets() == 0


@pytest.fixture
def shown(counter: FlaskClient, clerk: Staff) -> str:
    """The token of the clerk's screen."""
    page = counter.get(f"/tickets/screen/{clerk.number}").text
    return page.split('href="/w/')[1].split('"')[0]


def code_on(client: FlaskClient, shown: str) -> str:
    page = client.get(f"/w/{shown}")
    assert page.status_code == 200
    return page.text


def test_a_screen_shows_no_code_until_the_hall_office_names_a_service(
    counter: FlaskClient, client: FlaskClient, clerk: Staff, shown: str
) -> None:
    assert "<svg" not in code_on(client, shown)
    counter.post(f"/tickets/screen/{clerk.number}", data={"numbers": "A012"})
    page = code_on(client, shown)
    assert "<svg" in page
    assert "A012" in page
    line = db.session.scalars(select(AuditEvent).filter_by(action=Action.TICKET_ISSUE)).one()
    assert (line.details["channel"], line.details["events"]) == ("screen", ["A012"])
    assert "already" in issue(counter, clerk)


def test_a_screen_turns_each_minute_and_shows_the_last_service_first(
    counter: FlaskClient,
    client: FlaskClient,
    clerk: Staff,
    shown: str,
    clock: time_machine.Traveller,
) -> None:
    put = f"/tickets/screen/{clerk.number}"
    counter.post(put, data={"numbers": "A001~A003"})
    first = code_on(client, shown)
    assert "A001" in first
    assert 'http-equiv="refresh" content="10' in first
    clock.move_to("2026-11-24T02:01:00Z")
    assert code_on(client, shown) != first
    counter.post(put, data={"numbers": "B007"})
    assert "B007" in code_on(client, shown)
    clock.move_to("2026-11-25T02:00:00Z")
    assert "<svg" not in code_on(client, shown)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ("???", "This is no number of a service"),
        ("A003~A001", "This is no number of a service"),
        ("A012 A12", "Stands in the list twice"),
        ("A001~A300 B001", "At most 300 numbers"),
        ("", "Please fill this in"),
    ],
)
def test_what_is_no_service_does_not_get_onto_a_screen(
    counter: FlaskClient, clerk: Staff, numbers: str, words: str
) -> None:
    answer = counter.post(f"/tickets/screen/{clerk.number}", data={"numbers": numbers})
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(UsedEvent)).all() == []
