"""The tables that the migrations make are those that the models describe, both ways."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import DBAPIError

from evalsys.cases.deadlines.rules import nears_on, unit_of
from evalsys.cases.engine.models import Deadline
from evalsys.core.extensions import db, metadata
from evalsys.foundation.calendars.queries import working_days
from evalsys.operations.revisions import known_revisions
from tests.applications import another_database, make_app
from tests.databases import CALENDAR
from tests.factories import make_section, make_staff
from tests.filling import fill_every_table

FOLDER = Path(__file__).parent.parent / "migrations"
REVISIONS = [script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()]


@pytest.fixture
def own(migrated: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a migrated database that no other test uses: its tables may go."""
    uri = another_database(migrated, tmp_path, "own")
    app = make_app(uri, tmp_path)
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def fill() -> None:
    with db.engine.begin() as connection:
        fill_every_table(connection, metadata)


def counts() -> dict[str, int]:
    """How many rows each table has that is there."""
    with db.engine.connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name in there
        }


def differences() -> list[object]:
    """What autogenerate would write into the next migration."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def test_the_migrations_are_one_line_without_branches() -> None:
    assert sorted(REVISIONS, reverse=True) == REVISIONS
    assert known_revisions() == tuple(reversed(REVISIONS))
    assert len(ScriptDirectory(str(FOLDER)).get_heads()) == 1


def test_the_models_are_what_the_migrations_made(own: Flask) -> None:
    assert differences() == []


def test_the_checks_of_the_models_stand_in_the_database(own: Flask) -> None:
    found = sa.inspect(db.engine)
    for name, table in metadata.tables.items():
        wanted = {str(one.name) for one in table.constraints if isinstance(one, sa.CheckConstraint)}
        assert {check["name"] for check in found.get_check_constraints(name)} == wanted, name


def test_a_filled_database_goes_down_step_by_step_and_comes_back(own: Flask) -> None:
    fill()
    before = counts()
    assert min(before.values()) > 0
    for revision in REVISIONS[1:]:
        downgrade(revision=revision)
        fill()  # Evidence included: the triggers may be gone, or there, but rows still fit.
    downgrade(revision="base")
    assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert differences() == []
    fill()
    assert counts() == before


def test_rows_survive_every_step_down_and_up(own: Flask) -> None:
    fill()
    newest = counts()
    for depth, (above, revision) in enumerate(pairwise(REVISIONS)):
        is_far = depth % FAR == 0
        before = newest if is_far else counts()
        downgrade(revision=revision)
        kept = counts().keys() - CALENDAR
        upgrade(revision=REVISIONS[0] if is_far else above)
        after = counts()
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
        downgrade(revision=revision)


def test_terms_that_were_there_near_their_end_as_new_ones_do(own: Flask) -> None:
    fill()
    downgrade(revision="0041")
    start = date(2026, 9, 18)  # Before the week of the National Day.
    with db.engine.begin() as connection:
        table = sa.Table("deadline", sa.MetaData(), autoload_with=connection)
        pattern = dict(connection.execute(sa.select(table)).mappings().one())
        rows = [
            {**pattern, "id": n + 2, "rule": rule, "started_on": start, "due_on": start + n * A_DAY}
            for n, rule in enumerate(["plan_wd", "follow_up_d", "pool_months"] * 40)
        ]
        connection.execute(sa.insert(table), rows)
    upgrade()
    days = working_days()
    for row in db.session.scalars(sa.select(Deadline).where(Deadline.id > 1)):
        right = nears_on(row.started_on, row.due_on, unit_of(row.rule), days)
        assert row.nears_on == right, (row.rule, row.due_on)


A_DAY = timedelta(days=1)
FAR = 8  # Steps between those from which all rows go back up to the newest tables.

EVIDENCE = {
    *("audit_event", "rating", "exclusion", "count_batch", "result", "section_score"),
    *("member_score", "case_mix_score", "proposal", "publication"),
}


@pytest.mark.parametrize("table", sorted(EVIDENCE))
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_after_all_of_them_evidence_cannot_be_changed(own: Flask, table: str, verb: str) -> None:
    fill()
    column = next(iter(metadata.tables[table].columns)).name
    words = (
        f"UPDATE {table} SET {column} = {column}" if verb == "UPDATE" else f"DELETE FROM {table}"
    )
    with pytest.raises(DBAPIError, match="append only"), db.engine.begin() as connection:
        connection.execute(sa.text(words))


def test_a_row_that_others_point_at_cannot_go(own: Flask) -> None:
    staff = make_staff(make_section())
    words = sa.text("DELETE FROM staff WHERE id = :id")
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"), db.engine.begin() as connection:
        connection.execute(words, {"id": staff.id})
