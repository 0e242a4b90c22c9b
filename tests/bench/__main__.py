"""`make bench`: measure against bare floors, in one run. Prints figures, judges nothing.

The small city is measured on SQLite, the large one on both databases.

The machine is shared and the load generator runs beside the server: read the ratios, not the
absolute figures.
"""

import sys
import tempfile
import time
from pathlib import Path

from flask_migrate import upgrade

from tests.bench import closing, imports, large, public, web, workbook
from tests.bench.load import Load
from tests.conftest import make_app

RATINGS, ROWS = 1_000_000, 100_000
SMALL = {"web", "closing", "workbook", "import", "public"}
SECRET = "only for the measurement, k3J9xQ2mVt7RzW5bNc8L"


def main() -> None:
    """Measure the parts that are named, or all of the small city and then of the large one.

    `large` are all parts of the large city on both databases, `large-sqlite` those on one;
    `pages`, `log`, `export`, `counting`, `closing` and `preview` narrow what is done there.
    """
    named = set(sys.argv[1:])
    is_large = any(name.startswith("large") for name in named)
    small = SMALL if not named else set() if is_large else named & SMALL
    if small:
        measure_small(small)
    parts = set(large.PARTS) & named or set(large.PARTS)
    for kind in ("sqlite", "postgresql"):
        if not named or named & {"large", f"large-{kind}"}:
            say(f"[f] 大城市 / the large city, on {kind}")
            large.measure(kind, parts, say)


def measure_small(parts: set[str]) -> None:
    """Make a small city in a temporary folder and measure the parts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "bench.sqlite3"
        settings = {
            "EVALSYS_SECRET_KEY": SECRET,
            "EVALSYS_SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}",
            "EVALSYS_DATA_DIR": name,
            "EVALSYS_LOG_LEVEL": "INFO",
        }
        app = make_app(f"sqlite:///{database}", folder, SECRET_KEY=SECRET)
        with app.app_context():
            upgrade()
            if "web" in parts:
                say("[a] 评价表与提交 / form and submit")
                show_web(web.measure(folder, settings, web.make_tickets()))
            if "import" in parts:
                say(f"[d] {imports.RATINGS:,} past ratings, {imports.PEOPLE:,} people: importing")
                show_waits(imports.measure(folder, settings, web.make_tickets()))
            seats = closing.make_seats()
            if "closing" in parts:
                say(f"[b] {RATINGS:,} ratings: filling")
                closing.fill("2026-Q2", seats, RATINGS)
                show_closing(closing.measure("2026-Q2", database))
            if parts & {"workbook", "public"}:
                say(f"[c] {ROWS:,} rows: filling")
                closing.fill("2026-Q1", seats, ROWS)
                closing.measure("2026-Q1", database)
            if "public" in parts:
                say("[e] 公示页 / public page, ballots beside it")
                show_public(public.measure("2026-Q1", settings, web.make_tickets()))
            if "workbook" in parts:
                try:
                    show_workbook(workbook.measure("2026-Q1", folder, settings))
                except workbook.NotWritten as reason:
                    say(f"    not measured: {reason}")


def say(words: str) -> None:
    """Print a line with the time, at once."""
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)  # noqa: T201


def show_web(found: dict[str, Load]) -> None:
    """Print the rates and their ratios."""
    for name, load in found.items():
        say(f"    {name:<7}{load.rate:9,.0f}/s   p99 {load.p99:6.1f} ms   failed {load.failed}")
    say(f"    form / page      {found['form'].rate / found['page'].rate:5.2f}")
    ratio = found["submit"].rate / found["insert"].rate
    say(f"    submit / insert  {ratio:5.2f}   aim >= 0.50")


def show_closing(found: closing.Found) -> None:
    """Print the seconds and their ratio."""
    say(f"    bare GROUP BY {found.bare:6.2f} s   closing {found.ours:6.2f} s")
    say(f"    number, sum, sum of squares alone: {found.least:6.2f} s")
    say(f"    closing / bare   {found.ours / found.bare:5.2f}   aim <= 1.50")


def show_workbook(found: dict[str, workbook.Written]) -> None:
    """Print seconds, memory and their ratio."""
    for name, one in found.items():
        say(f"    {name:<7}{one.seconds:6.1f} s   peak {one.peak_mb:4.0f} MB   {one.rows:,} rows")
    ratio = found["ours"].seconds / found["bare"].seconds
    say(f"    ours / bare      {ratio:5.2f}   aim <= 1.25, peak <= 110 MB")


def show_waits(found: dict[str, imports.Waited]) -> None:
    """Print what citizens noticed of an import."""
    for name, one in found.items():
        say(
            f"    {name:<8}{one.seconds:6.1f} s   {one.ballots} ballots beside it, "
            f"{one.failed} failed: p99 {one.p99:.2f} s, longest {one.longest:.2f} s   aim < 1 s"
        )


def show_public(found: public.Read) -> None:
    """Print how many pages were sent, and how long a ballot waited beside them."""
    say(f"    page   {found.pages.rate:9,.0f}/s   failed {found.pages.failed}   aim >= 200/s")
    say(
        f"    {found.ballots} ballots beside it, {found.failed} failed: median "
        f"{found.median:.0f} ms, longest {found.longest:.0f} ms   aim < 500 ms"
    )


if __name__ == "__main__":
    main()
