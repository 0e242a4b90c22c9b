"""(e) A list of 100,000 hotline tickets: tried and written, its seconds and the peak of memory.

It runs in a process of its own, since the peak of memory belongs to a process. Of the tickets of a
year some are still open: each of them becomes a matter, with its term, its party and its log line.
"""

import json
import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.uploads.lists import Hidden
from evalsys.supervision.hotline.imports.check import (
    check_list,
    headings_of,
    name_columns,
    receive_list,
)
from evalsys.supervision.hotline.imports.columns import guess
from evalsys.supervision.hotline.imports.service import begin_writing, write_list
from tests.bench.workbook import ROOT, NotWritten, peak_of_this_program
from tests.factories import make_organ, make_policy, make_user

TICKETS, ORGANS, OPEN = 100_000, 40, 10  # open: one of so many
HEADINGS = (
    "工单编号",
    "来电人",
    "受理时间",
    "承办单位",
    "诉求类型",
    "标题",
    "诉求内容",
    "工单状态",
)
SAYS = "来电人13812345678反映小区门口道路坑洼积水，多次反映未修复，希望相关部门尽快处理并回复。"


@dataclass(frozen=True)
class Imported:
    """Seconds of receiving, of the trial run and of writing, and the peak of memory in MB.

    `processor` are those of this program for all three.
    """

    receive: float
    check: float
    write: float
    processor: float
    peak_mb: float
    child_mb: float
    matters: int


def measure(folder: Path, settings: dict[str, str]) -> dict[str, Imported]:
    """Import a list as CSV, and one of other tickets as a workbook."""
    make_policy()
    organs = [make_organ(name=f"第{number}局").name for number in range(ORGANS)]
    user = make_user(Role.SUPERVISOR)
    account = str(user.id)
    db.session.rollback()
    files = {"csv": make_csv(folder, organs), "xlsx": make_book(folder, organs)}
    return {name: _child([account, str(path)], settings) for name, path in files.items()}


def _child(arguments: list[str], settings: dict[str, str]) -> Imported:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.hotline", *arguments],
        check=False,
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotWritten(done.stderr.strip().rpartition("\n")[2])
    return Imported(**json.loads(done.stdout.splitlines()[-1]))


def rows(organs: list[str], prefix: str) -> list[tuple[str, ...]]:
    """The rows of a list, the same each time."""
    draw, today = random.Random(1), date.today()  # noqa: S311, DTZ011  # A list of this year.
    return [
        (
            f"{prefix}{number:08}",
            "李四",
            f"{today - timedelta(days=draw.randrange(300)):%Y/%m/%d} 9:{number % 60:02}",
            draw.choice(organs),
            draw.choice(("投诉", "求助", "咨询", "建议")),
            f"道路坑洼{number}",
            SAYS,
            "办理中" if number % OPEN == 0 else "已办结",
        )
        for number in range(TICKETS)
    ]


def make_csv(folder: Path, organs: list[str]) -> Path:
    """Write a list as an older Excel does."""
    path = folder / "tickets.csv"
    lines = (",".join(cells) for cells in (HEADINGS, *rows(organs, "C")))
    path.write_text("\r\n".join(lines), encoding="gb18030")
    return path


def make_book(folder: Path, organs: list[str]) -> Path:
    """Write a list as a workbook."""
    path, book = folder / "tickets.xlsx", Workbook(write_only=True)
    sheet = book.create_sheet("工单")
    for cells in (HEADINGS, *rows(organs, "X")):
        sheet.append(cells)
    book.save(path)
    return path


def _import(account: int, path: Path) -> Imported:
    from wsgi import app  # noqa: PLC0415  # It needs the settings of the parent process.

    with app.app_context():
        actor, now = db.session.get_one(User, account).actor, pages.now()
        started, began = time.process_time(), time.perf_counter()
        row = receive_list(actor, path.name, path.read_bytes(), now=now)
        received = time.perf_counter()
        name_columns(actor, row, guess(headings_of(row), {}), Hidden.ASK, now=now)
        row = check_list(Progress(), actor, row, now=now)
        checked = time.perf_counter()
        begin_writing(actor, row, now=now)
        row = write_list(Progress(), actor, row, now=now)
        written = time.perf_counter()
        assert row.written["new"] == TICKETS
        return Imported(
            received - began,
            checked - received,
            written - checked,
            time.process_time() - started,
            peak_of_this_program(),
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
            row.written["matters"],
        )


if __name__ == "__main__":
    found = _import(int(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(json.dumps(vars(found)) + "\n")
