from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from evalsys.core.extensions import db
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.rules import GONE_AFTER

GOOD = {"status": "ok", "database": True, "migrations": True, "writes": True, "worker": True}


def test_a_sound_server_says_so_to_anybody(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, GOOD)


def test_tables_of_another_version_take_the_server_out(app: Flask) -> None:
    with db.engine.begin() as connection:
        newest = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = app.test_client().get("/healthz")
    with db.engine.begin() as connection:  # Tests on PostgreSQL share one database.
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": newest})
    assert (answer.status_code, answer.json) == (
        503,
        {**GOOD, "status": "failing", "migrations": False, "writes": False},
    )


@pytest.mark.only("sqlite", "it goes on in a file that has no name")
def test_a_database_that_was_moved_away_takes_the_server_out(app: Flask) -> None:
    client, file = app.test_client(), Path(str(db.engine.url.database))
    assert client.get("/healthz").json == GOOD
    away = file.rename(file.with_suffix(".away"))
    answer = client.get("/healthz")
    away.rename(file)
    assert (answer.status_code, answer.json is not None and answer.json["database"]) == (503, False)
    assert client.get("/healthz").json == GOOD


def test_a_silent_worker_degrades_but_citizens_can_still_rate(app: Flask) -> None:
    app.config["JOBS_IMMEDIATE"] = False
    now = datetime.now(UTC)
    signals.send_heartbeat("w", now)
    assert app.test_client().get("/healthz").json == GOOD
    signals.send_heartbeat("w", now - GONE_AFTER - timedelta(seconds=1))
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (
        200,
        {**GOOD, "status": "degraded", "worker": False},
    )
