"""The pages on which somebody reads from when until when they may contest something."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
NOT_BEGUN = "The term begins on the day you open the case; opened today, until"


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def test_every_page_says_that_the_term_waits_and_then_how_long_it_runs(
    world: World, sign_in: SignIn
) -> None:
    rows, case = world.case_rows(Place.OWN), world.cases[Place.OWN]
    pages = ("/?show=rights", f"/remedies/{rows.step_id}?")
    with time_machine.travel(NOW + timedelta(days=20), tick=False):
        client = sign_in(world.users[Role.CHIEF])
        for page in pages:
            said = client.get(f"{page}&lang=en").text
            assert f"{NOT_BEGUN} Wed 13 Jan 2027" in said, page
        assert "30 days left" in client.get("/?show=rights").text
        assert f'href="/cases/{case.id}"' in client.get("/?show=rights").text
        client.get(f"/cases/{case.id}")
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        client = sign_in(world.users[Role.CHIEF])
        for page in pages:
            said = client.get(f"{page}&lang=en").text
            assert "received on 14 Dec 2026, until Wed 13 Jan 2027" in said, page
        assert "20 days left" in client.get("/?show=rights").text
    with time_machine.travel(NOW + timedelta(days=51), tick=False):
        client = sign_in(world.users[Role.CHIEF])
        assert f"/remedies/{rows.step_id}" not in client.get("/?show=rights").text
        assert client.get(f"/remedies/{rows.step_id}").status_code == 404
