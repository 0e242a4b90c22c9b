import json
import logging
import re
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from evalsys.core.extensions import db
from evalsys.core.guards import current_actor, public, requires
from evalsys.core.permissions import Action
from evalsys.operations.hours import Hours
from evalsys.operations.logs import JsonHandler
from evalsys.ratings.tickets.rules.codes import write_code
from tests.applications import make_app
from tests.factories import make_user

CODE = "ABCDEFGHJKMNPQRSTVWXYZ2345"
COMMENT = "王科长说话很难听"
ADDRESS = "203.0.113.77"


@public
@pytest.fixture
def app(own_app: Flask) -> Flask:
    """An application of its own, to add routes."""
    return own_app


def rate(code: str) -> ResponseReturnValue:
    assert request.form
    current_actor()  # A signed-in clerk may rate as a citizen, too: unnamed.
    return "thanks"


@public
def break_off(code: str) -> ResponseReturnValue:
    db.session.execute(text("SELECT :comment FROM nowhere"), {"comment": request.form["comment"]})
    return ""


@requires(Action.HOME_VIEW)
def home() -> ResponseReturnValue:
    current_actor()
    return "home"


@pytest.fixture
def routes(app: Flask) -> Flask:
    """The application with three more routes."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/test/<code>", view_func=rate, methods=["POST"])
    app.add_url_rule("/test-break/<code>", view_func=break_off, methods=["POST"])
    app.add_url_rule("/test-home", view_func=home)
    return app


@pytest.fixture
def lines(
    routes: Flask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Return a function that returns the lines logged since the last call.

    Nothing is there to be counted of the hours of tests that went before.
    """
    monkeypatch.setattr("evalsys.operations.logs.hours", Hours())

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    read()
    return read


def post(client: FlaskClient, path: str) -> int:
    return client.post(
        f"{path}/{CODE}?via={CODE}",
        data={"comment": COMMENT, "contact": "13912345678"},
        environ_base={"REMOTE_ADDR": ADDRESS},
        headers={"X-Forwarded-For": ADDRESS, "User-Agent": "phone"},
    ).status_code


def test_a_request_is_one_line_with_its_route_and_nothing_of_the_citizen(
    routes: Flask, lines: Any
) -> None:
    assert post(routes.test_client(), "/test") == 200
    (line,) = lines()
    assert line.pop("ms") >= 0
    assert len(line.pop("request")) == 8
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "evalsys.requests",
        "message": "request",
        "method": "POST",
        "route": "/test/<code>",
        "status": 200,
        "user": None,
    }


def test_an_error_is_logged_with_its_frames_and_without_any_value(
    routes: Flask, lines: Any
) -> None:
    assert post(routes.test_client(), "/test-break") == 500
    found = lines()
    words = json.dumps(found, ensure_ascii=False)
    assert "break_off" in words
    for secret in (CODE, COMMENT, "13912345678", ADDRESS):
        assert secret not in words
    assert found[0]["request"] == found[1]["request"]


def test_the_user_is_named_on_pages_that_need_one_and_never_on_public_ones(
    routes: Flask, lines: Any, sign_in: Any
) -> None:
    user = make_user()
    client = sign_in(user)
    client.get("/test-home")
    post(client, "/test")
    assert [line["user"] for line in lines()] == [user.id, None]


def test_a_citizen_leaves_no_line_and_the_hour_only_counts(
    app: Flask, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([1_795_514_400.0, 1_795_515_000.0, 1_795_515_100.0, 1_795_515_101.0])
    monkeypatch.setattr("evalsys.operations.logs.time.time", lambda: next(clock))
    client = app.test_client()
    for path in ("/r", f"/r/{CODE}", "/r"):
        client.get(path)
    client.get("/static/app.css")
    assert lines() == []
    monkeypatch.setattr("evalsys.operations.logs.time.time", lambda: 1_795_518_000.0)
    client.get("/healthz")
    found = {(line["route"], line["status"]): line for line in lines()}
    assert found["/r", 200]["count"] == 2
    assert {line["time"] for line in found.values()} == {"2026-11-24T10Z"}
    assert not any("ms" in line for line in found.values())


def test_an_error_of_a_citizens_page_has_no_time_finer_than_the_hour(
    app: Flask, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("evalsys.ratings.ballots.views.get_ticket", lambda _: 1 / 0)
    code = write_code(bytes(range(16)))
    assert app.test_client().post("/r", data={"code": code}).status_code == 500
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\dZ", line["time"])


def test_an_unknown_path_is_not_written_down(routes: Flask, lines: Any) -> None:
    """A mistyped path may contain a ticket's code."""
    routes.test_client().get(f"/nothing/{CODE}")
    routes.test_client().get(f"/r.{CODE}")
    assert lines() == []


def test_what_a_watchdog_asks_is_no_news(routes: Flask, lines: Any) -> None:
    assert routes.test_client().get("/healthz").status_code == 200
    assert lines() == []


def test_values_of_a_failed_statement_are_hidden(app: Flask) -> None:
    with pytest.raises(Exception, match="nowhere") as caught:
        db.session.execute(text("SELECT :comment FROM nowhere"), {"comment": COMMENT})
    assert COMMENT not in str(caught.value)


def test_a_second_application_in_the_process_does_not_log_twice(app: Flask, tmp_path: Any) -> None:
    make_app("sqlite://", tmp_path)
    ours = [one for one in logging.getLogger().handlers if isinstance(one, JsonHandler)]
    assert len(ours) == 1
