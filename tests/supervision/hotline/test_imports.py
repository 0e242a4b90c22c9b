"""A list of tickets: its columns, its trial run, and what is written of it."""

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from evalsys.cases.engine.models import Notice, Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import Cancelled, Progress
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.runner import run_job
from evalsys.foundation.jobs.service import start_job
from evalsys.supervision.hotline.imports.check import TIDY_JOB
from evalsys.supervision.hotline.imports.models import HotlineImport, ImportStage
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.models import Matter
from tests.factories import make_organ, make_user
from tests.supervision.hotline.lists import (
    CHOSEN,
    HEADINGS,
    as_book,
    as_csv,
    checked,
    name_columns,
    row,
    send,
    written,
)
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]


def tickets() -> list[HotlineTicket]:
    db.session.rollback()
    return list(db.session.scalars(select(HotlineTicket).order_by(HotlineTicket.number)))


def matters() -> int:
    return db.session.scalar(select(func.count()).select_from(Matter)) or 0


def test_a_list_of_an_older_excel_becomes_tickets_and_matters(client: FlaskClient) -> None:
    closed = row("RX-2", 工单状态="已办结")
    answer = send(client, as_csv([row("RX-1"), closed]))
    page = client.get(f"{answer.location}?lang=en").text
    assert "138****5678" in page, "a sample hides the number of a caller"
    assert page.count(" selected") == len([key for key in CHOSEN if key]) + 1, "each was guessed"
    path = name_columns(client, answer.location).location
    told = client.get(f"{path}?lang=en").text
    assert "Write 2 tickets" in told
    assert tickets() == [], "nothing is written before it is confirmed"
    answer = client.post(f"{path}/write", follow_redirects=True)
    assert answer.status_code == 200
    first, second = tickets()
    assert (first.number, first.received_on, first.is_open) == ("RX-1", date(2026, 2, 9), True)
    assert first.says == "来电人138****5678称材料被退回，身份证370202********1234。"
    assert first.matter is not None
    assert first.matter.state == "taken_in"
    assert first.matter.grounds["says"] == first.says
    assert second.matter is None, "it was closed when it came"
    kept = db.session.scalars(select(HotlineImport)).one()
    assert (kept.stage, kept.content) == (ImportStage.WRITTEN, b"")
    assert "138" not in str(kept.head)
    assert "李四" not in str(kept.head)


def test_a_list_is_work_on_the_start_page_and_fills_no_inbox(client: FlaskClient) -> None:
    written(client, as_csv([row("RX-1"), row("RX-2")]))
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0
    page = client.get("/").text
    assert "材料反复补正RX-1" in page
    assert "材料反复补正RX-2" in page


def test_the_same_list_twice_changes_nothing(client: FlaskClient) -> None:
    content = as_csv([row("RX-1"), row("RX-2")])
    written(client, content)
    path = checked(client, as_book([row("RX-1"), row("RX-2")]), "工单.xlsx")
    page = client.get(f"{path}?lang=en").text
    assert "Nothing to write" in page
    assert client.post(f"{path}/write").status_code == 409
    assert (len(tickets()), matters()) == (2, 2)


def test_a_changed_row_of_a_known_number_is_told_and_not_doubled(client: FlaskClient) -> None:
    written(client, as_csv([row("RX-1"), row("RX-2", 工单状态="已办结")]))
    later = [row("RX-1", 工单状态="办结"), row("RX-2", 标题="重新打开"), row("RX-3")]
    path = checked(client, as_csv(later))
    page = client.get(f"{path}?lang=en").text
    for words in ("Known tickets told anew", "Open", "Closed", "重新打开", "Write 3 tickets"):
        assert words in page
    client.post(f"{path}/write")
    assert [(one.number, one.is_open) for one in tickets()] == [
        ("RX-1", False),
        ("RX-2", True),
        ("RX-3", True),
    ]
    assert matters() == 3, "a reopened one without a matter gets it, a closed one keeps it"


def test_a_column_that_a_list_has_not_stays_as_it_is(client: FlaskClient) -> None:
    written(client, as_csv([row("RX-1", 工单状态="已办结")]))
    chosen = [key if key != "status" else "" for key in CHOSEN]
    answer = name_columns(
        client, send(client, as_csv([row("RX-1", 标题="新标题")])).location, chosen
    )
    client.post(f"{answer.location}/write")
    [ticket] = tickets()
    assert (ticket.title, ticket.is_open, ticket.matter) == ("新标题", False, None)


