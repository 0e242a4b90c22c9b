"""Call-backs from a list and by hand, what is left out, the league table, replies."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.rules import Satisfaction
from tests.factories import make_user
from tests.supervision.hotline.lists import CHOSEN, HEADINGS, name_columns, row, send, ticket
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]
MORE = ("是否接通", "是否按时联系", "是否解决", "满意度", "办理结果")
ALL = (*CHOSEN, "reached", "in_limit", "solved", "satisfaction", "reply")
CALL = {"called_on": "2026-02-11", "reached": "yes", "in_limit": "yes", "solved": "no"}


@pytest.fixture
def client(office: Supervision, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR, name="zhou"))


def brought(client: FlaskClient, *rows: tuple[str, ...]) -> str:
    """Write a list with call-backs; return its address."""
    lines = [",".join(cells) for cells in ((*HEADINGS, *MORE), *rows)]
    answer = send(client, "\n".join(lines).encode())
    page = client.get(answer.location).text
    for key in ALL:
        assert not key or f'value="{key}" selected' in page
    path = name_columns(client, answer.location, ALL).location
    client.post(f"{path}/write")
    return str(path)


def seen(one: HotlineTicket) -> tuple[Any, ...]:
    return (one.is_reached, one.in_limit, one.is_solved, one.satisfaction)


def test_answers_come_with_the_list_and_an_empty_cell_takes_none_back(client: FlaskClient) -> None:
    brought(
        client,
        (*row("RX-1"), "是", "按时联系", "未解决", "基本满意", ""),
        (*row("RX-2"), "无人接听", "", "", "", ""),
        (*row("RX-3"), "", "", "已解决", "", ""),
    )
    assert seen(ticket()) == (True, True, False, Satisfaction.BASICALLY)
    assert seen(ticket("RX-2")) == (False, None, None, None)
    assert seen(ticket("RX-3")) == (True, None, True, None), "who answers was reached"
    path = brought(client, (*row("RX-1", 标题="新标题"), "", "", "", "", ""))
    assert "RX-1" in client.get(path).text
    assert seen(ticket()) == (True, True, False, Satisfaction.BASICALLY)
    brought(client, (*row("RX-1", 标题="新标题"), "未接通", "", "", "", ""))
    assert seen(ticket()) == (False, None, None, None), "who was not reached answers nothing"


def test_answers_of_nobody_are_told_by_their_cell(client: FlaskClient) -> None:
    path = brought(
        client, (*row("RX-1"), "否", "是", "", "", ""), (*row("RX-2"), "", "", "", "凑合", "")
    )
    page = client.get(f"{path}?lang=en").text
    assert "Nobody was reached: then there is no answer." in page
    assert "凑合" in page


def test_a_call_back_is_entered_by_hand_and_the_log_keeps_what_was(client: FlaskClient) -> None:
    brought(client, (*row("RX-1"), "", "", "", "", ""))
    path = f"/hotline/{ticket().id}"
    wrong = client.post(f"{path}/call", data={**CALL, "reached": "no"})
    assert wrong.status_code == 422
    assert 'value="2026-02-11"' in wrong.text, "what was typed stays"
    assert client.post(f"{path}/call", data={"called_on": "2026-02-13"}).status_code == 422
    ahead = client.post(f"{path}/call", data={**CALL, "called_on": "2026-02-13"})
    assert ahead.status_code == 422, "no call on a day to come"
    assert (
        client.post(f"{path}/call", data={**CALL, "satisfaction": "satisfied"}).status_code == 303
    )
    assert seen(ticket()) == (True, True, False, Satisfaction.SATISFIED)
    seen_now = {"seen": ticket().call.mark}
    client.post(f"{path}/call", data={**CALL, **seen_now, "solved": "yes"})
    query = select(AuditEvent).filter_by(action=Action.HOTLINE_CALL).order_by(AuditEvent.id)
    first, second = db.session.scalars(query)
    assert first.details["before"]["is_reached"] is None
    assert second.details["before"]["satisfaction"] == "satisfied"
    assert second.details["after"]["is_solved"] is True
    assert "Correct the call-back" in client.get(f"{path}?lang=en").text


@pytest.mark.parametrize("day", ["2026-02-08", "1899-12-31", "0001-01-01"])
def test_nobody_calls_back_before_the_ticket_was_received(client: FlaskClient, day: str) -> None:
    brought(client, (*row("RX-1"), "", "", "", "", ""))
    path = f"/hotline/{ticket().id}/call?lang=en"
    wrong = client.post(path, data={**CALL, "called_on": day})
    assert wrong.status_code == 422
    field = wrong.text.partition('id="called_on-e"')[2].partition("</p>")[0]
    assert "The ticket had not been received yet on this day." in field
    assert ticket().called_on is None
    same_day = client.post(path, data={**CALL, "called_on": "2026-02-09"})
    assert same_day.status_code == 303


def test_a_list_with_such_a_call_back_is_told_by_the_cell(client: FlaskClient) -> None:
    lines = [(*HEADINGS, "回访时间"), (*row("RX-1"), "2026-02-08"), (*row("RX-2"), "2026-02-09")]
    answer = send(client, "\n".join(",".join(cells) for cells in lines).encode())
    path = name_columns(client, answer.location, (*CHOSEN, "called_on")).location
    page = client.get(f"{path}?lang=en").text
    assert page.count("The ticket had not been received yet on this day.") == 1
    client.post(f"{path}/write")
    written = db.session.execute(select(HotlineTicket.number, HotlineTicket.called_on)).all()
    assert [tuple(one) for one in written] == [("RX-2", date(2026, 2, 9))]


def test_a_ticket_is_left_out_with_a_reason_under_a_name(client: FlaskClient) -> None:
    good = ("是", "是", "是", "满意", "")
    bad = ("是", "否", "否", "不满意", "")
    brought(client, *((*row(f"RX-{n}"), *good) for n in range(2, 8)), (*row("RX-1"), *bad))
    table = client.get("/hotline/league?lang=en").text
    assert "6/7" in table
    assert "85.7%" in table
    path = f"/hotline/{ticket().id}"
    assert client.post(f"{path}/leave-out", data={"reason": " "}).status_code == 422
    reason = {"reason": "来电人13812345678恶意拨打"}
    assert client.post(f"{path}/leave-out", data=reason).status_code == 303
    assert client.post(f"{path}/leave-out", data=reason).status_code == 409
    table = client.get("/hotline/league?lang=en").text
    assert "100.0%" in table
    assert "6/6" in table
    assert "138****5678恶意拨打" in table
    user = db.session.scalars(select(User).filter_by(name="zhou")).one()
    assert user.display_name in table
    assert "Count it again" in client.get(f"{path}?lang=en").text
    assert client.post(f"{path}/count-again", data={"reason": " "}).status_code == 422
    again = {"reason": "来电人13812345678补充材料"}
    assert client.post(f"{path}/count-again", data=again).status_code == 303
    assert client.post(f"{path}/count-again", data=again).status_code == 409
    page = client.get(f"{path}?lang=en").text
    for words in ("counted again (1)", "138****5678恶意拨打", "138****5678补充材料"):
        assert words in page, "the page of the ticket keeps who, when and why"
    assert page.count(user.display_name) >= 2
    assert "6/7" in client.get("/hotline/league?lang=en").text
    steps = [
        line.details["step"]
        for line in db.session.scalars(
            select(AuditEvent).filter_by(action=Action.HOTLINE_EXCLUDE).order_by(AuditEvent.id)
        )
    ]
    assert steps == ["leave_out", "count_again"]


def test_the_office_of_one_organ_does_not_judge_itself(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    brought(client, (*row("RX-1"), "是", "是", "否", "不满意", ""))
    own = sign_in(make_user(Role.SUPERVISOR, organ_id=office.organ.id))
    path = f"/hotline/{ticket().id}"
    assert own.get(path).status_code == 200
    for page in ("call", "leave-out"):
        assert f"{path}/{page}" not in own.get(path).text
        assert own.post(f"{path}/{page}", data={**CALL, "reason": "x"}).status_code in {403, 404}
    lines = [
        ",".join(cells) for cells in ((*HEADINGS, *MORE), (*row("RX-2"), *"是是是", "满意", ""))
    ]
    answer = send(own, "\n".join(lines).encode())
    assert 'value="satisfaction"' not in own.get(answer.location).text
    own.post(f"{name_columns(own, answer.location, ALL).location}/write")
    assert seen(ticket("RX-2")) == (None, None, None, None)
    again = send(client, "\n".join(lines).encode())
    assert 'value="satisfaction" selected' in client.get(again.location).text, "still remembered"


def test_the_register_of_a_section_has_what_it_handles(
    office: Supervision, client: FlaskClient
) -> None:
    brought(client, *((*row(f"RX-{n}"), "", "", "", "", "") for n in range(1, 3)))
    case = ticket().matter
    assert case is not None
    office.take(office.office, case, "accept", now=NOW)
    office.take(office.office, case, "assign", now=NOW, **office.assignment())
    answer = client.get("/ledgers/hotline?since=2026-02-01&until=2026-02-28&section=SP01&lang=zh")
    rows = list(load_workbook(io.BytesIO(answer.data))["12345月报"].values)
    assert [values[0] for values in rows[1:]] == ["RX-1"]


def test_the_table_counts_what_was_received_in_the_days(client: FlaskClient) -> None:
    brought(client, (*row("RX-1"), "是", "是", "是", "满意", ""))
    assert "审批局" in client.get("/hotline/league").text
    other = client.get("/hotline/league?lang=en&since=2026-01-01&until=2026-01-31").text
    assert "No ticket was received in these days." in other
    assert client.get("/hotline/league?since=nonsense").status_code == 422


def test_the_register_has_the_tickets_the_rates_and_what_was_left_out(client: FlaskClient) -> None:
    brought(client, *((*row(f"RX-{n}"), "是", "是", "是", "满意", "") for n in range(6)))
    client.post(f"/hotline/{ticket().id}/leave-out", data={"reason": "重复来电"})
    answer = client.get("/ledgers/hotline?since=2026-02-01&until=2026-02-28&lang=zh")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames[1:] == ["12345月报", "12345三率", "不计入三率的工单"]
    month, rates, out = (list(book[name].values) for name in book.sheetnames[1:])
    assert len(month) == 1 + 6
    assert rates[1][:6] == ("审批局", 1, 1, 1, 1, 1)
    assert "xl/charts/chart1.xml" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    [chart] = book["12345三率"]._charts  # noqa: SLF001  # Openpyxl has no public name for it.
    start = chart.anchor._from.col  # noqa: SLF001
    assert start >= book["12345三率"].max_column, "beside the table, not on it"
    assert out[1][:3] == ("RX-1", "审批局", "重复来电")


def test_replies_go_back_in_the_very_columns_of_the_list(
    office: Supervision, client: FlaskClient
) -> None:
    path = brought(client, (*row("RX-1"), "", "", "", "", ""), (*row("RX-2"), "", "", "", "", ""))
    case = ticket().matter
    assert case is not None
    now = NOW + timedelta(minutes=5)
    office.take(office.office, case, "accept", now=now)
    office.take(office.office, case, "assign", now=now, **office.assignment())
    office.take(office.handler, case, "sign", now=now)
    entry = {"result": "已核查。", "reply": "=已办结，请查收。"}
    office.take(office.handler, case, "feed_back", now=now, **entry)
    answer = client.get(f"{path}/replies")
    [sheet] = load_workbook(io.BytesIO(answer.data)).worksheets
    first, *rows = sheet.values
    assert first == (*HEADINGS, *MORE, "答复时间")
    found = [dict(zip(first, values, strict=True)) for values in rows]
    assert [one["工单编号"] for one in found] == ["RX-1", "RX-2"]
    assert "=已办结" in str(found[0]["办理结果"])
    assert found[0]["答复时间"].date() == date(2026, 2, 12)
    assert (found[0]["来电人"], found[0]["联系电话"]) == (None, None), "they were never taken"
    assert (found[0]["工单状态"], found[1]["办理结果"]) == ("办理中", None)
