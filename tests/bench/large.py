"""(f) The large city: every list page, counting, closing, an export, the log and a preview on it.

Seconds are of this program's processor, since the machine is shared; real ones stand beside them.
On PostgreSQL the work of the server is in the real ones only.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.service import start_session
from evalsys.foundation.jobs.statistics import gather_statistics
from evalsys.organisation.org.models import Posting, Section
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import get_period
from evalsys.organisation.periods.service import open_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.organisation.policies.service import draft_policy
from evalsys.results.closing.service import close_period
from evalsys.results.closing.suggestions import preview
from evalsys.scores.queries import latest_result
from tests.applications import noted_statements
from tests.bench import counting, matters
from tests.bench.city.bulk import hurry
from tests.bench.city.kept import copy_of_city, fill, opened
from tests.bench.city.maker import NOW, QUARTER, RATINGS, Report, user_of
from tests.bench.city.ratings import Seat, add_ratings, add_raw
from tests.bench.clock import timed
from tests.databases import PostgreSQL

CODE, CLOSED_AT = "2026-Q4", datetime(2027, 2, 1, 2, tzinfo=UTC)
PREVIEWED = 3_000_000  # ratings of the quarter that is looked at under a draft
PAGES = {
    Role.HR: (
        *("/", "/cases", "/pool", "/feedback", "/results", f"/results/{QUARTER}"),
        *("/sections", "/periods", "/policies", "/roster", "/roster?q=whn"),
    ),
    Role.LEADER: ("/", "/cases", "/pool", "/feedback"),
    Role.CHIEF: ("/", "/cases", "/pool", "/feedback"),
    Role.AUDITOR: ("/", "/audit"),
}
MATTER_PAGES = ("/", "/lights", "/lights/hall", "/matters", "/matters?light=late&q=食堂")
WATCHERS = (Role.SUPERVISOR, Role.CHIEF, Role.LEADER)
PARTS = ("pages", "log", "export", "matters", "counting", "closing", "preview")


@contextmanager
def city_on(kind: str, folder: Path, report: Report) -> Iterator[Flask]:
    """Be in the large city, on a copy of its own, on either database."""
    if kind == "sqlite":
        with opened(copy_of_city(folder, report), folder) as app:
            yield app
        return
    server = PostgreSQL()
    server.start()
    try:
        with opened(server.create("evalsys"), folder) as app:
            fill(report)
            yield app
    finally:
        server.stop()


def measure(kind: str, wanted: set[str], say: Report) -> None:
    """Run the parts that are wanted on a database, and say what each took."""
    with tempfile.TemporaryDirectory() as name, city_on(kind, Path(name), say) as app:
        seats = _seats()
        work: dict[str, Callable[[], None]] = {
            "pages": lambda: _pages(app, PAGES, say),
            "log": lambda: _log(app, say),
            "export": lambda: _export(app, Path(name), say),
            "matters": lambda: _matters(app, seats, say),
            "counting": lambda: _counting(seats, say),
            "closing": lambda: _closing(seats, say),
            "preview": lambda: _preview(seats, say),
        }
        for part, run in work.items():
            if part in wanted:
                run()


def _seats() -> list[Seat]:
    query = select(Posting.section_id, Posting.staff_id).join(Section)
    rows = db.session.execute(query.where(Section.code.like("L%")).order_by(Posting.id)).all()
    return [(row[0], row[1]) for row in rows]


def _signed_in(app: Flask, role: Role) -> FlaskClient:
    user = user_of(role)
    with unit_of_work(user.actor) as unit:
        token = start_session(unit, user, now=datetime.now(UTC))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


def _pages(app: Flask, pages: Mapping[Role, Sequence[str]], say: Report) -> None:
    for role, paths in pages.items():
        client = _signed_in(app, role)
        for path in paths:
            client.get(path)  # Warm.
            with noted_statements() as sent, timed() as took:
                answer = client.get(path)
            facts = f"{len(sent):3} statements, {len(answer.data) / 1000:6.0f} kB"
            say(f"    {role.value:<11}{path:<28}{answer.status_code} {took}   {facts}")


def _log(app: Flask, say: Report) -> None:
    client = _signed_in(app, Role.AUDITOR)
    with timed() as took:
        lines = client.get("/audit.csv").data.count(b"\n")
    say(f"    /audit.csv, {lines:,} lines {took}")


def _export(app: Flask, folder: Path, say: Report) -> None:
    command = ["exchange", "export", "ratings", QUARTER, "--out", str(folder / "ratings.xlsx")]
    with timed() as took:
        answer = app.test_cli_runner().invoke(args=command, catch_exceptions=False)
    say(f"    workbook of all ratings, {RATINGS:,} and those of the demo {took}")
    if answer.exit_code:
        say(answer.output)


def _matters(app: Flask, seats: list[Seat], say: Report) -> None:
    say(f"    {matters.OPEN:,} open matters: filling")
    for what, took in matters.sweep(seats):
        say(f"    sweep, {what:<28}{took}   aim <= 5 s")
    say("    pages, aim <= 0.3 s, at most 12 statements")
    _pages(app, dict.fromkeys(WATCHERS, MATTER_PAGES), say)


def _counting(seats: list[Seat], say: Report) -> None:
    held = counting.measure(seats)
    good, low = f"{held.good:.2f} s good ones", f"{held.low:.2f} s with {held.lows} low ones"
    say(f"    counting {counting.BALLOTS:,} ballots: {good}, {low}")
    say(f"    each low ballot {held.per_low:5.2f} ms   aim <= 2.00")
    turn, real = max(held.turns), max(held.real_turns)
    say(
        f"    {len(held.turns)} batches, the longest held the writer {turn:.2f} s of processor, "
        f"{real:.2f} s   aim <= 0.50"
    )


def _closing(seats: list[Seat], say: Report) -> None:
    with unit_of_work(SYSTEM) as unit:
        hurry()
        if db.session.scalar(select(Period).where(Period.code == CODE)) is None:
            open_period(unit, CODE, now=NOW)
        add_ratings(CODE, seats, RATINGS)
        unit.record(Action.DEMO_LOAD, CODE)
    gather_statistics()
    with timed() as took:
        close_period(SYSTEM, CODE, now=CLOSED_AT, on=CLOSED_AT.date())
    say(f"    closing, {len(seats):,} members, {RATINGS:,} ratings {took}   aim <= 3 s")


def _preview(seats: list[Seat], say: Report) -> None:
    say(f"    {PREVIEWED:,} ratings: filling")
    with unit_of_work(user_of(Role.HR).actor) as unit:
        draft = draft_policy(unit, PolicyRules(interview_line=75), reason="measured", now=NOW)
    with unit_of_work(SYSTEM) as unit:
        hurry()
        add_raw(QUARTER, seats, PREVIEWED)
        unit.record(Action.DEMO_LOAD, QUARTER)
    gather_statistics()
    result = latest_result(get_period(QUARTER).id)
    assert result is not None
    with timed() as took:
        preview(user_of(Role.HR).actor, draft, result)
    say(f"    preview of a policy {took}   aim <= 5 s")
