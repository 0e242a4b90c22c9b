"""A conclusion handed over on paper: the office notes the day, and the term begins."""

import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Attachment, Subject
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.matters.conclusions.queries import conclusion_of, received_on
from evalsys.supervision.objections.service import file_objection
from tests.cases.papers.files import pdf
from tests.factories import make_user
from tests.supervision.objections.office import CLOSED, GROUNDS, Objections
from tests.supervision.office import at

SignIn = Callable[[User], FlaskClient]
NOTED, LATER = CLOSED + timedelta(days=6), CLOSED + timedelta(days=90)
LABEL = "Record the receipt on paper"


@pytest.fixture
def city(app: Flask) -> Iterator[Objections]:
    with time_machine.travel(at(NOTED, 12), tick=False):
        yield Objections()


def day_of_receipt(matter: Subject) -> date | None:
    db.session.rollback()
    matter = db.session.get_one(Subject, matter.id)
    conclusion = conclusion_of(matter)
    assert conclusion is not None
    return received_on(matter, conclusion)


def test_the_office_notes_the_day_with_the_scan_and_the_term_runs_from_it(
    city: Objections, sign_in: SignIn
) -> None:
    matter = city.concluded()
    client, page = sign_in(make_user(Role.SUPERVISOR)), f"/cases/{matter.id}"
    told = client.get(f"{page}?lang=en").text
    assert "This case is closed" in told
    assert LABEL in told
    step = f"{page}/step/note_receipt"
    assert "The term for an objection runs from this day" in client.get(f"{step}?lang=en").text
    sent = {"received_on": "2026-02-14", "files": (io.BytesIO(pdf()), "送达回证.pdf")}
    assert client.post(step, data=sent).status_code == 303
    assert day_of_receipt(matter) == date(2026, 2, 14)
    assert db.session.scalars(select(Attachment.subject_id)).all() == [matter.id]
    after = client.get(f"{page}?lang=en").text
    assert "This case is closed" in after
    assert "送达回证" in after
    assert step not in after, "it is received once"
    assert client.post(step, data={"received_on": "2026-02-15"}).status_code == 409
    with pytest.raises(DomainError, match="ended on"):
        file_objection(city.chief, matter, GROUNDS, now=at(LATER))
    assert file_objection(city.chief, matter, GROUNDS, now=at(NOTED, 13)).state == "filed"


@pytest.mark.parametrize(
    ("day", "why"),
    [("2026-02-19", "still to come"), ("2026-02-11", "The conclusion is of 12 Feb 2026")],
)
def test_a_day_that_cannot_be_is_refused_at_its_field(
    city: Objections, sign_in: SignIn, day: str, why: str
) -> None:
    matter = city.concluded()
    step = f"/cases/{matter.id}/step/note_receipt?lang=en"
    page = sign_in(make_user(Role.SUPERVISOR)).post(step, data={"received_on": day})
    assert page.status_code == 422
    assert 'id="received_on-e"' in page.text
    assert page.text.count(why) == 2, "above the form and at the field"
    assert day_of_receipt(matter) is None


def test_nothing_is_noted_of_what_was_opened_is_open_or_is_a_task(
    city: Objections, sign_in: SignIn
) -> None:
    client = sign_in(make_user(Role.SUPERVISOR))
    open_one, opened = (
        city.assigned(reference="RX-1"),
        city.opened(city.concluded(reference="RX-2")),
    )
    for matter in (open_one, opened):
        assert LABEL not in client.get(f"/cases/{matter.id}?lang=en").text
        step = f"/cases/{matter.id}/step/note_receipt"
        assert client.post(step, data={"received_on": "2026-02-14"}).status_code == 409


def test_after_a_conclusion_was_revoked_the_next_one_is_received_anew(city: Objections) -> None:
    matter = city.concluded()
    city.take(city.second, matter, "note_receipt", now=at(NOTED), received_on="2026-02-14")
    case = file_objection(city.chief, matter, GROUNDS, now=at(NOTED))
    revoked = {"reasons": "须重新核查。", "decider": "孙志强 副秘书长"}
    city.take(city.second, case, "revoke", now=at(NOTED), **revoked)
    checked = {"asked_on": "2026-02-18", "answer": "satisfied", "conclusion": "按期办结。"}
    city.take(city.third, matter, "close", now=at(NOTED, 11), **checked)
    assert day_of_receipt(matter) is None
    city.take(city.third, matter, "note_receipt", now=at(NOTED, 12), received_on="2026-02-18")
    assert day_of_receipt(matter) == NOTED
