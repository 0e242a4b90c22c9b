from pathlib import Path

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue

from config import Config
from evalsys import create_app
from evalsys.core.guards import public, requires
from evalsys.core.permissions import Action
from evalsys.operations.front import PROTECTION
from tests.applications import make_app
from tests.factories import make_user


@public
@pytest.fixture
def app(own_app: Flask) -> Flask:
    """An application of its own, to add routes."""
    return own_app


def where() -> ResponseReturnValue:
    return f"{request.remote_addr} {request.scheme} {request.host}"


@public
def rate() -> ResponseReturnValue:
    return str(len(request.form.get("comment", "")))


@requires(Action.HOME_VIEW)
def upload() -> ResponseReturnValue:
    return str(len(request.get_data()))


@pytest.mark.parametrize(
    ("hops", "answer"),
    [
        (0, "10.0.0.9 http localhost"),
        (1, "10.0.0.2 https two.example"),
        (2, "10.0.0.1 http one.example"),
    ],
)
def test_exactly_the_configured_proxies_are_believed(
    tmp_path: Path, hops: int, answer: str
) -> None:
    app = make_app("sqlite://", tmp_path, PROXY_HOPS=hops)
    app.add_url_rule("/where", view_func=where)
    found = app.test_client().get(
        "/where",
        environ_base={"REMOTE_ADDR": "10.0.0.9"},
        headers={
            "X-Forwarded-For": "6.6.6.6, 10.0.0.1, 10.0.0.2",
            "X-Forwarded-Proto": "https, http, https",
            "X-Forwarded-Host": "evil.example, one.example, two.example",
        },
    )
    assert found.text == answer


@pytest.mark.parametrize(("size", "status"), [(60_000, 200), (70_000, 413)])
def test_a_stranger_may_send_64_kib(app: Flask, size: int, status: int) -> None:
    app.add_url_rule("/rate", view_func=rate, methods=["POST"])
    assert app.test_client().post("/rate", data={"comment": "x" * size}).status_code == status


def test_an_account_may_send_a_workbook(app: Flask, sign_in: object) -> None:
    app.add_url_rule("/upload", view_func=upload, methods=["POST"])
    assert callable(sign_in)
    client = sign_in(make_user())
    assert client.post("/upload", data=b"x" * 5_000_000).text == "5000000"
    assert client.post("/upload", data=b"x" * 9_000_000).status_code == 413


def test_the_application_does_not_start_without_a_secret() -> None:
    with pytest.raises(RuntimeError, match="EVALSYS_SECRET_KEY"):
        create_app(type("Bare", (Config,), {"SECRET_KEY": None}))


def test_whom_the_house_does_not_know_gets_its_headers_too(app: Flask) -> None:
    answer = app.test_client().get("/", headers={"Host": "a b"})
    assert answer.status_code == 400
    for name, value in PROTECTION.items():
        assert answer.headers.getlist(name) == [value]
