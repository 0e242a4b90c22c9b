"""A GET changes nothing: preview bots, prefetch, reload and the Back button send GETs, too.

Every route with GET is requested as each permitted role and anonymously, and its writes are
counted, but for the heartbeat of the session.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.database import BareConnection
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from tests.routes import routes
from tests.world import NOW, World, make_world, slot_of

pytestmark = pytest.mark.only("sqlite", "which page writes does not depend on the database")

WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")
HEARTBEAT = "sign_in_session"
LINE, LOOK = "audit_event", "file_view"
# The reads that leave a trace by law or by our own promise: whoever looks at what is personal, or
# takes it out of the house, is seen doing so. The trace is all that they may write. A browser that
# only guesses what may be wanted next gets no page behind a sign-in, and so leaves none.
WATCHDOG = "operations.healthz"  # It asks whether a row can be written: nobody is served by it.
TRACED = {
    "accounts.audit_file": {LINE},
    "archive.reference": {LOOK},
    "archive.show": {LOOK},
    "benchmarks.workbook": {LINE},
    "cases.show": {LINE, LOOK, "notice"},  # The person has received what was served: ADR 17.
    "exchange.archive_book": {LINE, LOOK},
    "exchange.export": {LINE, "taken_person"},  # What one person has taken is added up.
    "exchange.handled_book": {LINE},
    "exchange.register": {LINE},
    "exchange.roster_export": {LINE},
    "letters.letter": {LOOK},
    "reductions.workbook": {LINE},
    WATCHDOG: {"installation"},
}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.fixture
def bare_writes(monkeypatch: pytest.MonkeyPatch, statements: list[str]) -> list[str]:
    """Record statements of bare connections as well."""
    change = BareConnection.change

    def noting(self: BareConnection, statement: Any, **values: Any) -> Any:
        statements.append(str(statement.compile(db.engine)))
        return change(self, statement, **values)

    monkeypatch.setattr(BareConnection, "change", noting)
    return statements


def tables_of(statements: list[str]) -> set[str]:
    """Return the tables that the statements write to."""
    return {found[1] for found in map(WRITE.match, statements) if found}


def test_no_get_writes_but_the_traces_that_are_owed(
    world: World, app: Flask, sign_in: Callable[[User], FlaskClient], bare_writes: list[str]
) -> None:
    people = {role: user for role, user in world.users.items() if role is not Role.CITIZEN}
    clients: dict[Role, FlaskClient] = {role: sign_in(user) for role, user in people.items()}
    clients[Role.CITIZEN] = app.test_client()
    written: defaultdict[str, set[str]] = defaultdict(set)
    asked = 0
    for route in routes(app):
        for path in route.addresses(world) if "GET" in route.methods else ():
            for role, client in clients.items():
                if route.action and not world.users[role].actor.may(route.action):
                    continue
                bare_writes.clear()
                with client.get(path, headers={"Sec-Purpose": "prefetch;prerender"}):
                    is_quiet = tables_of(bare_writes) <= {HEARTBEAT}
                    assert is_quiet or route.endpoint == WATCHDOG, path
                with client.get(path) as answer:
                    asked += answer.status_code < HTTPStatus.BAD_REQUEST
                written[route.endpoint] |= tables_of(bare_writes) - {HEARTBEAT}
    assert asked > 100
    assert {name: tables for name, tables in written.items() if tables} == TRACED


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", ""])
def test_a_preview_of_a_screen_code_uses_nothing_up(
    world: World, app: Flask, bare_writes: list[str], purpose: str
) -> None:
    person = next(iter(world.corners.values())).member
    path = f"/s/{slot_of(person, int(NOW.timestamp()))}"
    bot, phone = app.test_client(), app.test_client()
    bare_writes.clear()
    for method in (bot.get, bot.head, bot.get):
        assert method(path, headers={"Sec-Purpose": purpose}).status_code == 200
    assert not any(WRITE.match(words) for words in bare_writes)
    assert phone.post(path).headers["Location"] == "/r"
    assert phone.get("/r").status_code == 200
    assert app.test_client().post(path).status_code == 410
