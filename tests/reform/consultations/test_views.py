"""From a draft to the answers: citizens without an account, the office, and what is refused."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.rules import clean_mail
from evalsys.organisation.org.models import Section
from evalsys.ratings.ballots.models import Intake
from evalsys.ratings.tickets.rules.codes import write_code
from evalsys.reform.consultations.models import Consultation, ConsultationState, Opinion
from evalsys.reform.consultations.rules.codes import mailed_code
from evalsys.reform.consultations.service import code_key
from tests.factories import make_staff, make_user
from tests.reform.consultations.drafts import LAST_DAY, TODAY, make_consultation, make_kind
from tests.world import make_code

pytestmark = pytest.mark.usefixtures("clock")  # 24 November 2026
SignIn = Callable[[User], FlaskClient]
MARKS = {"clarity": "5", "fairness": "3", "usefulness": "0", "voice": "grassroots", "send": "1"}


@pytest.fixture
def citizen(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def office(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR))


def code_of(consultation: Consultation, address: str) -> str:
    return write_code(mailed_code(code_key(), consultation.id, address))


def send(office: FlaskClient, path: str, **data: str) -> int:
    """Send the form of a page, of one opinion if it is named; return the status."""
    return office.post(path, data={"seen": seen_on(office, path, data), **data}).status_code


def seen_on(office: FlaskClient, path: str, data: dict[str, str]) -> str:
    """The mark that the page sends along."""
    page = office.get(path).text
    page = page[page.find(f'value="{data["opinion"]}"') :] if "opinion" in data else page
    found = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    return found[1] if found else ""


def opinions() -> list[Opinion]:
    db.session.rollback()
    return list(db.session.scalars(select(Opinion).order_by(Opinion.body)))


def test_a_rating_slip_opens_the_form_and_gives_one_opinion(
    citizen: FlaskClient, section: Section
) -> None:
    made = make_consultation()
    code = make_code(make_staff(section), on=TODAY)
    page = f"/consultations/{made.id}/opinion"
    assert "Give an opinion" in citizen.get(f"/consultations/{made.id}").text
    form = citizen.post(page, data={"code": code}).text
    assert "Send the opinion" in form
    data = {**MARKS, "code": code, "body": "周六能办吗"}
    assert citizen.post(page, data=data).headers["Location"].endswith("/thanks")
    assert citizen.post(page, data=data).status_code == 303, "a double click"
    again = citizen.post(page, data={**data, "clarity": "1"}, follow_redirects=True)
    assert "The first opinion with a code counts" in again.text, "it tells nothing of the first"
    [one] = opinions()
    assert (one.clarity, one.fairness, one.usefulness, one.body) == (5, 3, None, "周六能办吗")
    assert db.session.scalars(select(Intake)).all() == [], "a rating stays what it is"
    assert "周六能办吗" not in citizen.get(f"/consultations/{made.id}").text, "not reviewed"


def test_an_opinion_has_no_time_no_ticket_no_line_in_the_log(
    citizen: FlaskClient, section: Section
) -> None:
    made, before = make_consultation(), len(db.session.scalars(select(AuditEvent)).all())
    code = make_code(make_staff(section), on=TODAY)
    lines = len(db.session.scalars(select(AuditEvent)).all())
    citizen.post(f"/consultations/{made.id}/opinion", data={**MARKS, "code": code})
    [one] = opinions()
    columns = {column.key for column in inspect(Opinion).columns}
    assert columns == {
        *("key", "consultation_id", "origin", "voice", "clarity", "fairness", "usefulness"),
        *("body", "state", "reason", "kind_id"),
    }
    assert code.encode() not in one.key
    assert len(db.session.scalars(select(AuditEvent)).all()) == lines >= before


def test_bad_input_is_said_at_its_field_and_keeps_what_was_typed(citizen: FlaskClient) -> None:
    made = make_consultation()
    page, code = f"/consultations/{made.id}/opinion", code_of(made, "li@example.cn")
    for data, words in (
        ({"code": ""}, "This code is not known here"),
        ({"code": "AAAA BBBB CCCC DDDD E"}, "This code is not known here"),
        ({"code": code_of(make_consultation(), "li@example.cn")}, "This code is not known here"),
        ({"code": code, "send": "1", "clarity": "5", "body": "留着"}, "Say for whom you speak"),
        ({"code": code, "send": "1", "voice": "other"}, "Mark at least one point"),
        ({**MARKS, "code": code, "body": "字" * 1001}, "1001 characters are too many"),
        ({**MARKS, "code": code, "voice": "mayor"}, "Say for whom you speak"),
    ):
        answer = citizen.post(page, data=data)
        assert answer.status_code == 422, data
        assert words in answer.text, data
        if "body" in data:
            assert data["body"] in answer.text
    assert opinions() == []


def test_machines_and_late_ones_leave_nothing(citizen: FlaskClient) -> None:
    made = make_consultation()
    code = code_of(made, "li@example.cn")
    data = {**MARKS, "code": code, "website": "http://spam.example"}
    assert citizen.post(f"/consultations/{made.id}/opinion", data=data).status_code == 303
    assert opinions() == []
    over = make_consultation(closes_on=date(2026, 11, 23))
    late = {**MARKS, "code": code_of(over, "li@example.cn")}
    answer = citizen.post(f"/consultations/{over.id}/opinion", data=late)
    assert (answer.status_code, "takes no more opinions" in answer.text) == (422, True)
    draft = make_consultation(state=ConsultationState.DRAFT)
    assert citizen.get(f"/consultations/{draft.id}").status_code == 404
    assert draft.title not in citizen.get("/consultations").text.replace(made.title, "")


def test_a_code_by_mail_says_nothing_about_its_address(
    citizen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_consultation()
    page = f"/consultations/{made.id}"
    assert "Send me a code" not in citizen.get(f"{page}/opinion").text, "no mail server"
    answer = citizen.post(f"{page}/mail", data={"address": "li@example.cn"})
    assert (answer.status_code, "No mail can be sent" in answer.text) == (409, True)
    sent = list[str]()

    def note(_consultation: Consultation, address: str, **_: object) -> None:
        clean_mail(address)
        sent.append(address)

    monkeypatch.setattr("evalsys.reform.consultations.views.public.send_code", note)
    bad = citizen.post(f"{page}/mail", data={"address": "nobody"})
    assert (bad.status_code, "not a mail address" in bad.text) == (422, True)
    assert citizen.post(f"{page}/mail", data={"address": "li@example.cn"}).status_code == 303
    trapped = {"address": "wang@example.cn", "website": "x"}
    assert citizen.post(f"{page}/mail", data=trapped).status_code == 303
    assert sent == ["li@example.cn"]


def test_the_office_goes_from_a_draft_to_the_outcome(
    office: FlaskClient, citizen: FlaskClient
) -> None:
    form = {"title": "方案", "summary": "短", "draft": "全文", "closes_on": "2026-11-24"}
    past = office.post("/reform/consultations/new", data=form)
    assert (past.status_code, "after today" in past.text) == (422, True)
    made = office.post("/reform/consultations/new", data={**form, "closes_on": str(LAST_DAY)})
    here = made.headers["Location"]
    number = int(here.rpartition("/")[2])
    assert send(office, f"{here}/change", **{**form, "title": ""}) == 422
    changed = {**form, "title": "改后的方案", "closes_on": str(LAST_DAY)}
    assert send(office, f"{here}/change", **changed) == 303
    assert office.post(f"{here}/open").status_code == 303
    assert office.get(f"{here}/change").status_code == 404
    consultation = db.session.get_one(Consultation, number)
    for place, body in enumerate(("周六能办吗", "某某科长态度差", "")):
        code = code_of(consultation, f"p{place}@example.cn")
        data = {**MARKS, "code": code, "body": body}
        assert citizen.post(f"/consultations/{number}/opinion", data=data).status_code == 303
    assert office.post(f"{here}/kinds/new", data={"title": "周末办理"}).status_code == 303
    kind = re.findall(r"/kinds/(\d+)", office.get(here).text)[0]
    keys = re.findall(r'name="opinion" value="(\w+)"', office.get(f"{here}/opinions").text)
    assert len(keys) == 2
    held = {"opinion": keys[0], "decision": "withheld", "kind": kind}
    refused = office.post(f"{here}/opinions", data=held)
    assert (refused.status_code, "Say why it is withheld" in refused.text) == (422, True)
    by_body = {one.body: one.key.hex() for one in opinions()}
    for body, decision, reason in (
        ("周六能办吗", "released", ""),
        ("某某科长态度差", "withheld", "涉及个人"),
    ):
        data = {"opinion": by_body[body], "decision": decision, "reason": reason, "kind": kind}
        assert send(office, f"{here}/opinions", **data) == 303
    assert "publish what came of it after the last day" in office.get(f"{here}/publish").text
    assert office.post(f"{here}/publish", data={"outcome": "早"}).status_code == 422
    consultation = db.session.get_one(Consultation, number)
    consultation.closes_on = date(2026, 11, 23)
    db.session.commit()
    finish(office, citizen, here, kind)


def finish(office: FlaskClient, citizen: FlaskClient, here: str, kind: str) -> None:
    """After the last day: the kind is answered, and the outcome published."""
    assert "has no answer yet" in office.get(f"{here}/publish").text
    answer = {"verdict": "partly", "answer": ""}
    assert send(office, f"{here}/kinds/{kind}", **answer) == 422
    answer["answer"] = "周六上午开放"
    assert send(office, f"{here}/kinds/{kind}", **answer) == 303
    assert send(office, f"{here}/publish", outcome="") == 422
    assert send(office, f"{here}/publish", outcome="已印发") == 303
    page = citizen.get(here.removeprefix("/reform")).text
    shown = (
        "已印发",
        "周六上午开放",
        "Adopted in part",
        "周六能办吗",
        "The shares are not shown",
    )
    assert [words for words in shown if words not in page] == []
    assert "某某科长" not in page
    assert "fewer than" in page
    assert office.get(f"{here}/publish").status_code == 404


def test_who_only_reads_sees_no_opinion_before_its_review(sign_in: SignIn) -> None:
    kind = make_kind()
    here = f"/reform/consultations/{kind.consultation_id}"
    for role in (Role.CHIEF, Role.LEADER):
        client = sign_in(make_user(role))
        assert client.get(here).status_code == 200
        assert client.get(f"{here}/opinions").status_code == 404
        assert client.post(f"{here}/publish").status_code == 404
    assert sign_in(make_user(Role.HR)).get(here).status_code == 404
    draft = make_consultation(state=ConsultationState.DRAFT)
    reader = sign_in(make_user(Role.CHIEF))
    assert reader.get(f"/reform/consultations/{draft.id}").status_code == 404
