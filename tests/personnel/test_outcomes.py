"""No page puts one outcome of a decision forward: a case names the question, and all are equal."""

import re
from collections.abc import Callable, Iterator
from itertools import permutations

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.cases.engine.kinds import kinds_of
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.foundation.accounts.models import User
from tests.personnel.feedback.reviews import NOW, Hall

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def hall(app: object) -> Iterator[Hall]:
    with time_machine.travel(NOW, tick=False):
        yield Hall()


def page_of(client: FlaskClient, case: Subject) -> str:
    return client.get(f"/cases/{case.id}?lang=en").text


def test_a_bad_review_asks_for_a_class_and_proposes_none(hall: Hall, sign_in: SignIn) -> None:
    case = hall.open()
    for user in (hall.hr_user, hall.chief_user):
        page = page_of(sign_in(user), case)
        assert "Next step: Classify the review" in page
        looks = re.findall(r'class="btn (\S+)" href="/cases/\d+/step/(classify\w*)"', page)
        assert looks == [("btn-plain", "classify"), ("btn-plain", "classify_aside")]


def test_who_waits_for_a_decision_reads_the_question(hall: Hall, sign_in: SignIn) -> None:
    case = hall.objected()
    for user in (hall.person_user, hall.hr_user):
        page = page_of(sign_in(user), case)
        assert "Decide on the objection" in page
        assert "Reject the objection" not in page
    page = page_of(sign_in(hall.reviewer_user), case)
    assert "Next step: Decide on the objection" in page
    assert "btn-primary" not in page


def test_whatever_answers_one_question_stands_below_it(app: Flask) -> None:
    """A usual step and another outcome, which end one term: of the same office, with two stages."""
    unasked = [
        f"{kind.name}: {way.name} or {other.name}"
        for kind in kinds_of(app).values()
        for state in kind.machine.states
        for way, other in permutations(kind.machine.moves_from(state), 2)
        if way.is_way and not other.is_way and not other.after
        if set(way.meets) & set(other.meets)
        if set(way.duties) & set(other.duties) - {PERSON}
        if way.target != other.target and not (way.asks or way.form)
    ]
    assert unasked == []
