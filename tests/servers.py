"""Real servers for tests and measurements: the web server of the Procfile, on any application."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from flask import Flask

from tests import prepared
from tests.databases import free_port

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    """A running web server with all its processes."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Let the server end in good order. Raises TimeoutExpired if it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise


def settings_of(app: Flask) -> dict[str, str]:
    """Return the environment of a server on the database and the files of an application."""
    names = (
        "SECRET_KEY",
        "SQLALCHEMY_DATABASE_URI",
        "DATA_DIR",
        "PUBLIC_URL",
        "BASE_PERIOD",
        "SECOND_FACTOR",
    )
    return {f"EVALSYS_{name}": str(app.config[name]) for name in names}


@contextmanager
def serve(
    settings: Mapping[str, str],
    *,
    application: str = "wsgi:app",
    port: int | None = None,
    log: Path | None = None,
    is_prepared: bool = True,
) -> Iterator[Server]:
    """Start the web server with the line of the Procfile, wait until it answers, stop it at last.

    Its processes begin where the product has been imported, unless `is_prepared` is False.
    Raises RuntimeError with what it wrote if it does not start.
    """
    port = port or free_port()
    environment = {**os.environ, "PORT": str(port), **settings}
    with log.open("a+b") if log else tempfile.TemporaryFile() as said:
        server = Server(
            port,
            (prepared.Popen if is_prepared else subprocess.Popen)(
                [sys.executable, "-m", *_web_words(environment), application],
                cwd=ROOT,
                env=environment,
                stdout=said,
                stderr=said,
                start_new_session=True,  # So that all its processes can be killed together.
            ),
        )
        try:
            _await(server, said)
            yield server
        finally:
            server.stop()


def _web_words(environment: Mapping[str, str]) -> list[str]:
    """Return a program of Python with its words, as the shell reads them in the line."""
    line = re.search(r"^web: exec (.+) wsgi:app$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    if line is None:
        raise RuntimeError("the Procfile has no line for the web server")
    ask = ["sh", "-c", f"printf '%s\\n' {line[1]}"]
    return subprocess.run(
        ask, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()


def _await(server: Server, said: IO[bytes]) -> None:
    for _ in range(400):
        if server.process.poll() is not None:
            break
        try:
            urlopen(f"{server.url}/healthz")  # noqa: S310  # Our own server.
        except HTTPError:
            return  # It answers, whatever it says.
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    said.seek(0)
    raise RuntimeError(f"the server does not answer: {said.read().decode(errors='replace')}")
