"""`flask db distribute` against a real PostgreSQL, with a stand-in for Citus (citus.sql)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from evalsys.core.extensions import db, metadata
from evalsys.operations.checks import Grade, examine
from evalsys.operations.machines.rules import DISTRIBUTED, SETTINGS, leader_of
from tests.applications import another_database, make_app
from tests.factories import JULY
from tests.filling import fill_every_table

CITUS = Path(__file__).with_name("citus.sql").read_text(encoding="utf-8")
# Citus brings no files for this PostgreSQL: its line in the catalogue is written by hand.
EXTENSION = (
    "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
    " SELECT 90001, 'citus', 10, oid, false, '13.0' FROM pg_namespace WHERE nspname = 'citus'"
)

WORKER = "INSERT INTO citus.pg_dist_node VALUES (true, true, 'primary')"
KEYS = """SELECT conrelid::regclass::text, confrelid::regclass::text, conkey::text, confkey::text
 FROM pg_constraint WHERE contype = 'f'"""
TRIGGERS = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"


@pytest.fixture
def city(migrated: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a filled database of its own, with its stand-in for Citus and a worker."""
    app = make_app(another_database(migrated, tmp_path, "machines"), tmp_path)
    with app.app_context():
        with db.engine.begin() as connection:
            fill_every_table(connection, metadata)
            connection.exec_driver_sql(CITUS.replace("%", "%%"))
            connection.exec_driver_sql("ALTER DATABASE machines SET search_path = public, citus")
            connection.exec_driver_sql("SET allow_system_table_mods = on")
            connection.exec_driver_sql(EXTENSION)
            connection.exec_driver_sql(WORKER)
        db.engine.dispose()
        yield app
        db.session.remove()
        db.engine.dispose()


def distribute(app: Flask) -> str:
    db.session.remove()
    done = app.test_cli_runner().invoke(args=["db", "distribute"])
    assert done.exit_code == 0, done.output
    return done.output


def ask(words: str) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(words)]


def keys() -> set[tuple[object, ...]]:
    return set(ask(KEYS))


def faults() -> list[str]:
    db.session.remove()
    found = [one.words for one in examine(JULY) if one.grade is Grade.PROBLEM]
    return [words for words in found if "distribute" in words]


@pytest.mark.only("sqlite")
def test_one_file_is_no_cluster(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["db", "distribute"])
    assert done.exit_code == 1
    assert "PostgreSQL" in done.output


@pytest.mark.only("postgresql")
def test_without_the_extension_nothing_is_changed(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["db", "distribute"])
    assert done.exit_code == 1
    assert "CREATE EXTENSION citus" in done.output
    assert faults() == []


@pytest.mark.only("postgresql")
def test_without_a_worker_nothing_is_changed(city: Flask) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM citus.pg_dist_node")
    done = city.test_cli_runner().invoke(args=["db", "distribute"])
    assert done.exit_code == 1
    assert "citus_add_node" in done.output
    assert ask("SELECT * FROM citus.called") == []


@pytest.mark.only("postgresql")
def test_every_table_is_put_in_its_place_with_its_rows_and_keys(city: Flask) -> None:
    before = keys()
    assert faults()
    distribute(city)
    called = [str(words).split() for (words,) in ask("SELECT words FROM citus.called ORDER BY nth")]
    places = {name: kind for name, kind, *_ in called}
    assert places == {
        name: "distributed" if name in DISTRIBUTED else "reference" for name in metadata.tables
    }
    kinds = [kind for _, kind, *_ in called]
    assert kinds == sorted(kinds, reverse=True), "the copied ones first: others point at them"
    for name, kind, *more in called:
        if kind == "distributed":
            assert more == [DISTRIBUTED[name], leader_of(name) or "none"]
    assert keys() == before
    for name in metadata.tables:
        assert ask(f'SELECT count(*) > 0 FROM machines."{name}"') == [(True,)], name
        assert ask(f'SELECT count(*) FROM public."{name}"') == [(0,)], name
    assert faults() == []


@pytest.mark.only("postgresql")
def test_evidence_stays_guarded_and_the_settings_stay(city: Flask) -> None:
    before = ask(TRIGGERS)
    distribute(city)
    assert ask(TRIGGERS) == before
    with pytest.raises(DBAPIError, match="append only"), db.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE rating CASCADE")
    for name, value in SETTINGS.items():
        assert ask(f"SELECT current_setting('{name}')") == [(value,)]


@pytest.mark.only("postgresql")
def test_done_twice_the_second_time_does_nothing(city: Flask) -> None:
    distribute(city)
    before = ask("SELECT * FROM citus.called")
    assert "Nothing to do" in distribute(city)
    assert ask("SELECT * FROM citus.called") == before


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("broken", ["staff", "rating", "callback_contact"])
def test_a_run_that_broke_off_is_finished_by_the_next(city: Flask, broken: str) -> None:
    before = keys()
    with db.engine.begin() as connection:
        words = f"""ALTER TABLE citus.called ADD CHECK (words NOT LIKE '{broken} %%')"""
        connection.exec_driver_sql(words)
    db.session.remove()
    assert city.test_cli_runner().invoke(args=["db", "distribute"]).exit_code == 1
    assert len(ask("SELECT * FROM citus.called")) < len(metadata.tables)
    assert any("Foreign keys are missing" in words for words in faults())
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE citus.called DROP CONSTRAINT called_words_check")
    distribute(city)
    assert len(ask("SELECT * FROM citus.called")) == len(metadata.tables)
    assert keys() == before
    assert faults() == []


@pytest.mark.only("postgresql")
def test_a_table_of_a_later_version_is_put_in_its_place_too(city: Flask) -> None:
    distribute(city)
    later = "screen_turn"
    with db.engine.begin() as connection:
        gone = f"DELETE FROM citus.citus_tables WHERE table_name = '{later}'::regclass"
        connection.exec_driver_sql(gone)
        connection.exec_driver_sql(f"DROP TABLE machines.{later}")
    assert any(later in words for words in faults())
    assert distribute(city).startswith(f"{later}: *")
    assert faults() == []


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_the_doctor_misses_a_setting(city: Flask, setting: str) -> None:
    distribute(city)
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE machines RESET {setting}")
    db.engine.dispose()
    assert any(setting in words for words in faults())
    distribute(city)
    assert faults() == []


@pytest.mark.only("postgresql")
def test_the_tables_must_be_those_of_this_version(city: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    done = city.test_cli_runner().invoke(args=["db", "distribute"])
    assert done.exit_code == 1
    assert "flask db upgrade" in done.output
