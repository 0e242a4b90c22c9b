"""The system administrator's page: what the doctor says, the week's work, versions."""

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.pages import now
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.operations.checks import PATIENCE
from tests.cases.mailbox import HERE, use_mail
from tests.factories import make_user, save

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def client(app: Flask, sign_in: SignIn) -> FlaskClient:
    client = sign_in(make_user(Role.SYSADMIN))
    client.set_cookie("lang", "en")
    return client


def test_what_is_wrong_stands_first(client: FlaskClient, app: Flask) -> None:
    app.config["PUBLIC_URL"] = "http://pingjia.example.gov.cn"
    text = client.get("/system").text
    found = [text.index(word) for word in ("✕ problem", "! warning", "✓ in order")]
    assert found == sorted(found)
    assert "PUBLIC_URL must begin with https://" in text


def test_the_week_says_what_failed_and_no_older_work(client: FlaskClient) -> None:
    for state, days in ((JobState.DONE, 1), (JobState.FAILED, 2), (JobState.FAILED, 8)):
        made = now() - timedelta(days=days)
        save(Job(kind="jobs.tidy", state=state, params={}, scope="system::", created_at=made))
    row = client.get("/system").text.partition("Failed or lost")[2].partition("</table>")[0]
    assert ['<td class="num">2</td>' in row, "✕ 1<" in row] == [True, True]


def test_no_waiting_ballot_is_opened_for_a_page(client: FlaskClient, statements: list[str]) -> None:
    statements.clear()
    assert client.get("/system").status_code == 200
    # One is looked at, to tell whether the key is still the same.
    assert [words for words in statements if "intake" in words and "LIMIT" not in words] == []


@pytest.mark.only("sqlite", "PostgreSQL has its own backups")
def test_a_backup_is_noted_with_its_age(client: FlaskClient, app: Flask, tmp_path: Path) -> None:
    assert "No backup was written yet" in client.get("/system").text
    done = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "copy.sqlite3")])
    assert done.exit_code == 0, done.output
    assert "✓ in order" in client.get("/system").text.partition("The last backup is of")[0][-300:]


def answer_late(listener: socket.socket) -> None:
    """Greet once, later than a page waits."""
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection:
            sleep(PATIENCE + 1)
            connection.sendall(b"220 late\r\n")


def test_a_mail_server_that_says_nothing_holds_the_page_up_for_a_moment_only(
    client: FlaskClient, app: Flask
) -> None:
    with socket.create_server((HERE, 0)) as listener:
        thread = Thread(target=answer_late, args=(listener,))
        thread.start()
        use_mail(app, listener.getsockname()[1])
        text = client.get("/system").text
        assert re.search("mail server cannot be used: [^<]*timed out", text)
        thread.join()


@pytest.mark.parametrize("role", [Role.SECADMIN, Role.AUDITOR, Role.HR, Role.CHIEF])
def test_nobody_else_sees_it(app: Flask, sign_in: SignIn, role: Role) -> None:
    assert sign_in(make_user(role)).get("/system").status_code == 404
