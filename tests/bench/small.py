"""The small city of 720 members, measured beside floors that the same database and server give."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_migrate import upgrade

from evalsys.core.extensions import db
from tests.bench import closing, hotline, imports, program, public, web, workbook
from tests.bench.city.kept import SECRET, opened
from tests.bench.city.maker import Report
from tests.bench.load import Load
from tests.databases import PostgreSQL

RATINGS, ROWS = 1_000_000, 100_000
# The import comes last: its people and ratings would stand in the periods that are closed.
PARTS = ("program", "web", "closing", "public", "workbook", "hotline", "import")


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """Yield what makes an empty database of a name and returns its address; all are durable."""
    if kind == "sqlite":
        yield lambda name: f"sqlite:///{folder / name}.sqlite3"
        return
    server = PostgreSQL()
    server.start(is_durable=True)
    try:
        yield server.create
    finally:
        server.stop()


def measure(kind: str, wanted: set[str], say: Report) -> None:
    """Make a small city in a temporary folder, run the parts that are wanted, and say each."""
    with tempfile.TemporaryDirectory() as name, databases(kind, Path(name)) as create:
        uri, folder = create("evalsys"), Path(name)
        settings = {
            "EVALSYS_SECRET_KEY": SECRET,
            "EVALSYS_SQLALCHEMY_DATABASE_URI": uri,
            "EVALSYS_DATA_DIR": name,
            "EVALSYS_LOG_LEVEL": "INFO",
        }
        with opened(uri, folder):
            upgrade()
            if "program" in wanted:
                _show_program(program.measure(settings, web.make_tickets()), say)
            if "web" in wanted:
                _show_web(web.measure(create("bare"), settings, web.make_tickets()), say)
            if wanted & {"closing", "public", "workbook"}:
                _measure_closed(wanted, folder, settings, say)
            if "hotline" in wanted:
                say(f"    {hotline.TICKETS:,} hotline tickets: importing")
                _show_hotline(hotline.measure(folder, settings), say)
            if "import" in wanted:
                say(f"    {imports.RATINGS:,} past ratings, {imports.PEOPLE:,} people: importing")
                _show_waits(imports.measure(folder, settings, web.make_tickets()), say)


def _measure_closed(wanted: set[str], folder: Path, settings: dict[str, str], say: Report) -> None:
    """Run the parts that need closed periods."""
    seats = closing.make_seats()
    if "closing" in wanted:
        say(f"    {RATINGS:,} ratings: filling")
        closing.fill("2026-Q2", seats, RATINGS)
        _show_closing(closing.measure("2026-Q2"), say)
    if wanted & {"workbook", "public"}:
        say(f"    {ROWS:,} ratings: filling")
        closing.fill("2026-Q1", seats, ROWS)
        closing.measure("2026-Q1")
    if "public" in wanted:
        _show_public(public.measure("2026-Q1", settings, web.make_tickets()), say)
    if "workbook" in wanted:
        _show_workbook(workbook.measure("2026-Q1", folder, settings), say)


def _show_program(cost: program.Cost, say: Report) -> None:
    say(f"    flask {' '.join(program.COMMAND)} {cost.start:5.2f} s of processor   aim <= 1.50")
    say(
        f"    web worker, its own memory {cost.fresh:4.0f} MB   aim <= 80; busy {cost.busy:4.0f} MB"
    )


def _show_web(found: dict[str, Load], say: Report) -> None:
    for name, load in found.items():
        say(f"    {name:<7}{load.rate:9,.0f}/s   p99 {load.p99:6.1f} ms   failed {load.failed}")
    say(f"    form / page      {found['form'].rate / found['page'].rate:5.2f}   aim >= 0.20")
    ratio = found["submit"].rate / found["insert"].rate
    say(f"    submit / insert  {ratio:5.2f}   aim >= 0.60")


def _show_closing(found: closing.Found, say: Report) -> None:
    say(f"    number, sum, sum of squares alone {found.least}")
    say(f"    bare GROUP BY                     {found.bare}")
    say(f"    closing                           {found.ours}")
    ratio = found.ours.real / found.bare.real
    if db.engine.dialect.name == "sqlite":  # All of its work is ours.
        ratio = found.ours.processor / found.bare.processor
    say(f"    closing / bare   {ratio:5.2f}   aim <= 1.50")


def _show_workbook(found: dict[str, workbook.Written], say: Report) -> None:
    for name, one in found.items():
        say(f"    {name:<7}{one.seconds:6.1f} s   peak {one.peak_mb:4.0f} MB   {one.rows:,} rows")
    ratio = found["ours"].seconds / found["bare"].seconds
    say(f"    ours / bare      {ratio:5.2f}   aim <= 1.25, peak <= 110 MB")


def _show_hotline(found: dict[str, hotline.Imported], say: Report) -> None:
    for name, one in found.items():
        say(
            f"    {name:<5} received {one.receive:4.1f} s, tried {one.check:5.1f} s, written "
            f"{one.write:5.1f} s with {one.matters:,} matters   aim <= 60 s; "
            f"{one.processor:4.0f} s of processor; peak {one.peak_mb:4.0f} MB, of its reader "
            f"{one.child_mb:4.0f} MB"
        )


def _show_waits(found: dict[str, imports.Waited], say: Report) -> None:
    for name, one in found.items():
        say(
            f"    {name:<8}{one.seconds:6.1f} s   {one.ballots} ballots beside it, "
            f"{one.failed} failed: p99 {one.p99:.2f} s, longest {one.longest:.2f} s   aim < 1 s"
        )


def _show_public(found: public.Read, say: Report) -> None:
    say(f"    page   {found.pages.rate:9,.0f}/s   failed {found.pages.failed}   aim >= 200/s")
    say(
        f"    {found.ballots} ballots beside it, {found.failed} failed: median "
        f"{found.median:.0f} ms, longest {found.longest:.0f} ms   aim < 500 ms"
    )
