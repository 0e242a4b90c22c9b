"""One upload per account and two per server at a time; large files go to a job."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.uploads.reading import limits
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.models import Ticket
from evalsys.roster import check as roster_check
from evalsys.roster.models import BatchState, RosterBatch
from tests.factories import make_section, make_user
from tests.foundation.uploads.files import rebuilt, workbook

pytestmark = pytest.mark.usefixtures("app")

HEAD = ("工号", "姓名", "处室编码")
FILE = workbook(HEAD, ("000300", "赵欣", "QY01"))
HOLD = """
import fcntl, sys, time
files = [open(path, "w") for path in sys.argv[1:]]
for file in files:
    fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def office(app: Flask) -> None:
    make_section(code="QY01")


def send(client: FlaskClient, content: bytes = FILE, path: str = "/roster/import") -> Any:
    data = {"file": (io.BytesIO(content), "花名册.xlsx")}
    return client.post(path, data=data, follow_redirects=True)


@contextmanager
def held(app: Flask, *names: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that parses files and holds the slots."""
    folder = Path(app.config["DATA_DIR"]) / "uploads"
    folder.mkdir(exist_ok=True)
    paths = [str(folder / f"{name}.lock") for name in names]
    command = [sys.executable, "-c", HOLD, *paths]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def kinds() -> list[str]:
    """Return the kinds of the started jobs."""
    return list(db.session.scalars(select(Job.kind)))


def batches() -> int:
    return db.session.scalar(select(func.count()).select_from(RosterBatch)) or 0


@pytest.mark.parametrize("path", ["/roster/import", "/tickets/list"])
def test_a_third_upload_on_a_server_is_told_to_wait_in_words(
    app: Flask, sign_in: Callable[[User], FlaskClient], path: str
) -> None:
    client = sign_in(make_user())
    with held(app, "slot-0", "slot-1"):
        answer = send(client, path=path)
        assert answer.status_code in {422, 429}
        assert "Two other files are being read" in answer.text
        assert batches() == 0
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
    assert "Two other files" not in send(client, path=path).text


def test_one_account_has_one_upload_and_others_go_on(
    app: Flask, sign_in: Callable[[User], FlaskClient]
) -> None:
    busy, other = make_user(), make_user()
    with held(app, f"account-{busy.id}", "slot-0"):
        refused = send(sign_in(busy))
        assert refused.status_code == 429
        assert "Another file of yours" in refused.text
        assert send(sign_in(other)).status_code == 200


def test_a_killed_reader_leaves_nobody_shut_out(
    app: Flask, sign_in: Callable[[User], FlaskClient]
) -> None:
    user = make_user()
    client = sign_in(user)
    with held(app, f"account-{user.id}", "slot-0", "slot-1") as process:
        assert send(client).status_code == 429
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert send(client).status_code == 200


def test_a_refused_file_gives_its_turn_back(sign_in: Callable[[User], FlaskClient]) -> None:
    client = sign_in(make_user())
    for _ in range(3):
        assert send(client, b"%PDF").status_code == 400
    assert send(client).status_code == 200


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count a file of more than two rows as large."""
    monkeypatch.setattr(roster_check, "LONG", 2)


ROWS = (("000300", "赵欣", "QY01"), ("000301", "", "QY01"), ("000302", "李", "QY01"))
LONG_FILE = workbook(HEAD, *ROWS)


@pytest.mark.usefixtures("short")
def test_a_long_file_is_checked_marked_and_written_by_jobs(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    client = sign_in(make_user())
    answer = send(client, LONG_FILE)
    assert kinds() == [roster_check.CHECK_JOB]
    assert "1 row has an error" in answer.text
    page = client.get("/roster/1").text
    assert "/roster/1/marked" in page
    assert client.get("/roster/1/marked").status_code == 303
    marked = client.post("/roster/1/marked", follow_redirects=True)
    job = marked.request.path
    with client.get(f"{job}/file") as download:
        assert load_workbook(io.BytesIO(download.data))["人员"].max_row == 4
    good = workbook(HEAD, *((f"00030{n}", "赵欣", "QY01") for n in range(3)))
    send(client, good)
    client.post("/roster/2/write")
    assert db.session.scalar(select(func.count()).select_from(Staff)) == 3


def test_what_takes_longer_than_a_page_may_is_read_by_a_job(
    app: Flask, sign_in: Callable[[User], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request's parser is killed by its CPU limit; the job's has more time."""
    monkeypatch.setattr(limits, "IN_A_REQUEST", 1)
    rows = [[f"{n:06}", "赵欣", "QY01"] for n in range(1_900)]
    blanks = b"<c/>" * 600 + b"</row>"
    content = rebuilt(workbook(HEAD, *rows), lambda name, data: data.replace(b"</row>", blanks))
    assert send(sign_in(make_user()), content).status_code == 200
    assert kinds() == [roster_check.CHECK_JOB]
    batch = db.session.get_one(RosterBatch, 1)
    assert batch.state is BatchState.CHECKED
    assert batch.counts["new"] == 1_900


@pytest.mark.usefixtures("short")
def test_a_received_file_waits_for_its_job_and_refuses_another(
    app: Flask, sign_in: Callable[[User], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "JOBS_IMMEDIATE", 0)
    client = sign_in(make_user(Role.HR))
    assert "Waits for other work" in send(client, LONG_FILE).text
    assert client.get("/roster/1", follow_redirects=True).request.path.startswith("/jobs/")
    for path in ("/roster/1/write", "/roster/1/marked"):
        assert "still being read" in client.post(path, follow_redirects=True).text
    assert client.get("/roster/1/findings").status_code == 409
    assert send(client, FILE).status_code == 429
    assert batches() == 1


def test_a_check_of_very_many_changes_says_how_many_of_them_it_lists(
    sign_in: Callable[[User], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = workbook(HEAD, *((f"9{number:05}", "新来的人", "QY01") for number in range(30)))
    client = sign_in(make_user())
    assert "See all 30" in send(client, file).text
    monkeypatch.setattr(roster_check, "KEPT_LINES", 20)
    page = send(client, file).text
    assert "See the first 20 of 30" in page
    assert "See all" not in page
    assert "the first 20 of 30" in client.get("/roster/2/changes").text


def test_a_check_of_very_many_errors_says_on_page_and_in_the_marked_file_how_many_it_keeps(
    sign_in: Callable[[User], FlaskClient],
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    file = workbook(HEAD, *((f"9{number:05}", "新来的人", "没有") for number in range(30)))
    client = sign_in(make_user())
    assert "See all 30" in send(client, file).text
    assert "the first" not in client.get("/roster/1/findings").text
    monkeypatch.setattr(roster_check, "KEPT_LINES", 20)
    page = send(client, file).text
    assert "Errors (30 rows)" in page
    assert "See the first 20 of 30" in page
    assert "See all" not in page
    assert "the first 20 of 30" in client.get("/roster/2/findings").text
    marked = client.get("/roster/2/marked").data
    head = [cell.value for cell in load_workbook(io.BytesIO(marked))["人员"][1]]
    assert head[-1].startswith("错误\nThe first 20 of 30 are marked.")
    again = send(client, marked).text
    assert "See the first 20 of 30" in again
    assert "are not known" not in again, "the column of marks is not read"
    (path := tmp_path / "花名册.xlsx").write_bytes(file)
    done = app.test_cli_runner().invoke(args=["exchange", "import-roster", str(path), "--dry-run"])
    assert "… and 10 more errors and remarks" in done.stderr
