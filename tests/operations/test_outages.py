"""A database that is down, full or read-only: 503 with Retry-After, and nothing typed is lost."""

import errno
import re
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import click
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.storage import MemoryStorage
from sqlalchemy import create_engine, event, func, select, update
from sqlalchemy.exc import OperationalError

from evalsys.core.audit import unaudited_unit
from evalsys.core.database import bare_connection, postgresql
from evalsys.core.error_pages import refusals
from evalsys.core.extensions import db
from evalsys.core.pages import now
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import SignInSession, User
from evalsys.ratings.ballots.models import Intake
from tests.applications import listening, make_app
from tests.cases.papers.files import pdf
from tests.databases import KIND, free_port
from tests.factories import make_policy, make_user
from tests.ratings.ballots.test_durability import issue, rate
from tests.servers import serve, settings_of
from tests.world import Place, make_world

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


@pytest.mark.only("sqlite", "it goes on in a file that has no name")
def test_no_ballot_goes_into_a_file_that_was_moved_or_replaced(app: Flask, tmp_path: Path) -> None:
    codes, file = issue(3), Path(str(db.engine.url.database))
    db.session.remove()
    alone = settings_of(app) | {"WEB_WORKERS": "1"}  # A second one may start after the move.
    with serve(alone) as server:
        assert rate(server, codes[0], 5, 5, 5, 5).status == 303
        away = file.rename(file.with_suffix(".away"))
        assert rate(server, codes[1], 5, 5, 5, 5).status == 503
        assert not file.exists()
        away.rename(file)
        assert rate(server, codes[1], 5, 5, 5, 5).status == 303
        with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(tmp_path / "b")) as new:
            old.backup(new)
        (tmp_path / "b").replace(file)
        assert rate(server, codes[2], 5, 5, 5, 5).status == 503
    db.engine.dispose()
    with serve(alone) as server:
        assert rate(server, codes[2], 5, 5, 5, 5).status == 303
    assert db.session.scalar(select(func.count()).select_from(Intake)) == len(codes)


@pytest.fixture
def end_all(app: Flask) -> Iterator[Callable[[], None]]:
    """End all connections of the application, as a server does that is started again."""
    db.engine.dispose()
    pids: list[int] = []

    def note(connection: psycopg.Connection, _record: object) -> None:
        pids.append(connection.info.backend_pid)

    def end() -> None:
        with server.connect() as own:
            while pids:
                own.execute(select(func.pg_terminate_backend(pids.pop(), 5000)))

    server = create_engine(db.engine.url)
    with listening(postgresql.RestedPool, "connect", note):
        yield end
    server.dispose()


@pytest.mark.only("postgresql", "it has connections")
def test_nobody_sees_that_all_connections_were_ended_a_moment_ago(
    app: Flask, end_all: Callable[[], None]
) -> None:
    make_policy()
    code, client = issue(1)[0], app.test_client()
    for _ in range(2):
        assert client.get(f"/r/{code}", follow_redirects=True).status_code == 200
        assert client.get("/check").status_code == 200
        assert client.post("/r", data={"code": code, "attitude": "5"}).status_code in {200, 303}
        db.session.remove()
        end_all()


@pytest.mark.only("postgresql", "it has connections")
def test_a_connection_that_is_ended_while_it_is_used_is_an_outage(
    end_all: Callable[[], None],
) -> None:
    def use_twice() -> None:
        with bare_connection(db.engine) as connection:
            connection.fetch(select(Intake.name))
            end_all()
            connection.fetch(select(Intake.name))

    with pytest.raises(OperationalError):
        use_twice()
    with bare_connection(db.engine) as connection:
        assert connection.fetch(select(Intake.name)) == []


@pytest.mark.only("postgresql", "it has connections")
@pytest.mark.parametrize(("rested", "asked"), [(60.0, 0), (0.0, 1)])
def test_only_a_connection_that_rested_is_asked_whether_it_lives(
    app: Flask, monkeypatch: pytest.MonkeyPatch, rested: float, asked: int
) -> None:
    pings: list[object] = []

    def answers(connection: object) -> bool:
        pings.append(connection)
        return True

    monkeypatch.setattr(postgresql, "RESTED", rested)
    monkeypatch.setattr(postgresql, "_answers", answers)
    for _ in range(2):  # The first one may find no connection.
        pings.clear()
        with bare_connection(db.engine) as connection:
            connection.fetch(select(Intake.name))
    assert len(pings) == asked


