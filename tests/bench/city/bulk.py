"""Rows by the hundred thousand, as the database takes them fastest."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, func, select, text

from evalsys.core.database import Model
from evalsys.core.extensions import db, metadata

CHUNK = 20_000  # rows


def table_of(model: type[Model]) -> Table:
    """Return the table of a model."""
    return cast(Table, model.__table__)


def add(table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows, typed as SQLAlchemy types them, and return how many."""
    left, number = iter(rows), 0
    while chunk := list(islice(left, CHUNK)):
        db.session.execute(table.insert(), chunk)
        number += len(chunk)
    return number


def add_plain(table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of numbers, texts and bytes by the driver: COPY, or one prepared statement."""
    connection = db.session.connection().connection.driver_connection
    assert connection is not None
    columns = ", ".join(names)
    if db.engine.dialect.name == "postgresql":
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({places})"  # Ours.
    connection.executemany(statement, rows)


def hurry() -> None:
    """Let this transaction run as long as it takes, and check no keys: the rows are ours."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        db.session.execute(text("SET LOCAL session_replication_role = replica"))


def highest(table: Table) -> int:
    """Return the highest id of a table, 0 of an empty one."""
    return db.session.scalar(select(func.max(table.c.id))) or 0


def set_sequences() -> None:
    """Let PostgreSQL go on counting behind the ids that were given."""
    if db.engine.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        if "id" in table.c and table.c.id.type.python_type is int:
            name = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
            high = f'(SELECT coalesce(max(id), 1) FROM "{table.name}")'  # Ours.
            db.session.execute(text(f"SELECT setval({name}, {high}) WHERE {name} IS NOT NULL"))
