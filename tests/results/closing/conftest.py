"""The day on which the small city is closed, and the personnel office that closes it."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.results.closing.city import NOW


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def officer(app: Flask) -> User:
    return make_user(Role.HR, display_name="周敏")


@pytest.fixture
def hr(officer: User, sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(officer)
