"""Two of the office decide on the same: who sends an old page is told, and nothing is undone."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.reform.consultations.models import (
    Consultation,
    ConsultationState,
    Opinion,
    OpinionKind,
    OpinionState,
)
from evalsys.reform.consultations.rules.figures import OpinionVoice
from tests.factories import make_user, save
from tests.reform.consultations.drafts import make_consultation, make_kind
from tests.reform.consultations.test_views import seen_on, send

pytestmark = pytest.mark.usefixtures("clock")  # 24 November 2026
SignIn = Callable[[User], FlaskClient]
CHANGED = "Somebody changed this after your page was opened"


@pytest.fixture
def office(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR))


def late(office: FlaskClient, path: str, seen: str, **data: str) -> str:
    """Send the form of an old page; return the page that refuses it."""
    answer = office.post(path, data={**data, "seen": seen})
    assert answer.status_code == 422
    assert CHANGED in answer.text
    db.session.rollback()
    return answer.text


def test_words_that_a_colleague_withheld_are_not_released_by_an_old_page(
    office: FlaskClient,
) -> None:
    kind = make_kind()
    values = {"voice": OpinionVoice.RESIDENT, "state": OpinionState.PENDING, "body": "某某态度差"}
    one = save(Opinion(key=b"1" * 16, consultation_id=kind.consultation_id, **values))
    page = f"/reform/consultations/{kind.consultation_id}/opinions"
    what = {"opinion": one.key.hex()}
    seen = seen_on(office, page, what)
    assert send(office, page, **what, decision="withheld", reason="涉及个人") == 303
    late(office, page, seen, **what, decision="released")
    assert db.session.get_one(Opinion, one.key).state is OpinionState.WITHHELD
    again = f"{page}?state=withheld"
    assert send(office, again, **what, decision="released") == 303, "who has looked may"


def test_an_answer_of_a_colleague_stays_and_is_shown(office: FlaskClient) -> None:
    kind = make_kind()
    page = f"/reform/consultations/{kind.consultation_id}/kinds/{kind.id}"
    seen = seen_on(office, page, {})
    assert send(office, page, verdict="adopted", answer="周六开放") == 303
    refused = late(office, page, seen, verdict="not_adopted", answer="人手不足")
    assert "周六开放" in refused
    assert "人手不足" in refused, "what was typed stays"
    assert db.session.get_one(OpinionKind, kind.id).answer == "周六开放"


def test_a_draft_that_a_colleague_changed_is_looked_at_first(office: FlaskClient) -> None:
    made = make_consultation(state=ConsultationState.DRAFT, opened_on=None)
    page = f"/reform/consultations/{made.id}/change"
    form = {"summary": "短", "draft": "全文", "closes_on": "2026-12-20"}
    seen = seen_on(office, page, {})
    assert send(office, page, title="甲案", **form) == 303
    assert "甲案" in late(office, page, seen, title="乙案", **form)
    assert db.session.get_one(Consultation, made.id).title == "甲案"


def test_an_outcome_is_published_with_the_answers_that_were_read(office: FlaskClient) -> None:
    kind = make_kind()
    here = f"/reform/consultations/{kind.consultation_id}"
    answer = {"verdict": "adopted", "answer": "周六开放"}
    assert send(office, f"{here}/kinds/{kind.id}", **answer) == 303
    db.session.get_one(Consultation, kind.consultation_id).closes_on = date(2026, 11, 23)
    db.session.commit()
    seen = seen_on(office, f"{here}/publish", {})
    assert send(office, f"{here}/kinds/{kind.id}", verdict="not_adopted", answer="不办") == 303
    late(office, f"{here}/publish", seen, outcome="已印发")
    assert send(office, f"{here}/publish", outcome="已印发") == 303
