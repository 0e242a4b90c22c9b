"""Two web processes and two workers on one database: nothing happens twice."""

import io
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.jobs.handlers import jobs_of
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.service import start_job
from evalsys.organisation.org.models import Staff
from evalsys.roster.check import LONG
from evalsys.roster.models import RosterBatch
from tests import prepared, production
from tests.cases.mailbox import SENDER, Mailbox, mail_server
from tests.cases.office import NOW, Office, not_mailed
from tests.foundation.accounts.phones import make_known
from tests.foundation.jobs.conftest import until
from tests.roster.rosters import roster
from tests.servers import serve
from tests.visitors import Visitor

PATIENCE = 240.0  # seconds, on a busy machine
LIVE = {JobState.QUEUED, JobState.RUNNING}
OFFICERS, MORE_RUNS, CLICKS = 12, 4, 6


@pytest.fixture
def box() -> Iterator[tuple[Mailbox, int]]:
    with mail_server() as both:
        yield both


@pytest.fixture
def settings(app: Flask, box: tuple[Mailbox, int]) -> dict[str, str]:
    """The settings of every process, with a mail server."""
    app.config["SECRET_KEY"] = "two-of-each-7RzW5bNc8LpYd4HsGfA6eU"
    app.config["JOBS_IMMEDIATE"] = False
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": box[1], "SMTP_SECURITY": "none"}
    given = {**mail, "MAIL_FROM": SENDER, "BABEL_DEFAULT_LOCALE": "en"}
    return production.environment(app) | {f"EVALSYS_{k}": f"{v}" for k, v in given.items()}


@pytest.fixture
def two_workers(app: Flask, settings: dict[str, str]) -> Iterator[ExitStack]:
    """Start two workers at nine o'clock of a working day; both keep the schedule."""
    with ExitStack() as stack:
        yield stack


def start_workers(stack: ExitStack, settings: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tests.operations.wound", NOW.isoformat(), "jobs", "work"]
    for _ in range(2):
        worker = prepared.Popen[bytes](command, cwd=production.ROOT, env=settings)
        stack.callback(worker.wait)
        stack.callback(worker.kill)


def at_rest() -> bool:
    """Return whether jobs were started and none is queued or running."""
    states = set(db.session.scalars(select(Job.state).distinct()))
    return bool(states) and not states & LIVE


def test_two_workers_send_each_digest_once_and_do_each_scheduled_job_once(
    app: Flask, box: tuple[Mailbox, int], settings: dict[str, str], two_workers: ExitStack
) -> None:
    office, mailbox = Office(), box[0]
    addresses = {f"n{number}@example.cn" for number in range(OFFICERS)}
    for address in sorted(addresses):
        office.officer(address)
    office.low()
    for number in range(MORE_RUNS):  # Beside the one of the schedule, all at once.
        start_job(SYSTEM, "cases.remind", {}, now=NOW, unique_key=f"more:{number}")
    start_workers(two_workers, settings)
    scheduled = [name for name, kind in jobs_of(app).items() if kind.at and kind.at.hour <= 9]
    until(lambda: set(db.session.scalars(select(Job.kind))) >= set(scheduled), PATIENCE)
    until(at_rest, PATIENCE)
    assert Counter(mailbox.receivers) == Counter(addresses | {"hr@example.cn"})
    assert not_mailed() == 0
    assert set(db.session.scalars(select(Job.state))) == {JobState.DONE}
    done = Counter(db.session.scalars(select(Job.kind)))
    assert done == Counter(scheduled) + Counter({"cases.remind": MORE_RUNS})


def test_a_button_that_is_pressed_in_many_tabs_at_once_starts_one_job(
    app: Flask, settings: dict[str, str], two_workers: ExitStack
) -> None:
    office, user = Office(), make_known(Role.HR)
    rows = [(f"{820_000 + n}", f"新人{n}", office.section.code) for n in range(LONG + 1)]
    kept = {name: value for name, value in settings.items() if name.startswith("EVALSYS_")}
    with serve(kept | {"WEB_WORKERS": "2"}) as server:
        visitor = Visitor(server.url)
        visitor.sign_in(user)
        start_workers(two_workers, settings)
        file = FileStorage(io.BytesIO(roster(rows)), filename="名单.xlsx")
        assert visitor.post("/roster/import", {"file": file}).status_code == 303
        until(at_rest, PATIENCE)
        batch = db.session.scalars(select(RosterBatch)).one()
        for step in ("marked", "write"):
            path = f"/roster/{batch.id}/{step}"
            with ThreadPoolExecutor(CLICKS) as hands:
                answers = list(hands.map(lambda _n, to=path: visitor.post(to), range(CLICKS)))
            assert {one.status_code for one in answers} <= {303, 409}
            assert len({one.location for one in answers if one.status_code == 303}) == 1, step
            until(at_rest, PATIENCE)
    kinds = db.session.scalars(select(Job.kind).where(Job.user_id == user.id).order_by(Job.kind))
    assert kinds.all() == ["exchange.check", "exchange.mark", "exchange.roster"]
    assert set(db.session.scalars(select(Job.state))) == {JobState.DONE}
    new = select(func.count()).where(Staff.number.between("820000", f"{820_000 + LONG}"))
    assert db.session.scalar(new) == LONG + 1
