"""Bare connections: the same values as through SQLAlchemy, committed at once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from evalsys.core.database import Hundredths, Model, UtcDateTime, bare_connection
from evalsys.core.extensions import db
from evalsys.organisation.org.models import SectionKind

ROW: dict[str, Any] = {
    "name": "first",
    "day": date(2026, 2, 3),
    "at": datetime(2026, 7, 1, 8, 30, 0, 5, tzinfo=UTC),
    "points": Decimal("87.50"),
    "kind": SectionKind.ENFORCEMENT,
    "is_on": True,
    "small": 4,
    "body": "王科长\n说：“好”",
    "raw": b"ballot\x01",
}
EMPTY = dict.fromkeys(ROW) | {"name": "empty"}


@pytest.fixture
def table(app: Flask) -> Iterator[sa.Table]:
    """A table with every type of column that a ballot has, and two more."""
    kept = sa.Table(
        "kept",
        sa.MetaData(),
        sa.Column("name", sa.String(10), primary_key=True),
        sa.Column("day", sa.Date),
        sa.Column("at", UtcDateTime),
        sa.Column("points", Hundredths),
        sa.Column("kind", Model.metadata.tables["section"].columns["kind"].type),
        sa.Column("is_on", sa.Boolean),
        sa.Column("small", sa.SmallInteger),
        sa.Column("body", sa.Text),
        sa.Column("raw", sa.LargeBinary),
    )
    kept.create(db.engine)
    yield kept
    kept.drop(db.engine)


def stored(table: sa.Table, name: str) -> list[str | None]:
    """Return a row as stored by the database."""
    words = (sa.cast(column, sa.Text) for column in table.columns if column.name != "name")
    with db.engine.connect() as connection:
        return list(connection.execute(sa.select(*words).where(table.c.name == name)).one())


@pytest.mark.parametrize("row", [ROW, EMPTY])
def test_a_bare_write_stores_what_sqlalchemy_stores(table: sa.Table, row: dict[str, Any]) -> None:
    with bare_connection(db.engine) as connection:
        assert connection.change(table.insert(), **row) == 1
    with db.engine.begin() as through:
        through.execute(table.insert(), {**row, "name": "other"})
    assert stored(table, row["name"]) == stored(table, "other")


@pytest.mark.parametrize("row", [ROW, EMPTY])
def test_a_bare_read_finds_what_sqlalchemy_finds(table: sa.Table, row: dict[str, Any]) -> None:
    with db.engine.begin() as connection:
        connection.execute(table.insert(), row)
    one = sa.select(table).where(table.c.name == sa.bindparam("name"))
    with bare_connection(db.engine) as bare:
        (found,) = bare.fetch(one, name=row["name"])
        assert vars(found) == row
        assert type(found.kind) is type(row["kind"])
        assert bare.fetch(one, name="nobody") == []


def test_a_bare_write_is_kept_at_once_and_a_refused_one_breaks_nothing(table: sa.Table) -> None:
    with bare_connection(db.engine) as connection:
        connection.change(table.insert(), **ROW)
        assert names(table) == ["first"], "others see it before the connection goes back"
        with pytest.raises(sa.exc.IntegrityError):
            connection.change(table.insert(), **ROW)
        connection.change(table.insert(), **EMPTY)
    assert names(table) == ["empty", "first"]


def test_a_connection_that_goes_back_has_transactions_again(table: sa.Table) -> None:
    with bare_connection(db.engine) as connection:
        connection.change(table.insert(), **ROW)
    with db.engine.connect() as through:  # The pool gives the one that was used last.
        through.execute(table.insert(), EMPTY)
        through.rollback()
    assert names(table) == ["first"]


def names(table: sa.Table) -> list[str]:
    with db.engine.connect() as connection:
        return list(connection.scalars(sa.select(table.c.name).order_by(table.c.name)))
