"""Whoever prints slips and answers with all of them makes up no outcome unseen."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.tickets.rules.codes import write_code
from evalsys.reform.consultations.models import (
    Consultation,
    ConsultationState,
    Opinion,
    OpinionState,
)
from evalsys.reform.consultations.rules.codes import mailed_code
from evalsys.reform.consultations.rules.origins import origin_of, shares_stated
from evalsys.reform.consultations.service import code_key
from tests.factories import make_chief, make_leader, make_section, make_staff, make_user
from tests.reform.consultations.drafts import TODAY, make_consultation
from tests.reform.consultations.test_views import MARKS
from tests.world import make_code

SignIn = Callable[[User], FlaskClient]
STATED, WHOSE = "came with slips of", "somebody else of the office decides"


def speak(app: Flask, draft: Consultation, code: str, body: str = "") -> None:
    page = f"/consultations/{draft.id}/opinion"
    answer = app.test_client().post(page, data={**MARKS, "code": code, "body": body})
    assert answer.status_code == 303


def speak_by_mail(app: Flask, draft: Consultation, place: int) -> None:
    speak(app, draft, write_code(mailed_code(code_key(), draft.id, f"p{place}@example.cn")))


@pytest.mark.usefixtures("clock")
def test_twelve_opinions_with_slips_of_one_section_are_stated_and_read_together(
    app: Flask, section: Section, sign_in: SignIn, statements: list[str]
) -> None:
    draft, clerk, other = make_consultation(), make_staff(section), make_staff(make_section())
    for place in range(8):
        speak_by_mail(app, draft, place)
    for place in range(12):
        speak(app, draft, make_code(clerk, on=TODAY), f"很好{place}")
    speak(app, draft, make_code(other, on=TODAY), "排队太久")
    office = sign_in(make_user(Role.SUPERVISOR))
    here = f"/reform/consultations/{draft.id}"
    statements.clear()
    page = office.get(here).text
    assert sum(words.startswith(("SELECT", "WITH")) for words in statements) <= 12
    assert f"12 opinions (57%) {STATED} {section.name}" in page
    assert page.count(STATED) == 1, "one slip of another section is nobody's business"
    mark = db.session.scalars(db.select(Opinion.origin).where(Opinion.body == "很好1")).one()
    assert mark is not None
    together = office.get(f"{here}/opinions?origin={mark.hex()}").text
    assert together.count('name="opinion"') == 12
    assert "排队太久" not in together
    assert "排队太久" in office.get(f"{here}/opinions?origin=00").text, "of no such section"
    assert STATED not in sign_in(make_user(Role.CHIEF)).get(here).text
    draft.state, draft.outcome = ConsultationState.PUBLISHED, "已印发"
    draft.published_on = TODAY
    db.session.commit()
    read = app.test_client().get(f"/consultations/{draft.id}", headers={"Accept-Language": "en"})
    assert "57% of the opinions came with the slips of one section" in read.text
    assert section.name not in read.text


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("side", ["chief", "leader", "member"])
def test_nobody_reviews_what_the_slips_of_their_own_section_brought(
    app: Flask, section: Section, sign_in: SignIn, side: str
) -> None:
    draft, clerk = make_consultation(opened_on=TODAY), make_staff(section)
    makers: dict[str, Callable[[Section], Staff]] = {
        "chief": make_chief,
        "leader": make_leader,
        "member": make_staff,
    }
    person = makers[side](section)
    own, other = (make_user(Role.SUPERVISOR, staff_id=who) for who in (person.id, None))
    page = f"/reform/consultations/{draft.id}/opinions?lang=en"
    for place in range(4):
        speak(app, draft, make_code(clerk, on=TODAY), f"很好{place}")
    assert WHOSE not in sign_in(own).get(page).text, "of few nothing is said"
    speak(app, draft, make_code(clerk, on=TODAY), "很好4")
    opinion = db.session.scalars(db.select(Opinion).where(Opinion.body == "很好1")).one()
    sent = {"opinion": opinion.key.hex(), "decision": "released", "seen": opinion.mark}
    mine = sign_in(own)
    assert mine.get(page).text.count(WHOSE) == 5
    assert 'name="opinion"' not in mine.get(page).text
    assert WHOSE in mine.post(page, data=sent).text
    db.session.refresh(opinion)
    assert opinion.state is OpinionState.PENDING
    assert sign_in(other).post(page, data=sent).status_code == 303


@pytest.mark.usefixtures("clock")
def test_few_or_a_small_part_are_not_stated(app: Flask, section: Section, sign_in: SignIn) -> None:
    draft, clerk = make_consultation(), make_staff(section)
    for _ in range(4):
        speak(app, draft, make_code(clerk, on=TODAY))
    office = sign_in(make_user(Role.SUPERVISOR))
    assert STATED not in office.get(f"/reform/consultations/{draft.id}").text, "fewer than five"
    speak(app, draft, make_code(clerk, on=TODAY))
    assert STATED in office.get(f"/reform/consultations/{draft.id}").text
    for place in range(20):
        speak_by_mail(app, draft, place)
    assert STATED not in office.get(f"/reform/consultations/{draft.id}").text, "a fifth, not more"


@given(
    st.dictionaries(st.none() | st.binary(min_size=1, max_size=2), st.integers(1, 50), max_size=9),
    st.integers(1, 100),
    st.integers(2, 20),
)
def test_stated_is_what_exceeds_both_limits(
    counts: dict[bytes | None, int], most: int, least: int
) -> None:
    stated, total = shares_stated(counts, most, least), sum(counts.values())
    for origin, count in counts.items():
        is_much = origin is not None and count >= least and 100 * count > most * total
        assert (origin in stated) == is_much
    assert len(stated) <= 100 // most


def test_a_mark_is_of_one_consultation_and_needs_the_key() -> None:
    marks = {origin_of(key, draft, 7) for key in (b"a", b"b") for draft in (1, 2)}
    assert len(marks) == 4
