"""The office of supervision, and who signs in for the whole city."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.supervision.office import NOW, Supervision


@pytest.fixture
def office(app: Flask) -> Iterator[Supervision]:
    with time_machine.travel(NOW, tick=False):
        yield Supervision()


@pytest.fixture
def client(office: Supervision, sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    """Signed in as the office of the city."""
    return sign_in(make_user(Role.SUPERVISOR))
