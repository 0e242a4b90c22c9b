"""Real servers for the measurement, with the settings of the Procfile."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.databases import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def granian(app: str, path: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Start the Procfile's web server on an application and give its port."""
    line = re.search(r"^web: (.+) wsgi:app$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    if line is None:
        raise RuntimeError("the Procfile has no line for the web server")
    port = free_port()
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {**os.environ, "PATH": search, "PORT": str(port), **environment}
    command = ["sh", "-c", f"{line[1]} {app}"]
    with subprocess.Popen(command, cwd=ROOT, env=settings, stderr=subprocess.DEVNULL) as process:
        try:
            _await(f"http://127.0.0.1:{port}{path}")
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def _await(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url)  # noqa: S310  # Our own server.
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{url} does not answer")
