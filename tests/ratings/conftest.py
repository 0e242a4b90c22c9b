"""A clerk at a window, the hall office, and a ticket for what was done on a Tuesday."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from tests.factories import make_staff, make_user
from tests.world import make_code


@pytest.fixture
def clerk(section: Section) -> Staff:
    return make_staff(section, post="受理岗", window_no="3")


@pytest.fixture
def officer(section: Section) -> User:
    """The hall office of the organ."""
    return make_user(Role.COUNTER, staff_id=make_staff().id, organ_id=section.organ_id)


@pytest.fixture
def counter(officer: User, sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(officer)


@pytest.fixture
def code(clerk: Staff) -> str:
    return make_code(clerk)
