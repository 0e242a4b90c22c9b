"""Column types on both databases, and the write lock."""

import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, StatementError

from evalsys.core.database import Hundredths, Model, UtcDateTime, _bare_pool
from evalsys.core.database.sqlite import SQLITE_PRAGMAS, Busy, write_lock
from evalsys.core.extensions import db
from evalsys.organisation.org.models import SectionKind
from tests.databases import KIND
from tests.factories import make_organ, make_section, make_user

DIALECT = sa.create_engine("sqlite://").dialect
moments = st.datetimes(timezones=st.timezones()).filter(lambda at: 1970 < at.year < 3000)
amounts = st.decimals(-1_000_000, 1_000_000, places=2)


@given(moments)
def test_a_moment_comes_back_the_same_in_utc(moment: datetime) -> None:
    column = UtcDateTime()
    stored = column.process_bind_param(moment, DIALECT)
    assert stored is not None
    assert stored.tzinfo is None
    back = column.process_result_value(stored, DIALECT)
    assert back is not None
    assert (back.utcoffset(), back) == (timedelta(0), moment.astimezone(UTC))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 7, 1), DIALECT)  # noqa: DTZ001


@given(amounts)
def test_an_amount_comes_back_exactly(amount: Decimal) -> None:
    column = Hundredths()
    stored = column.process_bind_param(amount, DIALECT)
    assert isinstance(stored, int)
    back = column.process_result_value(stored, DIALECT)
    assert back == amount
    assert str(back).partition(".")[2].isdigit()


@given(st.decimals(-1000, 1000, places=3).filter(lambda d: d != round(d, 2)))
def test_a_third_place_is_refused_and_not_rounded_away(amount: Decimal) -> None:
    with pytest.raises(ValueError, match="more than two places"):
        Hundredths().process_bind_param(amount, DIALECT)


def test_nothing_stays_nothing() -> None:
    for column in (UtcDateTime(), Hundredths()):
        assert column.process_bind_param(None, DIALECT) is None
        assert column.process_result_value(None, DIALECT) is None


def test_both_types_keep_their_word_in_a_real_table(app: Flask) -> None:
    table = sa.Table(
        "kept",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime),
        sa.Column("points", Hundredths),
    )
    shanghai = datetime(2026, 7, 1, 8, 30, tzinfo=timezone(timedelta(hours=8)))
    with db.engine.begin() as connection:
        table.create(connection)
        for points in ("87.50", "0.10", "-3.07"):
            connection.execute(table.insert().values(at=shanghai, points=Decimal(points)))
        rows = connection.execute(sa.select(table.c.at, table.c.points).order_by(table.c.id)).all()
        total = connection.execute(sa.select(sa.func.sum(table.c.points))).scalar_one()
        late = sa.select(table.c.id).where(table.c.at > datetime(2026, 7, 1, 0, 29, tzinfo=UTC))
        assert len(connection.execute(late).all()) == 3
        table.drop(connection)
    assert [str(row.points) for row in rows] == ["87.50", "0.10", "-3.07"]
    assert {row.at for row in rows} == {datetime(2026, 7, 1, 0, 30, tzinfo=UTC)}
    assert total == Decimal("84.53")


def test_a_value_that_a_type_refuses_reaches_no_table(app: Flask) -> None:
    with pytest.raises(StatementError, match="naive"):
        make_user(created_at=datetime(2026, 7, 1))  # noqa: DTZ001
    db.session.rollback()


def test_a_kind_is_stored_by_its_value_and_an_unknown_one_refused(app: Flask) -> None:
    section = make_section(kind=SectionKind.ENFORCEMENT)
    raw = db.session.execute(sa.text("SELECT kind FROM section")).scalar_one()
    assert raw == "enforcement"
    db.session.execute(sa.text("UPDATE section SET kind = 'nonsense'"))
    with pytest.raises(LookupError):
        db.session.refresh(section)
    db.session.rollback()


def test_every_constraint_has_a_name_that_a_migration_can_use() -> None:
    for table in Model.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, table.name


def test_foreign_keys_are_kept(app: Flask) -> None:
    with pytest.raises(IntegrityError):
        make_section(make_organ(), parent_id=987_654)
    db.session.rollback()


def test_sqlite_is_durable_and_strict(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'own.sqlite3'}")
    with engine.connect() as connection:
        found = {
            name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name, _, _ in (pragma.partition("=") for pragma in SQLITE_PRAGMAS)
        }
    engine.dispose()
    assert found == {
        "foreign_keys": "1",
        "journal_mode": "wal",
        "synchronous": "2",
        "busy_timeout": "10000",
        "trusted_schema": "0",
        "secure_delete": "1",
    }


def test_an_impatient_writer_is_told_and_a_patient_one_waits(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'turn.sqlite3'}")
    order: list[str] = []
    holds, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with write_lock(engine):
            holds.set()
            may_go.wait(30)
            order.append("first")

    def wait() -> None:
        with write_lock(engine):
            order.append("second")

    first, second = threading.Thread(target=hold), threading.Thread(target=wait)
    first.start()
    assert holds.wait(30)
    with pytest.raises(Busy), write_lock(engine, wait=False):
        pass
    second.start()
    may_go.set()
    first.join(30)
    second.join(30)
    assert order == ["first", "second"]
    with write_lock(engine, wait=False):
        pass
    engine.dispose()


def test_a_turn_is_given_back_when_the_writer_fails(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'turn.sqlite3'}")
    with pytest.raises(ZeroDivisionError), write_lock(engine):
        raise ZeroDivisionError
    with write_lock(engine, wait=False):
        pass
    engine.dispose()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_day_is_stored_as_a_day(app: Flask, day: date) -> None:
    found = db.session.execute(sa.select(sa.literal(day, sa.Date))).scalar_one()
    assert found == day


@pytest.mark.parametrize("lend", ["session", "bare"])
def test_every_connection_has_its_settings(app: Flask, lend: str) -> None:
    pool = db.engine.pool if lend == "session" else _bare_pool(db.engine)
    words, wanted = (
        ("SHOW", {"jit": "off", "lock_timeout": "5s", "statement_timeout": "1min"})
        if KIND == "postgresql"
        else ("PRAGMA", {"foreign_keys": 1, "trusted_schema": 0, "secure_delete": 1})
    )
    with closing(pool.connect()) as connection:
        cursor = connection.cursor()
        for name, value in wanted.items():
            cursor.execute(f"{words} {name}")
            assert (name, cursor.fetchone()) == (name, (value,))
