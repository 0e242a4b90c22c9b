"""(c) The workbook of a period's ratings, against bare openpyxl write-only with the same cells.

Each runs in a process of its own, since the peak of memory belongs to a process. The seconds begin
when everything is loaded, as in a worker that waits for jobs; how long a command takes to start is
measured by itself.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook, load_workbook

ROOT = Path(__file__).parents[2]
# Without numpy: it comes with the tools for tests, and openpyxl loads it wherever it is.
CHILD = """
import runpy, sys
sys.modules["numpy"] = None
runpy.run_module("tests.bench.workbook", run_name="__main__")
"""


@dataclass(frozen=True)
class Written:
    """Seconds, peak memory in MB and rows of one workbook."""

    seconds: float
    peak_mb: float
    rows: int


class NotWritten(RuntimeError):
    """The child could not write its workbook: the last line that it wrote says why."""


def measure(code: str, folder: Path, settings: dict[str, str]) -> dict[str, Written]:
    """Write the workbook, then the bare one with as many rows and columns."""
    ours = _child(["ours", code, str(folder / "ours.xlsx")], settings)
    book = load_workbook(folder / "ours.xlsx", read_only=True)
    rows = 0
    with (folder / "rows.json").open("w") as file:
        for row in book.worksheets[-1].iter_rows(values_only=True):
            file.write(json.dumps(row, default=str) + "\n")
            rows += 1
    book.close()
    bare = _child(["bare", str(folder / "bare.xlsx"), str(folder / "rows.json")], {})
    return {"bare": Written(**bare, rows=rows), "ours": Written(**ours, rows=rows)}


def _child(arguments: list[str], settings: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        check=False,
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotWritten(done.stderr.strip().rpartition("\n")[2])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _write_ours(code: str, out: str) -> float:
    from evalsys.foundation.spreadsheets import writer  # noqa: F401, PLC0415  # Loaded by now.
    from wsgi import app  # noqa: PLC0415  # It needs the settings of the parent process.

    began = time.process_time()
    command = ["exchange", "export", "ratings", code, "--out", out]
    answer = app.test_cli_runner().invoke(args=command, catch_exceptions=False)
    if answer.exit_code:
        raise RuntimeError(answer.output)
    return time.process_time() - began


def _write_bare(out: str, cells: str) -> float:
    began = time.process_time()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with Path(cells).open() as file:
        for line in file:
            sheet.append(json.loads(line))
    book.save(out)
    return time.process_time() - began


def peak_of_this_program() -> float:
    """Return the peak of memory in MB; ru_maxrss would be that of the program that started us."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    which, *what = sys.argv[1:]
    took = _write_ours(*what) if which == "ours" else _write_bare(*what)
    sys.stdout.write(json.dumps({"seconds": took, "peak_mb": peak_of_this_program()}) + "\n")
