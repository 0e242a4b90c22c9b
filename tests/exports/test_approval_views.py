"""The pages of large exports: request, start-page task, decision, download."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.exports import service as export_service
from evalsys.exports.approval import rules as export_large_rules
from evalsys.exports.approval.rules import ExportState
from evalsys.exports.models import LargeExport
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.models import Job
from evalsys.scores.models import SectionScore
from tests.exports.books import make_closed_city
from tests.factories import make_large_export, make_user
from tests.results.closing.city import CODE

SignIn = Callable[[User], FlaskClient]
ADDRESS = f"/export/members/{CODE}?lang=zh&sort=-total"


@pytest.fixture(autouse=True)
def _few_are_many(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count a workbook of three people as large."""
    monkeypatch.setattr(export_large_rules, "MANY", 2)


@pytest.fixture
def asker(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.HR, display_name="周敏"))


@pytest.fixture
def other(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.HR, display_name="孙丽"))


def ask(client: FlaskClient) -> str:
    """Request by the page; return the URL of the request."""
    answer = client.post(ADDRESS, data={"purpose": " 党组会材料 "})
    assert answer.status_code == 303
    return answer.headers["Location"]


def fetched() -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.action == Action.EXCHANGE_EXPORT)
    return list(db.session.scalars(query.order_by(AuditEvent.id)))


def test_a_link_to_a_large_export_asks_instead_of_sending(asker: FlaskClient) -> None:
    make_closed_city()
    page = asker.get(ADDRESS)
    assert page.status_code == 200
    assert "It names 13 people. Above 2 another person agrees" in page.text
    assert "sum (descending)" in page.text
    assert "At present nobody else could agree" in page.text
    assert db.session.scalars(select(LargeExport)).all() == []
    assert fetched() == []


def test_the_purpose_is_required_and_short(asker: FlaskClient) -> None:
    make_closed_city()
    for purpose, words in (("  ", "Please fill this in."), ("长" * 201, "At most 200 characters")):
        answer = asker.post(ADDRESS, data={"purpose": purpose})
        assert answer.status_code == 422
        assert words in answer.text
    assert db.session.scalars(select(LargeExport)).all() == []


def test_from_the_question_to_the_file(asker: FlaskClient, other: FlaskClient) -> None:
    make_closed_city()
    place = ask(asker)
    assert "/agree" not in asker.get(place).text
    assert "Decide on large exports" not in asker.get("/").text
    today = other.get("/").text
    assert "Decide on large exports" in today
    assert 'href="/exports"' in today
    assert f'href="{place}"' in other.get("/exports").text
    page = other.get(place).text
    for fact in ("Members", "sum (descending)", "周敏", "党组会材料", "<dd>13</dd>"):
        assert fact in page
    assert other.post(f"{place}/file").status_code == 404
    assert other.post(f"{place}/agree").status_code == 303
    assert "Decide on large exports" not in other.get("/").text
    assert "Fetch your workbook" in asker.get("/").text
    assert f"{place}/file" in asker.get(place).text
    sent = asker.post(f"{place}/file")
    assert sent.headers["Cache-Control"] == "no-store"
    book = load_workbook(io.BytesIO(sent.data))
    assert "人员明细" in book.sheetnames
    (line,) = fetched()
    assert line.details["request"] == int(place.rsplit("/", 1)[1])
    assert line.details["filters"] == {"sort": "-total"}
    assert "Fetch your workbook" not in asker.get("/").text


def test_asking_again_leads_to_the_request_that_waits(asker: FlaskClient) -> None:
    make_closed_city()
    place = ask(asker)
    answer = asker.get(ADDRESS)
    assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_who_asked_cannot_agree_by_hand(asker: FlaskClient) -> None:
    make_closed_city()
    place = ask(asker)
    answer = asker.post(f"{place}/agree")
    assert answer.status_code == 403
    assert "This takes two persons" in answer.text
    assert asker.get(f"{place}/refuse").status_code == 404
    assert asker.post(f"{place}/file").status_code == 409


def test_a_refusal_needs_a_reason_that_the_asker_reads(
    asker: FlaskClient, other: FlaskClient
) -> None:
    make_closed_city()
    place = ask(asker)
    assert other.get(f"{place}/refuse").status_code == 200
    assert other.post(f"{place}/refuse", data={"reason": ""}).status_code == 422
    assert other.post(f"{place}/refuse", data={"reason": "目的不清"}).status_code == 303
    page = asker.get(place).text
    assert "目的不清" in page
    assert "孙丽" in page
    assert other.post(f"{place}/agree").status_code == 409
    assert other.get(f"{place}/refuse").status_code == 409


def test_a_large_and_long_export_is_fetched_from_its_request_and_each_time_recorded(
    asker: FlaskClient, other: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_city()
    monkeypatch.setattr(export_service, "LONG", 0)
    place = ask(asker)
    assert db.session.scalars(select(Job)).all() == []
    other.post(f"{place}/agree")
    started = asker.post(f"{place}/file")
    job = db.session.scalars(select(Job)).one()
    assert (started.status_code, started.headers["Location"]) == (303, f"/jobs/{job.id}")
    page = asker.get(f"/jobs/{job.id}").text
    assert "/file" not in page  # A file of the job would be fetched without a line.
    assert f'href="{place}"' in page
    assert asker.get(f"/jobs/{job.id}/file").status_code == 404
    for _ in range(2):
        sent = asker.post(f"{place}/file", buffered=True)
        assert str(sent.mimetype).endswith("spreadsheetml.sheet")
    number = int(place.rsplit("/", 1)[1])
    assert [line.details.get("fetched", False) for line in fetched()] == [False, True, True]
    assert {line.details["request"] for line in fetched()} == {number}
    assert db.session.scalars(select(LargeExport.state)).one() is ExportState.TAKEN


def test_a_chief_asks_and_finds_the_request_though_few_pages_are_theirs(
    sign_in: SignIn, other: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_city()
    monkeypatch.setattr(export_large_rules, "MANY", 1)
    mine = db.session.scalars(
        select(SectionScore).where(SectionScore.chief_id.is_not(None))
    ).first()
    assert mine is not None
    chief = sign_in(make_user(Role.CHIEF, staff_id=mine.chief_id))
    place = ask(chief)
    assert chief.get(place).status_code == 200
    assert chief.post(f"{place}/agree").status_code == 404
    assert other.post(f"{place}/agree").status_code == 303
    assert chief.post(f"{place}/file").status_code == 200


def test_the_period_leads_to_the_list_and_the_list_has_pages(asker: FlaskClient) -> None:
    make_closed_city()
    assert 'href="/exports"' in asker.get(f"/periods/{CODE}").text
    assert "No large exports yet" in asker.get("/exports").text
    result = db.session.scalars(select(SectionScore)).first()
    assert result is not None
    author = make_user(Role.HR)
    for number in range(21):
        make_large_export(result.result, author, purpose=f"第{number}次")
    first, second = (asker.get(f"/exports?page={page}").text for page in (1, 2))
    assert len(re.findall(r'href="/exports/\d+"', first)) == 20
    assert "第0次" in second
