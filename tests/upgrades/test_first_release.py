"""A database of the first release is brought to today's version: nothing of it is lost."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.ratings.ballots.models import Intake, Rating
from evalsys.ratings.counting.service import count_due
from evalsys.results.reports.sheets.registry import all_books
from tests.applications import another_database, make_app
from tests.databases import KIND
from tests.routes import routes
from tests.test_permissions import may
from tests.upgrades.first_release import REVISION, load_release, read_release, typed_rows

SignIn = Callable[[User], FlaskClient]
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)  # An hour after the last of what it holds.
# Frozen, counted or proved: no number and no line of these may change.
PROOF = (
    *("rating", "tally", "exclusion", "count_batch", "result", "section_score", "member_score"),
    *("proposal", "publication", "audit_event", "pressure_tally"),
)
# What later versions take out of ratings on purpose: kind and channel where too few share them,
# what was ticked, of which totals are kept, and the batch (docs/adr/0022, 0013, 0037).
TAKEN_OUT = {"service_type", "channel", "reasons", "batch_id"}

OF_A_POLICY = {"ratings.colleagues"}  # Only there if the policy lets windows help each other.


@pytest.fixture
def release() -> dict[str, Any]:
    return read_release()


@pytest.fixture
def app(migrated: str, tmp_path: Path, release: dict[str, Any]) -> Iterator[Flask]:
    """An application of today on the database of the first release, brought up to date."""
    uri = f"sqlite:///{tmp_path / 'first.sqlite3'}"
    if KIND == "postgresql":
        uri = another_database(migrated, tmp_path, "first_release", template="template0")
    app = make_app(uri, tmp_path)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        upgrade(revision=REVISION)
        load_release(db.engine, release["tables"])
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def differences(release: dict[str, Any]) -> dict[str, list[Any]]:
    """The rows of proofs that are not those of the first release, by table."""
    there = sa.MetaData()
    there.reflect(db.engine)
    found: dict[str, list[Any]] = {}
    with db.engine.connect() as connection:
        for name in PROOF:
            table, old = there.tables[name], release["tables"][name]
            names = [one for one in old["columns"] if one in {*table.columns.keys()} - TAKEN_OUT]
            query = sa.select(*(table.columns[one] for one in names))
            now = {repr(sorted(row.items())) for row in connection.execute(query).mappings()}
            rows = ({one: row[one] for one in names} for row in typed_rows(table, old))
            before = {repr(sorted(row.items())) for row in rows}
            if now != before:
                found[name] = [sorted(before - now)[:2], sorted(now - before)[:2]]
    return found


def test_no_proof_changes_on_the_way_up_and_down_again(app: Flask, release: dict[str, Any]) -> None:
    assert differences(release) == {}
    downgrade(revision=REVISION)
    assert differences(release) == {}
    upgrade()
    assert differences(release) == {}


def test_every_page_shows_it_with_the_numbers_from_before(
    app: Flask, sign_in: SignIn, release: dict[str, Any]
) -> None:
    users = {user.role: user for user in db.session.scalars(sa.select(User))}
    app.config["PROPAGATE_EXCEPTIONS"] = False
    faults = []
    for role, user in users.items():
        client = sign_in(user)
        for path in pages_of(app, role):
            answer = client.get(path, follow_redirects=True, buffered=True)
            if answer.status_code != 200:
                faults.append((role.value, path, answer.status_code))
    assert faults == []
    page = sign_in(users[Role.HR]).get("/ranking?period=2026-Q3").text
    for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL):
        words = re.sub(r"<[^>]+>", " ", row)
        for section, numbers in release["printed"].items():
            if re.search(rf"\s{section}\s", words):
                assert re.findall(r"\d+\.\d+", words) == numbers, section


def pages_of(app: Flask, role: Role) -> list[str]:
    """Every list that a role may open, and the pages of what they list."""
    plain = [
        route.address({})
        for route in routes(app)
        if not route.arguments
        and "GET" in route.methods
        and may(role, route.action)
        and route.endpoint not in OF_A_POLICY
    ]
    if role is not Role.HR:
        return plain
    codes, people = ("2026-Q2", "2026-Q3", "2026-Q4"), ("040103", "040277", "990001")
    more = [f"/periods/{code}" for code in codes] + ["/results/2026-Q2", "/roster/1", "/roster/2"]
    more += [f"/sections/{name}/{code}" for code in codes[:2] for name in ("SP01", "SP10", "RS05")]
    more += [f"/export/{name}/{code}" for name in all_books() for code in codes[:2]]
    return plain + more + [f"/archive/{number}" for number in people]


def test_what_waited_is_counted_and_a_ticket_of_then_is_known(
    app: Flask, release: dict[str, Any]
) -> None:
    counted = len(release["tables"]["rating"]["rows"])
    waiting = len(release["tables"]["intake"]["rows"])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Intake)) == waiting
    answer = app.test_client().post("/r", data={"code": release["code"]}, follow_redirects=True)
    assert answer.status_code == 200
    assert "040105" in answer.text, "whom it names"
    count_due(SYSTEM, on=(NOW + timedelta(days=60)).date(), force=True)
    db.session.rollback()
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Rating))
    assert (total, db.session.scalar(sa.select(sa.func.count()).select_from(Intake))) == (
        counted + waiting,
        0,
    )
