"""A known browser has its own counter of tries, so that guessing locks nobody out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.sessions.browsers import describe
from tests.foundation.accounts.phones import PASSWORD, give_password, make_known

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)


def tries(client: FlaskClient, user: User, times: int) -> list[bool]:
    """Try wrong passwords; return which attempts were locked."""
    data = {"name": user.name, "password": "wrong"}
    return ["is locked" in client.post("/login", data=data).text for _ in range(times)]


def test_strangers_who_guess_lock_out_strangers_alone(app: Flask) -> None:
    user, own = make_known(Role.STAFF), app.test_client()
    give_password(own, user)
    own.post("/logout")
    assert tries(app.test_client(), user, 6)[-2:] == [True, True]
    stranger = app.test_client()
    data = {"name": user.name, "password": PASSWORD}
    assert "is locked" in stranger.post("/login", data=data).text
    assert give_password(own, user) == "/"


def test_a_known_browser_is_locked_by_its_own_tries_for_thirty_minutes(app: Flask) -> None:
    user, own = make_known(Role.STAFF), app.test_client()
    with time_machine.travel(NOW, tick=False) as clock:
        give_password(own, user)
        own.post("/logout")
        assert tries(own, user, 5)[-1]
        data = {"name": user.name, "password": PASSWORD}
        assert "is locked" in own.post("/login", data=data).text
        assert give_password(app.test_client(), user) == "/", "elsewhere nothing is locked"
        clock.move_to(NOW + timedelta(minutes=30))
        assert give_password(own, user) == "/"


def test_success_in_a_known_browser_gives_strangers_no_new_tries(app: Flask) -> None:
    user, own, stranger = make_known(Role.STAFF), app.test_client(), app.test_client()
    give_password(own, user)
    own.post("/logout")
    tries(stranger, user, 4)
    give_password(own, user)
    assert tries(stranger, user, 1) == [True]


def test_a_browser_knows_only_who_signed_in_with_it(app: Flask) -> None:
    user, other, shared = make_known(Role.STAFF), make_known(Role.STAFF), app.test_client()
    give_password(shared, other)
    shared.post("/logout")
    tries(app.test_client(), user, 5)
    data = {"name": user.name, "password": PASSWORD}
    assert "is locked" in shared.post("/login", data=data).text


@pytest.mark.parametrize("value", ["", "made.up", '["key",["x"]].forged'])
def test_a_cookie_that_is_not_ours_is_an_unknown_browser(app: Flask, value: str) -> None:
    user, client = make_known(Role.STAFF), app.test_client()
    tries(app.test_client(), user, 5)
    client.set_cookie("browser", value)
    data = {"name": user.name, "password": PASSWORD}
    assert "is locked" in client.post("/login", data=data).text


def test_a_cookie_does_not_name_the_account(app: Flask) -> None:
    user, client = make_known(Role.STAFF, name="zhangwei"), app.test_client()
    give_password(client, user)
    cookie = client.get_cookie("browser")
    assert cookie is not None
    assert "zhangwei" not in cookie.value


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/130 Safari/537 Edg/130", "Edge · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0", "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Safari/604", "Safari · iOS"),
        ("curl/8", None),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str, words: str | None) -> None:
    assert describe(agent) == words
