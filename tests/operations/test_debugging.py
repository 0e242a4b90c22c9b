"""`make debug` works for development and refuses to be a production server."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests import prepared, production
from tests.databases import free_port

START = [sys.executable, "-m", "evalsys.operations.start", "--debug"]
ADMIN = ("accounts", "create", "root", "--role", "sysadmin")  # So no demo city is loaded.


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(960):  # Four minutes, on a busy machine.
        try:
            if what():
                return
        except OSError:
            pass
        time.sleep(0.25)
    raise AssertionError("it did not come")


def status(url: str) -> int:
    with urllib.request.urlopen(url) as answer:  # noqa: S310
        return int(answer.status)


@pytest.mark.only("sqlite", "the start uses its own SQLite file")
def test_the_debugger_is_there_and_each_request_tells_its_queries(
    app: Flask, tmp_path: Path
) -> None:
    production.command(app, *ADMIN)
    port, log = free_port(), tmp_path / "debug.log"
    environment = {**production.environment(app), "PORT": str(port)}
    url = f"http://127.0.0.1:{port}"
    with (
        log.open("w") as out,
        subprocess.Popen(
            START, cwd=production.ROOT, env=environment, stdout=out, stderr=out
        ) as process,
    ):
        try:
            wait_for(lambda: status(f"{url}/login") == 200)
            assert status(f"{url}/?__debugger__=yes&cmd=resource&f=style.css") == 200
            wait_for(lambda: "GET /login 200: " in log.read_text())
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
    assert re.search(r"GET /login 200: \d+ queries, \d+ ms", log.read_text())
    assert process.returncode == 0


def test_queries_are_counted_request_by_request(app: Flask) -> None:
    visit = """
import os
os.environ["FLASK_RUN_FROM_CLI"] = "true"
from wsgi import app
client = app.test_client()
for _ in "ab":
    client.get("/healthz")
    client.get("/privacy")
"""
    environment = {**production.environment(app), "FLASK_DEBUG": "1"}
    done = prepared.run([sys.executable, "-c", visit], cwd=production.ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    requests = re.findall(r"GET (\S+) \d+: (\d+) queries", done.stdout)
    assert [path for path, _ in requests] == ["/healthz", "/privacy"] * 2
    first, _, second, _ = (int(queries) for _, queries in requests)
    assert first >= second > 0


def test_a_real_server_refuses_debug_mode(app: Flask) -> None:
    environment = {**production.environment(app), "FLASK_DEBUG": "1"}
    line = [sys.executable, "-c", "import wsgi"]
    done = prepared.run(line, cwd=production.ROOT, env=environment)
    assert done.returncode == 1
    assert "unset FLASK_DEBUG" in done.stderr
    line[-1] = "from wsgi import app; app.test_client().get('/healthz')"
    done = prepared.run(line, cwd=production.ROOT, env=production.environment(app))
    assert done.returncode == 0, done.stderr
    assert "queries" not in done.stdout


def test_the_debugger_answers_to_this_machine_only(app: Flask) -> None:
    environment = {**production.environment(app), "HOST": "0.0.0.0"}  # noqa: S104
    done = subprocess.run(
        START, check=False, cwd=production.ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "this machine alone" in done.stderr
