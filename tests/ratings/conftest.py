"""A clerk at a window, and a ticket for what they did on a Tuesday."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from evalsys.org.models import Staff
from tests.factories import make_section, make_staff
from tests.ratings.citizen import NOW
from tests.world import make_code


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def clerk(app: Flask) -> Staff:
    return make_staff(make_section(name="企业登记科"), post="受理岗", window_no="3")


@pytest.fixture
def code(clerk: Staff) -> str:
    return make_code(clerk)
