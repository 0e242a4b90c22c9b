"""A database that is down, full or read-only: 503 with Retry-After, and nothing typed is lost."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from evalsys.core.error_pages import refusals
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.ratings.ballots.models import Intake
from tests.applications import listening, make_app
from tests.databases import KIND, free_port
from tests.factories import make_policy, make_user
from tests.ratings.ballots.test_durability import issue

SignIn = Callable[[User], FlaskClient]
WORDS = "等了半天，“没人”理 & <走了>"
LONG = {"attitude": "1", "reasons": ["1"], "comment": WORDS * 20}


@pytest.fixture
def away(tmp_path: Path) -> Flask:
    """An application whose PostgreSQL is down."""
    uri = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing"
    app = make_app(uri, tmp_path)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the page's retry button."""
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in pairs}


@pytest.mark.parametrize("path", ["/", "/r", "/check", "/results", "/login", "/ranking", "/cases"])
def test_no_page_breaks_while_the_database_is_away(away: Flask, path: str) -> None:
    client = away.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "somebody"
    client.set_cookie("ticket", "0" * 27)
    for answer in (client.get(path), client.post(path, data={"reference": "AB3CD5EF"})):
        assert answer.status_code in {200, 400, 405, 503}
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
            assert "again" in answer.text
    assert client.get("/ranking").status_code == 503


def test_a_watchdog_gets_json_whatever_is_broken(away: Flask) -> None:
    away.config["JOBS_IMMEDIATE"] = False
    away.config["DATA_DIR"] = "/proc/nowhere"
    answer = away.test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "failing",
        "database": False,
        "migrations": False,
        "writes": False,
        "worker": False,
    }


def test_a_password_is_never_sent_back(away: Flask) -> None:
    answer = away.test_client().post("/login", data={"name": "zhou", "password": "swordfish-9"})
    assert answer.status_code == 503
    assert "swordfish-9" not in answer.text


@contextmanager
def nearly_full(*, pages: int) -> Iterator[None]:
    """Limit the growth of the database file in pages, as on a full disk."""

    def full(connection: object, record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        size = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {size + pages}")

    with listening(db.engine, "connect", full):
        db.engine.dispose()
        yield
    db.engine.dispose()


@pytest.mark.only("sqlite", "how a file is kept from growing")
def test_a_ballot_that_a_full_disk_refused_can_be_sent_again_as_it_was(app: Flask) -> None:
    codes, app.config["PROPAGATE_EXCEPTIONS"] = issue(40), False
    client = app.test_client()
    with nearly_full(pages=2):
        answers = [(code, client.post("/r", data={"code": code, **LONG})) for code in codes]
    stored = db.session.scalar(select(func.count()).select_from(Intake)) or 0
    refused = [(code, one) for code, one in answers if one.status_code == 503]
    assert 0 < stored == len(codes) - len(refused) < len(codes), "it filled up in their midst"
    code, page = refused[0]
    assert "the last one counts" in page.text
    assert page.headers["Retry-After"]
    fields = hidden(page.text)
    assert (fields["code"], fields["attitude"], fields["comment"]) == (code, "1", WORDS * 20)
    roomy = make_app(app.config["SQLALCHEMY_DATABASE_URI"], Path(app.config["DATA_DIR"]))
    assert roomy.test_client().post("/r", data=fields).status_code in {200, 303}
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Intake)) == stored + 1


@pytest.fixture
def read_only(app: Flask) -> Iterator[FlaskClient]:
    """A client of an application on the same database, opened read-only."""
    options = {"connect_args": {"options": "-c default_transaction_read_only=on"}}
    settings = {"SQLALCHEMY_ENGINE_OPTIONS": options} if KIND == "postgresql" else {}
    uri, folder = app.config["SQLALCHEMY_DATABASE_URI"], Path(app.config["DATA_DIR"])
    other = make_app(uri, folder, PROPAGATE_EXCEPTIONS=False, **settings)
    if KIND == "sqlite":
        with other.app_context():
            event.listen(db.engine, "connect", lambda one, _: one.execute("PRAGMA query_only=ON"))
    yield other.test_client()
    with other.app_context():
        db.engine.dispose()


def test_what_can_only_be_read_takes_no_ballot_and_says_so_to_the_watchdog(
    read_only: FlaskClient,
) -> None:
    code = issue(1)[0]
    client = read_only
    answer = client.post("/r", data={"code": code, "attitude": "5"})
    assert (answer.status_code, "Send again" in answer.text) == (503, True)
    health = client.get("/healthz")
    assert health.status_code == 503
    assert health.json is not None
    assert (health.json["database"], health.json["writes"]) == (True, False)
    assert client.get("/results").status_code == 200, "what can be read is shown"


def test_typed_text_of_staff_is_there_to_be_sent_again(
    read_only: FlaskClient, sign_in: SignIn
) -> None:
    make_policy()
    signed_in = sign_in(make_user(Role.HR))
    with signed_in.session_transaction() as cookie:
        token = cookie["_user_id"]
    client = read_only
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    answer = client.post("/periods/open", data={"code": "2026-Q1", "remark": WORDS})
    assert answer.status_code == 503
    assert hidden(answer.text) == {"code": "2026-Q1", "remark": WORDS}
    assert signed_in.post("/periods/open", data=hidden(answer.text)).status_code == 303


def test_a_command_says_in_words_that_the_database_is_away() -> None:
    @refusals
    def command() -> None:
        raise OperationalError("", {}, Exception())

    with pytest.raises(click.ClickException) as refused:
        command()
    assert refused.value.exit_code == 1
    assert "try again" in refused.value.message
