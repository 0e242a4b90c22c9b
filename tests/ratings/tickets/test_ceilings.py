"""One hand issues no heap of tickets for one person's services of a day, by any way there is."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.ballots.models import Ticket
from evalsys.ratings.tickets.ceilings.limits import CEILING
from evalsys.ratings.tickets.checks import EventsRefused
from evalsys.ratings.tickets.models import CeilingLift, IssuingTally, ScreenTurn
from evalsys.ratings.tickets.service import issue_tickets
from tests.factories import (
    make_chief,
    make_event,
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
MOST = 3


@pytest.fixture
def section(app: Flask) -> Section:
    make_policy(with_limits({CEILING: MOST}))
    return make_section()


def issue(client: FlaskClient, clerk: Staff, number: str, **values: str) -> str:
    data = {"served_on": "2026-11-24", "event_no": number, **values}
    return client.post("/tickets", data={**data, "staff": [clerk.number]}).text


def tickets() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def lift(client: FlaskClient, clerk: Staff, issuer_id: int, **values: str) -> tuple[int, str]:
    data = {"number": clerk.number, "issuer": str(issuer_id), "served_on": "2026-11-24"}
    data |= {"most": "5", "reason": "集中办理日", **values}
    answer = client.post("/tickets/ceiling", data=data)
    return answer.status_code, answer.text


def test_at_the_window_the_ticket_beyond_the_ceiling_is_refused_with_the_way_out(
    counter: FlaskClient, clerk: Staff, section: Section
) -> None:
    for number in ("A001", "A002", "A003"):
        assert "<svg" in issue(counter, clerk, number)
    page = issue(counter, clerk, "A004")
    assert "At most 3 tickets of one issuer" in page
    assert "Ask the personnel office" in page
    assert tickets() == MOST
    assert "<svg" in issue(counter, make_staff(section), "A004"), "somebody else is free"
    assert "<svg" in issue(counter, clerk, "A004", served_on="2026-11-23"), "and another day"


def test_a_list_a_screen_and_the_command_line_share_the_ceiling(
    app: Flask, counter: FlaskClient, clerk: Staff, tmp_path: Path
) -> None:
    rows = "".join(f"2026-11-24,{clerk.number},L-{n:03}\n" for n in range(4))
    content = f"办理日期,工号,办件编号\n{rows}".encode()
    answer = counter.post("/tickets/list", data={"file": (BytesIO(content), "名单.csv")})
    assert answer.status_code == 422
    assert "At most 3 tickets" in answer.text
    shown = re.findall(r'<th scope="row"[^>]*>(\d+)</th>', answer.text)
    assert shown == ["5"], "the row of the fourth, as Excel counts"
    assert tickets() == 0
    screen = f"/tickets/screen/{clerk.number}"
    assert counter.post(screen, data={"numbers": "A001~A004"}).status_code == 422
    assert counter.post(screen, data={"numbers": "A001 A002"}).status_code == 303
    assert "<svg" in issue(counter, clerk, "A003")
    assert counter.post(screen, data={"numbers": "A004"}).status_code == 422
    assert len(db.session.scalars(select(ScreenTurn)).all()) == 2
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    done = app.test_cli_runner().invoke(args=["ratings", "issue", str(file)])
    assert done.exit_code == 1
    assert "At most 3 tickets" in done.output + (done.stderr or "")


def test_invitations_count_too(sign_in: SignIn, clerk: Staff) -> None:
    client = sign_in(make_user(Role.HR))
    data = {"rater_group": "grassroots", "staff": [clerk.number], "addressees": "甲\n乙\n丙\n丁"}
    assert "At most 3 tickets" in client.post("/tickets/invite", data=data).text
    assert tickets() == 0
    assert "<svg" in client.post("/tickets/invite", data={**data, "addressees": "甲\n乙"}).text
    assert db.session.scalars(select(IssuingTally)).one().invitations == 2


def test_a_second_account_of_the_person_has_no_ceiling_of_its_own(
    counter: FlaskClient, officer: User, clerk: Staff, section: Section, sign_in: SignIn
) -> None:
    for number in ("A001", "A002", "A003"):
        issue(counter, clerk, number)
    own = {"staff_id": officer.staff_id, "organ_id": section.organ_id}
    for role in (Role.COUNTER, Role.HR):
        other = sign_in(make_user(role, name=f"2-{role}", **own))
        assert "At most 3 tickets" in issue(other, clerk, "A004")
    namesake = make_user(Role.HR, name="again", display_name=officer.display_name)
    assert "At most 3 tickets" in issue(sign_in(namesake), clerk, "A004")
    assert tickets() == MOST


def test_two_tabs_at_once_do_not_pass_the_ceiling(app: Flask, officer: User, clerk: Staff) -> None:
    number, actor = clerk.number, officer.actor
    begin, done = threading.Barrier(6), list[bool]()

    def tab() -> None:
        with app.app_context():
            begin.wait(30)
            try:
                with unit_of_work(actor) as unit:
                    issue_tickets(unit, [make_event(TODAY, number)], on=TODAY)
                done.append(True)
            except EventsRefused:
                done.append(False)
            finally:
                db.session.remove()

    db.session.rollback()
    tabs = [threading.Thread(target=tab) for _ in range(6)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join(60)
    assert sorted(done) == [False] * 3 + [True] * MOST
    assert tickets() == MOST
    assert db.session.scalars(select(IssuingTally)).one().tickets == MOST


def test_the_personnel_office_lifts_it_for_the_day_with_a_reason_that_stays_visible(
    counter: FlaskClient, officer: User, clerk: Staff, sign_in: SignIn
) -> None:
    for number in ("A001", "A002", "A003"):
        issue(counter, clerk, number)
    hr = sign_in(make_user(Role.HR, display_name="林岚"))
    assert 'href="/tickets/ceiling"' in hr.get("/tickets").text
    assert lift(hr, clerk, officer.id)[0] == 303
    page = hr.get("/tickets/ceiling").text
    assert all(words in page for words in ("集中办理日", "林岚", officer.display_name))
    line = db.session.scalars(select(AuditEvent).filter_by(action=Action.TICKET_LIFT)).one()
    assert line.subject_id == clerk.number
    assert (line.details["before"], line.details["most"]) == (MOST, 5)
    assert line.details["reason"] == "集中办理日"
    for number in ("A004", "A005"):
        assert "<svg" in issue(counter, clerk, number)
    assert "At most 5 tickets" in issue(counter, clerk, "A006")
    issue(counter, clerk, "B001", served_on="2026-11-23")
    row = db.session.scalars(select(CeilingLift)).one()
    assert (row.served_on, row.most) == (TODAY, 5), "the day before has its own ceiling"


def test_nobody_lifts_it_for_themselves(
    section: Section, clerk: Staff, officer: User, sign_in: SignIn
) -> None:
    hr = make_user(Role.HR)
    assert lift(sign_in(hr), clerk, hr.id)[0] == 403, "who would issue"
    organ = {"organ_id": section.organ_id}
    chief = make_chief(section)
    for person in (clerk, chief):
        own = sign_in(make_user(Role.HR, name=f"hr-{person.id}", staff_id=person.id, **organ))
        assert lift(own, clerk, officer.id)[0] == 422, "who is rated, or leads them"
    for name in (clerk.name, chief.name):
        nobodys = sign_in(make_user(Role.HR, display_name=name))
        assert lift(nobodys, clerk, officer.id)[0] == 422, "nobody can tell whether it is them"
    elsewhere = make_user(Role.HR, name="elsewhere", organ_id=make_section().organ_id)
    assert lift(sign_in(elsewhere), clerk, officer.id)[0] == 422
    assert db.session.scalars(select(CeilingLift)).all() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"number": "none"}, "you cannot lift the ceiling"),
        ({"most": "3"}, "The ceiling is 3 already"),
        ({"most": "99999"}, "between 2 and 5000"),
        ({"reason": ""}, "Please fill this in"),
        ({"issuer": "987654"}, "Who issues"),
        ({"served_on": "2026-02-30"}, "Service day"),
    ],
)
def test_what_cannot_be_lifted_is_said_in_words(
    sign_in: SignIn, clerk: Staff, officer: User, values: dict[str, str], words: str
) -> None:
    status, page = lift(sign_in(make_user(Role.HR)), clerk, officer.id, **values)
    assert status == 422
    assert words in page


@pytest.mark.parametrize("role", [Role.COUNTER, Role.CHIEF, Role.STAFF, Role.LEADER])
def test_who_issues_or_is_rated_cannot_lift(
    section: Section, clerk: Staff, officer: User, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(make_user(role, staff_id=make_staff(section).id, name="me"))
    assert client.get("/tickets/ceiling").status_code == 404
    assert lift(client, clerk, officer.id)[0] == 404


def test_the_tally_knows_neither_ticket_nor_time(counter: FlaskClient, clerk: Staff) -> None:
    issue(counter, clerk, "A001")
    columns = {column.name for column in IssuingTally.__table__.columns}
    counters = {"tickets", "invitations", "for_colleagues"}
    assert columns == {"served_on", "staff_id", "section_id", "issuer_id"} | counters
