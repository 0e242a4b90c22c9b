"""Several open a case of one kind at the same moment: each gets a number of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.supervision.office import Supervision

SignIn = Callable[[User], FlaskClient]
CLERKS, EACH = 4, 5


def test_who_opens_at_the_same_moment_gets_a_number_of_its_own(app: Flask, sign_in: SignIn) -> None:
    organ = Supervision().organ.code
    clerks = [sign_in(make_user(Role.SUPERVISOR, name=f"ducha{n}")) for n in range(CLERKS)]
    db.session.remove()
    ready = Barrier(CLERKS)

    answers: list[int] = []

    def take_in(clerk: FlaskClient) -> None:
        for n in range(EACH):
            ready.wait(timeout=60)
            fields = {"source": "inspection", "organ": organ, "title": f"第{n}件", "says": "巡查"}
            answers.append(clerk.post("/matters/new", data=fields).status_code)

    with ThreadPoolExecutor(CLERKS) as hands:
        list(hands.map(take_in, clerks))
    assert set(answers) == {303}
    serials = db.session.scalars(select(Subject.serial).filter_by(kind="matter")).all()
    assert sorted(serials) == list(range(1, CLERKS * EACH + 1))
