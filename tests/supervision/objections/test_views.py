"""Objecting to a conclusion and deciding on it in pages, and the letter of the decision."""

import io
from collections.abc import Callable, Iterator
from datetime import date

import docx
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.applications import noted_statements
from tests.factories import make_organ, make_user
from tests.supervision.objections.office import CHANGED, CLOSED, GROUNDS, Objections
from tests.supervision.office import at

SignIn = Callable[[User], FlaskClient]
MOST = 12  # questions of a page


@pytest.fixture
def city(app: Flask) -> Iterator[Objections]:
    with time_machine.travel(at(CLOSED, 12), tick=False):
        yield Objections()


@pytest.fixture
def chief(city: Objections, sign_in: SignIn) -> FlaskClient:
    return sign_in(city.user(city.chief.user_id))


def test_the_page_of_a_concluded_matter_says_until_when_and_leads_to_the_objection(
    city: Objections, chief: FlaskClient
) -> None:
    matter = city.concluded()
    page, link = chief.get(f"/cases/{matter.id}?lang=en").text, f"/matters/{matter.id}/object"
    assert link in page
    assert "received on 12 Feb 2026, until Mon 16 Mar 2026" in page
    form = chief.get(f"{link}?lang=en").text
    assert "who checked or concluded the matter takes no part" in form
    assert "逾期办结。" in form
    empty = chief.post(f"{link}?lang=en", data={"grounds": " "})
    assert (empty.status_code, "Please fill this in." in empty.text) == (422, True)
    assert chief.post(link, data={"grounds": GROUNDS}).status_code == 303
    case = db.session.scalars(select(Subject).filter_by(kind="objection")).one()
    page = chief.get(f"/cases/{matter.id}").text
    assert f"/cases/{case.id}" in page
    assert link not in page


def test_a_second_tab_is_told_the_number_and_keeps_what_was_typed(
    city: Objections, chief: FlaskClient
) -> None:
    link = f"/matters/{city.opened(city.concluded()).id}/object?lang=en"
    assert chief.post(link, data={"grounds": GROUNDS}).status_code == 303
    again = chief.post(link, data={"grounds": "另一份异议"})
    assert (again.status_code, "另一份异议" in again.text) == (422, True)
    assert "There is an objection to this conclusion: 2026-001." in again.text


def test_who_does_not_speak_for_the_section_has_no_such_page(
    city: Objections, sign_in: SignIn
) -> None:
    matter = city.opened(city.concluded())
    link = f"/matters/{matter.id}/object"
    for actor in (city.office, city.handler, city.leader, city.chief_beside):
        client = sign_in(city.user(actor.user_id))
        assert (client.get(link).status_code, client.post(link).status_code) == (404, 404)
        assert link not in client.get(f"/cases/{matter.id}").text
    assert sign_in(city.user(city.head.user_id)).get(link).status_code == 200
    filed = city.assigned(reference="RX-9")
    client = sign_in(city.user(city.chief.user_id))
    assert client.get(f"/matters/{filed.id}/object").status_code == 404


def test_the_right_is_over_after_its_term(city: Objections, sign_in: SignIn) -> None:
    matter = city.opened(city.concluded())
    with time_machine.travel(at(date(2026, 3, 17), 12), tick=False):
        chief = sign_in(city.user(city.chief.user_id))
        page = chief.get(f"/cases/{matter.id}?lang=en").text
        assert "The term for an objection ended on" in page
        assert "/object" not in page
        late = chief.post(f"/matters/{matter.id}/object?lang=en", data={"grounds": GROUNDS})
        assert (late.status_code, GROUNDS in late.text) == (422, True)


def test_a_colleague_decides_among_equal_choices_and_the_letter_says_so(
    city: Objections, sign_in: SignIn
) -> None:
    case = city.filed()
    step = f"/cases/{case.id}/step/review"
    own = sign_in(city.user(city.office.user_id))
    assert step not in own.get(f"/cases/{case.id}").text
    assert own.get(step).status_code == 404
    client = sign_in(city.user(city.second.user_id))
    assert f"/cases/{case.id}" in client.get("/").text
    assert step in client.get(f"/cases/{case.id}").text
    form = client.get(f"{step}?lang=en").text
    for words in (
        "Conclusion upheld",
        "Conclusion changed",
        "Conclusion revoked, to be checked again",
        "食堂证照反复补件",
        "补正期间应当停止计时",
        "逾期办结。",
    ):
        assert words in form, words
    choices = [one.partition(">")[0] for one in form.split('<input class="chk" type="radio"')[1:]]
    assert len(choices) == 3
    assert not any("checked" in one for one in choices), "the choices are equal"
    typed = {"choice": "change", **CHANGED, "excused": "y", "conclusion": ""}
    bad = client.post(f"{step}?lang=en", data=typed)
    assert (bad.status_code, "补正未申请停止计时。" in bad.text) == (422, True)
    assert client.post(step, data={**typed, "conclusion": "按期办结。"}).status_code == 303
    page = client.get(f"/cases/{case.id}").text
    letter = page.split(f'href="/cases/{case.id}/letter/')[1].split('"')[0]
    taken = client.get(f"/cases/{case.id}/letter/{letter}", buffered=True)
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(taken.data)).paragraphs)
    for words in ("异议处理决定书", "变更原督查结论。变更后的结论为：按期办结。", "已经回避"):
        assert words in text, words
    whole = client.get(f"/cases/{case.origin_id}?lang=en").text
    assert "Conclusion changed on an objection" in whole
    assert f"{step}" not in whole


@pytest.mark.parametrize("who", ["chief", "second", "handler"])
def test_its_pages_ask_no_more_than_any_other(city: Objections, sign_in: SignIn, who: str) -> None:
    case = city.filed()
    client = sign_in(city.user(getattr(city, who).user_id))
    for page in (f"/cases/{case.id}", f"/cases/{case.origin_id}"):
        assert client.get(page).status_code == 200  # What it writes comes with the first look.
        db.session.expire_all()
        with noted_statements() as asked:
            assert client.get(page).status_code == 200
        assert len([one for one in asked if one.startswith("SELECT")]) <= MOST, page


def test_the_form_asks_no_more_than_any_other(city: Objections, chief: FlaskClient) -> None:
    link = f"/matters/{city.opened(city.concluded()).id}/object"
    assert chief.get(link).status_code == 200
    db.session.expire_all()
    with noted_statements() as asked:
        assert chief.get(link).status_code == 200
    assert len([one for one in asked if one.startswith("SELECT")]) <= MOST


def test_an_office_of_another_organ_finds_nothing(city: Objections, sign_in: SignIn) -> None:
    case = city.filed()
    foreign = sign_in(make_user(Role.SUPERVISOR, organ_id=make_organ(code="RS").id))
    assert foreign.get(f"/cases/{case.id}").status_code == 404
    assert foreign.get(f"/cases/{case.id}/step/review").status_code == 404
