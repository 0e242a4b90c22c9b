"""(g) What the program costs before it does anything: a command to start, a web worker to keep."""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.bench.load import send
from tests.bench.web import get
from tests.servers import ROOT, Server, serve

COMMAND = ("accounts", "list")  # One that reads a little and ends.
PAGES = ("/r", "/check", "/login")
TIMES, REQUESTS, SECONDS = 3, 2_000, 4.0


@dataclass(frozen=True)
class Cost:
    """Seconds of the processor that a command takes, and MB that a web worker has for itself.

    `fresh`: once each page of citizens was drawn; `busy`: after a rush of sixteen at a time.
    """

    start: float
    fresh: float
    busy: float


def measure(settings: Mapping[str, str], codes: Sequence[str]) -> Cost:
    """Start a command some times, then a server, and let its workers draw what citizens open."""
    start = min(_start(settings) for _ in range(TIMES))
    with serve(settings, is_prepared=False) as server:
        for path in PAGES * 4:  # Each worker draws each.
            urlopen(f"{server.url}{path}").close()  # noqa: S310  # Our own server.
        fresh = _largest(server)
        send(server.port, [get("/r", code) for code in codes[:REQUESTS]], SECONDS)
        return Cost(start, fresh, _largest(server))


def _largest(server: Server) -> float:
    return max(map(_own_mb, _children(server.process.pid)))


def _start(settings: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "flask", *COMMAND],
        check=True,
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _children(pid: int) -> list[int]:
    """Return the processes that a server has started: its workers."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def _own_mb(pid: int) -> float:
    """Return what a process has that no other one uses with it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024
