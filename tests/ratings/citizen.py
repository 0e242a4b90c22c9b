"""A citizen with a ticket: what they send, what waits then, and the day on which they do so."""

import re
from datetime import UTC, date, datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from evalsys.core.permissions import SYSTEM
from evalsys.ratings.ballots.queries import get_ticket
from evalsys.ratings.ballots.sealing import WaitingBallot
from evalsys.ratings.counting.service import count_due
from evalsys.ratings.tickets.rules.codes import read_code
from tests.ratings.intake import waiting

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # Tuesday, 24 November 2026, 10:00 in Shanghai.
TODAY, LAST_DAY = date(2026, 11, 24), date(2026, 12, 1)
GOOD = {"attitude": "5", "work_style": "4", "efficiency": "4", "competence": "0"}
LOW = {**GOOD, "attitude": "1"}
COUNTED_ON = date(2026, 12, 20)


def rate(client: FlaskClient, code: str, **data: Any) -> TestResponse:
    return client.post("/r", data={"code": code, **data})


def rows() -> list[WaitingBallot]:
    return waiting()


def reference_of(code: str) -> str:
    """The reference under which the first person on a ticket was rated."""
    ticket = get_ticket(read_code(code))
    mine = {person.ballot_id for person in ticket.served}
    found = [row.reference for row in waiting() if row.ballot_id in mine]
    return next(iter(found or ticket.counted.values()))


def count() -> None:
    count_due(SYSTEM, on=COUNTED_ON, force=True)


def checked(html: str) -> set[tuple[str, str]]:
    """The boxes and radios that are ticked, as (name, value)."""
    inputs = re.findall(r"<input [^>]*>", html)
    pairs = (re.search(r'name="(\w+)" value="(\w+)"', one) for one in inputs if " checked" in one)
    return {(found[1], found[2]) for found in pairs if found}
