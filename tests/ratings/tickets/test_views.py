"""The counter's pages: tickets, slips, screens."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import count

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Posting, Section, Staff
from evalsys.organisation.periods.models import PeriodState
from evalsys.ratings.ballots.models import Channel, RaterGroup, Ticket, TicketStaff
from evalsys.ratings.tickets.views import MOST_ON_PAGE
from tests.factories import make_period, make_posting, make_section, make_staff, make_user

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)


_event = count(1)


def issue(client: FlaskClient, *staff: Staff, path: str = "/tickets", **values: str) -> str:
    """Issue a ticket for a new event; return the page."""
    data = {"served_on": "2026-11-24", "event_no": f"2026-{next(_event):06}", **values}
    return client.post(path, data={**data, "staff": [one.number for one in staff]}).text


def codes_in(html: str) -> list[str]:
    found = re.search(r'name="codes" value="([^"]*)"', html)
    return found[1].split() if found else []


def test_a_ticket_of_the_counter_is_shown_once_as_a_slip(
    counter: FlaskClient, clerk: Staff, client: FlaskClient
) -> None:
    colleague = make_staff(make_section())
    page = issue(counter, clerk, service_type="身份证")
    assert colleague.number not in page
    codes = codes_in(page)
    assert len(codes) == 1
    assert "<svg" in page
    ticket = db.session.scalars(select(Ticket)).one()
    assert (ticket.served_on, ticket.service_type) == (TODAY, "身份证")
    assert (ticket.channel, ticket.rater_group) == (Channel.COUNTER, RaterGroup.RECIPIENT)
    assert codes[0].encode() not in ticket.ticket_hash
    assert client.get(f"/r/{codes[0]}", follow_redirects=True).status_code == 200


def test_issuing_leaves_a_line_that_says_for_whom_which_group_and_which_event(
    counter: FlaskClient, clerk: Staff
) -> None:
    codes = codes_in(issue(counter, clerk, event_no="ａ 012"))
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.TICKET_ISSUE)
    ).one()
    assert line.subject_id == clerk.number
    assert line.details == {
        "group": "recipient",
        "day": "2026-11-24",
        "channel": "counter",
        "count": 1,
        "events": ["A012"],
    }
    assert codes[0] not in str(line.details)


def test_a_slip_becomes_a_pdf(counter: FlaskClient, clerk: Staff) -> None:
    codes = codes_in(issue(counter, clerk))
    answer = counter.post("/tickets/slips.pdf", data={"codes": " ".join(codes)})
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "filename=slips.pdf" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(("codes", "status"), [("nonsense", 400), ("0" * 27, 404)])
def test_codes_that_are_none_become_no_pdf(counter: FlaskClient, codes: str, status: int) -> None:
    assert counter.post("/tickets/slips.pdf", data={"codes": codes}).status_code == status


def test_no_page_shows_more_slips_than_it_can(counter: FlaskClient) -> None:
    codes = " ".join(["0" * 27] * (MOST_ON_PAGE + 1))
    answer = counter.post("/tickets/slips.pdf", data={"codes": codes})
    assert answer.status_code == 422
    assert "At most 1000 slips at once" in answer.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"served_on": "2026-11-25"}, "This day is in the future"),
        ({"served_on": "2026-11-02"}, "The time to rate a service of this day is over"),
        ({"served_on": "2026-02-30"}, "Service day"),
        ({"served_on": ""}, "Choose a day"),
        ({"event_no": ""}, "Number of the service"),
        ({"event_no": "???"}, "This is no number of a service"),
        ({"service_type": "x" * 81}, "80"),
    ],
)
def test_a_ticket_that_cannot_be_is_sent_back(
    counter: FlaskClient, clerk: Staff, values: dict[str, str], words: str
) -> None:
    page = issue(counter, clerk, **values)
    assert words in page
    assert codes_in(page) == []
    assert db.session.scalars(select(Ticket)).all() == []


def test_nobody_ticked_is_sent_back(counter: FlaskClient) -> None:
    assert "Tick at least one person" in issue(counter)


def test_no_ticket_for_a_day_of_a_closed_period(counter: FlaskClient, clerk: Staff) -> None:
    make_period("2026-Q4", state=PeriodState.CLOSED)
    assert "The period of this day is closed" in issue(counter, clerk)


def test_no_ticket_for_somebody_of_another_section(counter: FlaskClient) -> None:
    page = issue(counter, make_staff(make_section()))
    assert codes_in(page) == []
    assert db.session.scalars(select(Ticket)).all() == []


def test_the_section_is_that_of_the_day_of_service(clerk: Staff, sign_in: SignIn) -> None:
    """Somebody moved yesterday; the day before is still the former section's."""
    old, new = make_section(), make_section()
    mover = make_staff()
    make_posting(mover, old, ended_on=date(2026, 11, 22))
    make_posting(mover, new, started_on=date(2026, 11, 23))
    client = sign_in(make_user(Role.HR))
    address = f"/tickets?section={new.id}"
    for day in ("2026-11-20", "2026-11-24"):
        data = {"served_on": day, "event_no": f"N-{day}", "staff": [mover.number]}
        assert codes_in(client.post(address, data=data).text)
    rows = db.session.execute(
        select(Ticket.served_on, TicketStaff.section_id)
        .join(TicketStaff, TicketStaff.ticket_hash == Ticket.ticket_hash)
        .order_by(Ticket.served_on)
    ).all()
    assert [row.section_id for row in rows] == [old.id, new.id]


def test_who_serves_nobody_outside_is_not_offered(clerk: Staff, counter: FlaskClient) -> None:
    inside = make_posting(make_staff(faces_recipients=False), clerk_section(clerk)).staff
    page = counter.get("/tickets").text
    assert clerk.number in page
    assert inside.number not in page


def clerk_section(clerk: Staff) -> Section:
    return db.session.scalars(select(Posting).where(Posting.staff_id == clerk.id)).one().section


def test_a_list_becomes_slips_or_says_what_is_wrong(counter: FlaskClient, clerk: Staff) -> None:
    head = "办理日期,工号,事项,办件编号\n"
    good = (
        f"{head}2026-11-24,{clerk.number},身份证,SP-0001\n2026-11-23,{clerk.number},护照,SP-0002\n"
    )
    file = (BytesIO(good.encode("gb18030")), "名单.csv")
    page = counter.post("/tickets/list", data={"file": file})
    assert page.status_code == 200, page.text
    assert len(codes_in(page.text)) == 2
    bad = f"{head}2026-12-24,{clerk.number},,SP-0003\n2026-11-24,none,,SP-0004\n"
    answer = counter.post("/tickets/list", data={"file": (BytesIO(bad.encode()), "x.csv")})
    assert answer.status_code == 422
    assert "This day is in the future" in answer.text
    assert "There is no staff member with this number" in answer.text
    assert len(db.session.scalars(select(Ticket)).all()) == 2
    assert counter.post("/tickets/list").status_code == 422
    broken = (BytesIO(b"\x00\x01"), "x.xlsx")
    assert counter.post("/tickets/list", data={"file": broken}).status_code == 422
