"""A caller rates who handled the ticket: one ticket, issued by the office, never by the handler."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.ratings.ballots.models import Channel, Ticket, TicketStaff
from evalsys.supervision.hotline.models import HotlineTicket
from tests.factories import make_user
from tests.supervision.hotline.lists import as_csv, row, written
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]


def page_of(client: FlaskClient, number: str = "RX-1") -> str:
    """Bring a ticket in; return the address of its page."""
    written(client, as_csv([row(number)]))
    db.session.rollback()
    return f"/hotline/{db.session.scalars(select(HotlineTicket.id)).one()}"


def replied(office: Supervision) -> None:
    """The handler answers."""
    case = db.session.scalars(select(HotlineTicket)).one().matter
    assert case is not None
    now = NOW + timedelta(minutes=5)
    office.take(office.office, case, "accept", now=now)
    office.take(office.office, case, "assign", now=now, **office.assignment())
    office.take(office.handler, case, "sign", now=now)
    entry = {"result": "已核查。", "reply": "已办结。"}
    office.take(office.handler, case, "feed_back", now=now, **entry)


def test_before_a_reply_there_is_nothing_to_rate(client: FlaskClient) -> None:
    path = page_of(client)
    assert f"{path}/slip" not in client.get(path).text
    assert client.get(f"{path}/slip").status_code == 409
    assert client.post(f"{path}/slip").status_code == 409
    assert db.session.scalars(select(Ticket)).all() == []


def test_the_caller_gets_one_ticket_for_who_handled_it(
    office: Supervision, client: FlaskClient
) -> None:
    path = page_of(client)
    replied(office)
    assert f"{path}/slip" in client.get(path).text
    told = client.get(f"{path}/slip").text
    assert "张三" in told
    assert office.member.number in told
    shown = client.post(f"{path}/slip", data={})
    assert shown.status_code == 200
    assert 'class="code"' in shown.text
    assert f'href="{path}"' in shown.text
    db.session.rollback()
    [ticket] = db.session.scalars(select(Ticket)).all()
    [rated] = db.session.scalars(select(TicketStaff)).all()
    assert rated.staff_id == office.member.id
    assert (ticket.service_type, ticket.channel) == (None, Channel.SLIP), "like any other slip"
    [line] = db.session.scalars(select(AuditEvent).filter_by(action=Action.TICKET_HOTLINE))
    assert line.details["events"] == ["12345-RX-1"]


def test_a_second_ticket_is_refused(office: Supervision, client: FlaskClient) -> None:
    path = page_of(client)
    replied(office)
    client.post(f"{path}/slip", data={"first": "1"})
    again = client.post(f"{path}/slip?lang=en", data={"second": "1"})
    assert again.status_code == 422
    assert "A ticket was issued for this service already" in again.text
    db.session.rollback()
    assert len(db.session.scalars(select(Ticket)).all()) == 1
    shown = client.get(f"{path}/slip?lang=en").text
    assert "A ticket was issued for this service already" in shown
    assert "Issue the ticket" not in shown, "what would be refused is not offered"


def test_what_was_sent_back_is_rated_by_nobody(office: Supervision, client: FlaskClient) -> None:
    path = page_of(client)
    replied(office)
    case = db.session.scalars(select(HotlineTicket)).one().matter
    assert case is not None
    now = NOW + timedelta(minutes=10)
    back = {"asked_on": "2026-02-12", "answer": "dissatisfied", "missing": "未答复来电人。"}
    office.take(office.office, case, "send_back", now=now, **back)
    page = client.get(f"{path}?lang=en").text
    assert "The reply was sent back" in page
    assert f"{path}/slip" not in page
    assert client.post(f"{path}/slip").status_code == 409
    [written_by] = db.session.scalars(select(HotlineTicket.import_id))
    book = load_workbook(BytesIO(client.get(f"/hotline/imports/{written_by}/replies").data))
    assert "已办结。" not in [value for line in book.worksheets[0].values for value in line]
    again = {"result": "已联系。", "reply": "现已答复。"}
    office.take(office.handler, case, "feed_back", now=now, **again)
    assert client.post(f"{path}/slip", data={}).status_code == 200
    book = load_workbook(BytesIO(client.get(f"/hotline/imports/{written_by}/replies").data))
    assert "现已答复。" in [value for line in book.worksheets[0].values for value in line]


@pytest.mark.parametrize("number", ["RX-" + "7" * 57, "热线#2026*1", "Ж-1", "RX：1", "【急】RX1"])
def test_every_number_that_a_list_takes_gets_its_ticket(
    office: Supervision, client: FlaskClient, number: str
) -> None:
    path = page_of(client, number)
    replied(office)
    assert "Issue the ticket" in client.get(f"{path}/slip?lang=en").text
    shown = client.post(f"{path}/slip", data={})
    assert 'class="code"' in shown.text
    again = client.post(f"{path}/slip?lang=en", data={"second": "1"})
    assert "A ticket was issued for this service already" in again.text


def test_a_following_matter_is_another_service(office: Supervision, client: FlaskClient) -> None:
    path = page_of(client)
    replied(office)
    assert client.post(f"{path}/slip", data={}).status_code == 200
    case = db.session.scalars(select(HotlineTicket)).one().matter
    assert case is not None
    closing = {"asked_on": "2026-02-12", "answer": "satisfied", "conclusion": "已办结。"}
    office.take(office.office, case, "close", now=NOW + timedelta(minutes=9), **closing)
    written(client, as_csv([row("RX-1", 工单状态="已办结")]))
    written(client, as_csv([row("RX-1")]))
    assert client.get(f"{path}/slip").status_code == 409, "the new matter has no reply"
    replied(office)
    assert client.post(f"{path}/slip", data={"second": "1"}).status_code == 200
    db.session.rollback()
    assert len(db.session.scalars(select(Ticket)).all()) == 2


def test_nobody_of_the_section_issues_it(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    path = page_of(client)
    replied(office)
    for actor in (office.handler, office.chief, office.leader):
        user = db.session.get_one(User, actor.user_id)
        assert sign_in(user).post(f"{path}/slip").status_code in {403, 404}
    of_the_handler = make_user(Role.SUPERVISOR, staff_id=office.member.id)
    own = sign_in(of_the_handler)
    assert f"{path}/slip" not in own.get(path).text
    words = "You answer for the matter, or lead who does"
    assert words in own.get(f"{path}?lang=en").text
    for refused in (own.get(f"{path}/slip?lang=en"), own.post(f"{path}/slip?lang=en")):
        assert refused.status_code == 409, "who handled it has an account of the office as well"
        assert words in refused.text
    db.session.rollback()
    assert db.session.scalars(select(Ticket)).all() == []
