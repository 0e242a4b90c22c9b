"""(d) How long a citizen waits while past ratings and a roster are imported."""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from openpyxl import Workbook

from evalsys.organisation.policies.rules import DIMENSIONS
from tests.bench.web import BALLOT
from tests.servers import ROOT, serve

RATINGS, PEOPLE, STAFF, SECTIONS = 220_000, 3_000, 2_900, 120
FORM = "application/x-www-form-urlencoded"
GOOD = (200, 303)
PAUSE = 0.05  # seconds between two ballots: a busy city


@dataclass(frozen=True)
class Waited:
    """What citizens noticed of an import: its seconds, and theirs, the longest and the 99th."""

    seconds: float
    ballots: int
    failed: int
    longest: float
    p99: float


def measure(folder: Path, settings: dict[str, str], codes: Sequence[str]) -> dict[str, Waited]:
    """Import a file of each kind with the command, ballots coming in beside it."""
    commands = {
        "ratings": ["ratings", "import", str(make_ratings(folder)), "--create-org"],
        "roster": ["exchange", "import-roster", str(make_roster(folder))],
    }
    half = len(codes) // 2
    parts = {"ratings": codes[:half], "roster": codes[half:]}
    with serve(settings, is_prepared=False) as server:
        return {
            name: _beside(server.port, parts[name], command, {**os.environ, **settings})
            for name, command in commands.items()
        }


def _beside(
    port: int, codes: Sequence[str], command: list[str], environment: dict[str, str]
) -> Waited:
    waits, failed = [], 0
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "flask", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        left = iter(codes)
        while process.poll() is None and (code := next(left, None)):
            asked = time.perf_counter()
            failed += submit(port, code) not in GOOD
            waits.append(time.perf_counter() - asked)
            time.sleep(PAUSE)
        if process.wait() != 0:
            raise RuntimeError(f"{command[:2]} failed")
    p99 = statistics.quantiles([*waits, *waits], n=100)[98]
    return Waited(time.perf_counter() - began, len(waits), failed, max(waits), p99)


def submit(port: int, code: str) -> int:
    """Hand in a ballot over a connection of its own; return the status of the answer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        body = urlencode({**BALLOT, "code": code})
        head = {"Cookie": f"ticket={code}", "Content-Type": FORM}
        connection.request("POST", "/r", body, head)
        return connection.getresponse().status


def make_ratings(folder: Path) -> Path:
    """Write a file of past ratings of a whole city."""
    draw = random.Random(1)  # noqa: S311  # The same file each time.
    path = folder / "past.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"section_code,staff_no,served_on,group,{','.join(DIMENSIONS)}\n")
        for _ in range(RATINGS):
            person = draw.randrange(STAFF)
            day = f"2025-{draw.randint(1, 6):02}-{draw.randint(1, 28):02}"
            levels = ",".join(str(draw.randint(3, 5)) for _ in DIMENSIONS)
            file.write(f"P{person % SECTIONS:03},P{person:05},{day},recipient,{levels}\n")
    return path


def make_roster(folder: Path) -> Path:
    """Write a roster of new people and sections."""
    book = Workbook(write_only=True)
    sections, people = book.create_sheet("单位处室"), book.create_sheet("人员")
    sections.append(["单位编码", "单位名称", "处室编码", "处室名称"])
    for number in range(SECTIONS):
        sections.append(["NEW", "新局", f"N{number:03}", f"第{number}科"])
    people.append(["工号", "姓名", "处室编码"])
    for number in range(PEOPLE):
        people.append([f"9{number:05}", f"张{chr(0x4E00 + number)}", f"N{number % SECTIONS:03}"])
    path = folder / "roster.xlsx"
    book.save(path)
    return path
