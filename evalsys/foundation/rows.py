"""Many rows at once: bulk inserts in as few statements as the database allows, and batches.

On SQLite a statement per row is cheap. On PostgreSQL each statement is a round trip, perhaps to
several machines, so that up to a thousand rows share one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Insert, Table, insert
from sqlalchemy.dialects import sqlite

from evalsys.core.database import Model
from evalsys.core.extensions import db

T = TypeVar("T")
CHUNK = 500  # Parameters of one statement, below the limit of every database.


def table_of(model: type[Model]) -> Table:
    """Return the table of a model, for statements without ORM objects."""
    return cast(Table, model.__table__)


def insert_or_replace(table: Table, dialect: str) -> Any:
    """Return the dialect's INSERT with ON CONFLICT."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def batched(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Split values so that no statement exceeds the parameter limit of a database."""
    todo = list(values)
    for first in range(0, len(todo), size):
        yield todo[first : first + size]


def add_rows(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows in their order, all with the same columns."""
    _write(insert(table_of(model)), list(rows))


def add_new_rows(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, skipping those whose key exists."""
    statement = insert_or_replace(table_of(model), db.engine.dialect.name)
    _write(statement.on_conflict_do_nothing(), list(rows))


def add_to_rows(
    model: type[Model], rows: Iterable[Mapping[str, Any]], counters: Sequence[str]
) -> None:
    """Increment the counters of rows, inserting missing rows."""
    table = table_of(model)
    statement = insert_or_replace(table, db.engine.dialect.name)
    added = {name: table.c[name] + statement.excluded[name] for name in counters}
    key = [column.name for column in table.primary_key]
    _write(statement.on_conflict_do_update(index_elements=key, set_=added), list(rows))


def _write(statement: Insert, rows: list[Mapping[str, Any]]) -> None:
    if not rows:
        return
    if db.engine.dialect.name == "postgresql":
        # Only with RETURNING does SQLAlchemy send many rows in one statement.
        statement = statement.returning(*list(statement.table.primary_key)[:1])
    db.session.execute(statement, rows)
