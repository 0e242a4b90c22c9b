"""The database looks at its rows each night; the terms of a case it finds without that too."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, inspect, select, text

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.jobs.statistics import gather_statistics
from evalsys.foundation.jobs.worker import tidy
from evalsys.organisation.org.models import Section
from tests.factories import make_staff
from tests.ratings.citizen import GOOD, count, rate
from tests.world import NOW, make_code

TERMS = (
    "SELECT min(due_on) FROM deadline WHERE subject_id = 1 AND closed_on IS NULL"
    " AND due_on >= '2026-11-24'"
)
CITIZENS = {"intake", "rating", "comment", "callback_contact"}


def rows_in(table: str) -> int:
    return db.session.execute(
        select(func.count()).select_from(db.metadata.tables[table])
    ).scalar_one()


def looked_at() -> set[str]:
    """Return the tables with planner statistics."""
    if db.engine.dialect.name == "postgresql":
        query = "SELECT relname FROM pg_stat_user_tables WHERE analyze_count > 0"
        db.session.execute(text("SELECT pg_stat_clear_snapshot()"))
    elif inspect(db.engine).has_table("sqlite_stat1"):
        query = "SELECT tbl FROM sqlite_stat1"
    else:
        return set()
    return set(db.session.scalars(text(query)))


@pytest.mark.only("sqlite")
@pytest.mark.usefixtures("clock")
def test_the_night_looks_at_the_rows_but_not_at_those_of_citizens(
    client: FlaskClient, section: Section
) -> None:
    rate(client, make_code(make_staff(section, window_no="3")), **GOOD, comment="Thank you")
    count()
    rate(client, make_code(make_staff(section, window_no="4")), **GOOD)
    assert {name for name in CITIZENS if rows_in(name)} >= {"intake", "rating", "comment"}
    before = looked_at()
    tidy(Progress(None), {}, SYSTEM, NOW)
    found = looked_at() - before
    assert {"staff", "section", "posting"} <= found
    assert not found & CITIZENS


def test_statistics_can_be_gathered_at_any_time(app: Flask) -> None:
    make_staff()
    gather_statistics()
    gather_statistics()
    assert not db.session.info["unit"]


@pytest.mark.only("sqlite")
def test_open_terms_are_found_by_their_case_without_any_statistics(app: Flask) -> None:
    plan = " ".join(row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {TERMS}")))
    assert "ix_deadline_of_subject (subject_id=? AND closed_on=? AND due_on>?)" in plan