def test_a_database_that_is_silent_is_an_outage_within_seconds(tmp_path: Path) -> None:
    """A server without power, or behind a broken line, refuses no connection."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        app = make_app(f"postgresql+psycopg://nobody@127.0.0.1:{port}/nothing", tmp_path)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        began = time.monotonic()
        assert app.test_client().get("/results").status_code == 503
        assert time.monotonic() - began < 20


class Gone(MemoryStorage):
    """A storage of counts, shared by web servers, that is away."""

    STORAGE_SCHEME = ["gone"]  # noqa: RUF012  # As the base has it.

    @property
    def base_exceptions(self) -> type[Exception]:
        return ConnectionError

    def incr(self, *_: object, **__: object) -> int:
        raise ConnectionError

    def get(self, key: str) -> int:
        raise ConnectionError

    def check(self) -> bool:
        return False


def test_nobody_waits_for_the_counts_of_tries(app: Flask) -> None:
    make_policy()
    uri, folder = app.config["SQLALCHEMY_DATABASE_URI"], Path(app.config["DATA_DIR"])
    settings = {"RATELIMIT_ENABLED": True, "RATELIMIT_STORAGE_URI": "gone://"}
    client = make_app(uri, folder, PROPAGATE_EXCEPTIONS=False, **settings).test_client()
    code = issue(1)[0]
    assert client.post("/r", data={"code": code, "attitude": "5"}).status_code in {200, 303}
    assert client.post("/r", data={"code": "2" * 17, "attitude": "5"}).status_code < 500
    assert client.post("/login", data={"name": "zhou", "password": "x"}).status_code == 422
    assert client.get("/check").status_code == 200


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


def in_browser_of(signed_in: FlaskClient, client: FlaskClient) -> FlaskClient:
    """The client, with the session of another that was signed in before."""
    with signed_in.session_transaction() as cookie:
        token = cookie["_user_id"]
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


def test_typed_text_of_staff_is_there_to_be_sent_again(
    read_only: FlaskClient, sign_in: SignIn
) -> None:
    make_policy()
    signed_in = sign_in(make_user(Role.HR))
    client = in_browser_of(signed_in, read_only)
    answer = client.post("/periods/open", data={"code": "2026-Q1", "remark": WORDS})
    assert answer.status_code == 503
    assert hidden(answer.text) == {"code": "2026-Q1", "remark": WORDS}
    assert signed_in.post("/periods/open", data=hidden(answer.text)).status_code == 303


def test_staff_read_on_for_as_long_as_nothing_can_be_written(
    read_only: FlaskClient, sign_in: SignIn
) -> None:
    make_policy()
    client = in_browser_of(sign_in(make_user(Role.HR)), read_only)
    with unaudited_unit():  # Their session wants to be kept alive with every page.
        db.session.execute(update(SignInSession).values(seen_at=now() - timedelta(minutes=5)))
    assert client.get("/periods").status_code == 200
    assert client.get("/nowhere").status_code == 404


def test_what_was_kept_and_cannot_be_dropped_hides_no_answer(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full between the step itself and what is tidied after it."""
    make_policy()
    client = sign_in(make_user(Role.HR))
    with client.session_transaction() as cookie:
        cookie["kept"] = True

    def drop(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr("evalsys.foundation.accounts.sessions.kept.drop", drop)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.post("/periods/open", data={"code": "2026-Q1"}).status_code == 303


def test_an_expired_page_that_cannot_be_kept_can_be_sent_again(
    read_only: FlaskClient, sign_in: SignIn
) -> None:
    client = in_browser_of(sign_in(make_user(Role.HR)), read_only)
    client.application.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/periods/open", data={"csrf_token": "old", "remark": WORDS})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert hidden(answer.text)["remark"] == WORDS


@pytest.mark.parametrize("file", ["", "扫描件.pdf"])
def test_typed_text_beside_a_file_is_shown_or_sent_again(
    read_only: FlaskClient, sign_in: SignIn, file: str
) -> None:
    """A browser sends the field of a file without one, too."""
    world = make_world()
    client = in_browser_of(sign_in(world.users[Role.CHIEF]), read_only)
    data = {"plan": WORDS, "files": (BytesIO(pdf() if file else b""), file)}
    path = f"/cases/{world.cases[Place.OWN].id}/step/file_plan"
    answer = client.post(path, data=data, content_type="multipart/form-data")
    assert answer.status_code == 503
    assert ("A file has to be chosen again" in answer.text) == bool(file)
    assert (hidden(answer.text) == {"plan": WORDS}) != bool(file)
    assert WORDS in unescape(answer.text)


@pytest.mark.only("sqlite", "its writers stand in line at a file")
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EMFILE, errno.ESTALE])
def test_a_folder_that_our_account_may_not_write_takes_no_ballot(
    app: Flask, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A backup put back as root, a share that is away: mended outside."""
    codes, app.config["PROPAGATE_EXCEPTIONS"] = issue(1), False

    def refused(path: str) -> int:
        raise OSError(number, "refused")

    monkeypatch.setattr("evalsys.core.database.sqlite._lock_file", refused)
    answer = app.test_client().post("/r", data={"code": codes[0], **LONG})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert hidden(answer.text)["comment"] == LONG["comment"]


def test_a_disk_without_room_for_a_large_file_is_not_its_fault(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", full)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    data = {"remark": WORDS, "file": (BytesIO(b"x"), "花名册.xlsx")}
    answer = sign_in(make_user(Role.HR)).post("/roster/import", data=data)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_a_command_says_in_words_that_the_database_is_away() -> None:
    @refusals
    def command() -> None:
        raise OperationalError("", {}, Exception())

    with pytest.raises(click.ClickException) as refused:
        command()
    assert refused.value.exit_code == 1
    assert "try again" in refused.value.message
