"""The form on which a matter is checked with the petitioner."""

from collections.abc import Callable

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from tests.supervision.office import NOW, Supervision


@pytest.fixture
def city(app: object) -> Supervision:
    return Supervision()


def user_of(actor: Actor) -> User:
    return db.session.scalars(select(User).filter_by(id=actor.user_id)).one()


def test_it_shows_what_was_answered_and_names_what_each_choice_does(
    city: Supervision, sign_in: Callable[[User], FlaskClient]
) -> None:
    case = city.fed_back()
    with time_machine.travel(NOW, tick=False):
        page = sign_in(user_of(city.office)).get(f"/cases/{case.id}/step/check?lang=en").text
    assert "已补齐。" in page
    assert "<b>Closed</b>" in page
    assert "<b>Send it back to be redone</b>" in page, "the stage alone says that it is in hand"