def test_every_error_is_told_by_its_cell_and_its_row_left_out(client: FlaskClient) -> None:
    rows = [
        row("RX-1"),
        row("", 受理时间="昨天"),
        row("RX-3", 承办单位="审批处"),
        row("RX-1", 标题="又一次"),
        row("RX-5", 标题="\u3164\xad", 诉求内容="\u2800"),
        row("RX-6", 受理时间="2026/3/2"),
    ]
    path = checked(client, as_csv(rows))
    page = client.get(f"{path}?lang=en").text
    for words in (
        "The cell is empty",
        "This is not a date",
        "“审批局” is like it",
        "This number stands in row 2 already",
        "Neither title nor text is filled in",
        "2026-03-02 is in the future",
        "Write 1 ticket",
    ):
        assert words in page
    assert "审批处" in client.get(f"{path}/errors").text
    client.post(f"{path}/write")
    assert [one.number for one in tickets()] == ["RX-1"]


def test_columns_that_nobody_knows_are_named_once(client: FlaskClient) -> None:
    content = as_csv([row("RX-1")]).decode("gb18030")
    strange = content.replace("工单编号", "单子").replace("受理时间", "哪天").encode()
    answer = send(client, strange)
    page = client.get(answer.location).text
    assert 'value="number" selected' not in page
    wrong = name_columns(client, answer.location, ["", *CHOSEN[1:-1], "organ"])
    assert wrong.status_code == 422
    assert 'value="says" selected' in wrong.text, "what was chosen stays"
    assert name_columns(client, answer.location).status_code == 303
    again = client.get(f"{send(client, strange).location}?lang=en").text
    assert "A list with these headings came before" in again
    assert 'value="number" selected' in again


def test_a_workbook_with_two_lines_of_headings_and_full_width_digits(client: FlaskClient) -> None:
    head = [
        ("工单信息", "", "", "", "办理信息", "", "", ""),
        HEADINGS,
    ]
    content = as_book([row("ＲＸ－１", 受理时间="２０２６年２月９日")], head)
    client.post(f"{checked(client, content, '工单.xlsx')}/write")
    [ticket] = tickets()
    assert (ticket.number, ticket.received_on) == ("RX-1", date(2026, 2, 9))


def test_a_matter_taken_in_by_hand_becomes_that_of_its_ticket(
    office: Supervision, client: FlaskClient
) -> None:
    case = office.taken_in(reference="RX-1")
    written(client, as_csv([row("RX-1")]))
    assert [one.matter_id for one in tickets()] == [case.id]
    page = client.get(f"/cases/{case.id}?lang=en").text
    assert "/hotline/" in page
    assert "Hotline ticket" in page


def test_no_file_of_tickets_is_told(client: FlaskClient) -> None:
    for content, name in ((b"", "a.csv"), (b"a,b\n1,2", "a.csv"), (b"PK\x03\x04", "a.xlsx")):
        answer = send(client, content, name)
        assert answer.status_code == 422
        assert "errs" in answer.text


def test_rows_hidden_in_excel_are_asked_about(client: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(as_book([row("RX-1"), row("RX-2")])))
    book.worksheets[0].row_dimensions[4].hidden = True
    stream = io.BytesIO()
    book.save(stream)
    location = send(client, stream.getvalue(), "工单.xlsx").location
    asked = name_columns(client, location)
    assert asked.status_code == 422
    assert 'name="hidden"' in asked.text
    client.post(f"{name_columns(client, location, hidden='leave').location}/write")
    assert [one.number for one in tickets()] == ["RX-1"]


