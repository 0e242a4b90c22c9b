import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evalsys.operations.start import keep_secret
from tests.databases import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def started(folder: Path, port: int, log: Path) -> Iterator[subprocess.Popen[str]]:
    """What `make run` starts, on a database of its own."""
    environment = {
        **os.environ,
        "PORT": str(port),
        "EVALSYS_SECRET_KEY": "k3J9xQ2mVt7RzW5bNc8LpYd4HsGfA6eU",
        "EVALSYS_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'run.sqlite3'}",
        "EVALSYS_DATA_DIR": str(folder),
        "WEB_WORKERS": "1",
    }
    command = [sys.executable, "-m", "evalsys.operations.start"]
    with (
        log.open("w") as out,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=out, stderr=out
        ) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def fetch(url: str) -> str:
    """Return a page of the server, which may still be starting."""
    for _ in range(960):  # Four minutes, on a busy machine.
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310
                return str(answer.read().decode())
        except (urllib.error.HTTPError, urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    raise AssertionError(f"{url} did not answer")


@pytest.mark.only("sqlite", "the start uses its own SQLite file")
def test_one_command_serves_the_demo_city_and_the_second_start_keeps_it(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    first, second = tmp_path / "first", tmp_path / "second"
    with started(tmp_path, port, first) as process:
        assert '"database":true' in fetch(f"{url}/healthz")
    words = first.read_text(encoding="utf-8")
    assert process.returncode == 0
    assert re.search(rf"{url}/r#[0-9A-Z]{{17}} ", words)
    for role in ("hr", "chief", "leader", "sysadmin"):
        assert re.search(
            rf"^ +{role} +\w+ +([0-9a-f]{{4}}-){{3}}[0-9a-f]{{4}} ", words, re.MULTILINE
        )
    with started(tmp_path, port, second):
        fetch(f"{url}/healthz")
    again = second.read_text(encoding="utf-8")
    assert "accounts link NAME" in again
    assert not re.search(r"([0-9a-f]{4}-){3}", again), "passwords are not kept"


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "evalsys.operations.start"]
        environment = {**os.environ, "PORT": str(port)}
        done = subprocess.run(
            command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{port} " in done.stderr
    assert "make run PORT=" in done.stderr


def test_the_secret_is_made_once_and_for_this_account_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVALSYS_SECRET_KEY", raising=False)
    path = tmp_path / "instance" / "secret_key"
    secret = keep_secret(path)
    assert len(secret) >= 43
    assert keep_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("EVALSYS_SECRET_KEY", "from the environment")
    assert keep_secret(path) == "from the environment"