def test_a_file_that_nobody_writes_is_deleted_after_a_day(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    path = checked(client, as_csv([row("RX-1", 受理时间="13812345678")]))
    assert "138****5678" in client.get(path).text, "a cell that is told hides numbers as well"
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        later = sign_in(make_user(Role.SUPERVISOR))
        send(later, as_csv([row("RX-2")]))
        assert later.post(f"{path}/write").status_code == 409
        page = later.get(f"{path}?lang=en").text
    assert "deleted after a day" in page
    db.session.rollback()
    first = db.session.scalars(select(HotlineImport).order_by(HotlineImport.id)).first()
    assert first is not None
    assert first.content == b""
    assert "李四" not in str(first.head)


def test_the_night_deletes_what_nobody_writes(office: Supervision, client: FlaskClient) -> None:
    written(client, as_csv([row("RX-1")]))
    path = checked(client, as_csv([row("RX-2")]))
    for day, lists in ((timedelta(hours=20), 0), (timedelta(days=2), 1), (timedelta(days=3), 0)):
        job = start_job(SYSTEM, TIDY_JOB, {}, now=NOW + day)
        run_job(job.id, job.attempt, "night", NOW + day)
        db.session.refresh(job)
        assert (job.state, (job.result or {})["params"]) == (JobState.DONE, {"lists": lists})
    kept = db.session.scalars(select(HotlineImport).order_by(HotlineImport.id.desc())).first()
    assert kept is not None
    assert path.endswith(f"/{kept.id}")
    assert (kept.content, kept.stage) == (b"", ImportStage.CHECKED)
    assert "李四" not in str(kept.head)


def test_a_file_of_yesterday_is_read_no_more_before_it_is_deleted(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    path = checked(client, as_csv([row("RX-1")]))
    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        later = sign_in(make_user(Role.SUPERVISOR))
        assert later.post(f"{path}/write").status_code == 409
        assert later.get(f"{path}/columns").status_code == 409
        assert "deleted after a day" in later.get(f"{path}?lang=en").text
    assert tickets() == []


def test_a_long_list_is_checked_and_written_by_jobs(app: Flask, client: FlaskClient) -> None:
    app.config["JOBS_IMMEDIATE"] = True
    content = as_csv([row(f"RX-{n}", 诉求内容="称排队" * 60) for n in range(600)])
    assert len(content) > 200 * 1024
    answer = name_columns(client, send(client, content).location)
    assert "/jobs/" in answer.location
    page = client.get(answer.location).text
    path = page.partition('href="/hotline/imports/')[2].partition('"')[0]
    assert "/jobs/" in client.post(f"/hotline/imports/{path}/write").location
    again = client.post(f"/hotline/imports/{path}/write").location
    assert again == f"/hotline/imports/{path}", "a second click shows what was written"
    assert len(tickets()) == matters() == 600


def test_a_cancelled_job_says_what_stays(
    app: Flask, office: Supervision, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = checked(client, as_csv([row(f"RX-{n}") for n in range(600)]))
    advance = Progress.advance

    def stopped(self: Progress, n: int = 1) -> None:
        advance(self, n)
        raise Cancelled

    monkeypatch.setattr(Progress, "advance", stopped)
    app.config["JOBS_IMMEDIATE"] = True
    job = client.post(f"{path}/write").location
    assert len(tickets()) == 500
    page = client.get(f"{job}?lang=en").text
    assert "Cancelled" in page
    assert "500 new and 0 changed tickets, 500 matters opened" in page
    assert f'href="{path}"' in page
    assert "undone" not in page


def test_who_oversees_one_organ_takes_its_tickets_alone(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    other = make_organ(code="RS", name="人社局")
    written(client, as_csv([row("RX-1"), row("RX-2", 承办单位="人社局")]))
    of_one = sign_in(make_user(Role.SUPERVISOR, organ_id=other.id))
    page = of_one.get("/hotline").text
    assert "RX-2" in page
    assert "RX-1" not in page
    first, second = tickets()
    assert of_one.get(f"/hotline/{first.id}").status_code == 404
    assert of_one.get(f"/hotline/{second.id}").status_code == 200
    rows = [row("RX-1", 承办单位="人社局"), row("RX-3")]
    path = checked(of_one, as_csv(rows))
    told = of_one.get(f"{path}?lang=en").text
    assert "This number is on file with another organ" in told
    assert "There is no organ of this name" in told


def test_the_list_is_filtered(client: FlaskClient) -> None:
    written(client, as_csv([row("RX-1"), row("RX-2", 工单状态="归档")]))
    found = client.get("/hotline?state=closed").text
    assert "RX-2" in found
    assert "材料反复补正RX-1" not in found
    assert "RX-1" in client.get("/hotline?text=RX-1&organ=SP").text
    assert "RX-1" not in client.get("/hotline?text=nobody").text
    assert db.session.scalar(select(func.count()).select_from(Subject)) == 1
