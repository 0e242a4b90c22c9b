"""Many rows at once, in as few statements as the database allows.

SQLite takes row after row without asking anybody. On PostgreSQL every statement is a question to a
server, and perhaps to several machines behind it: a thousand rows share one there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Insert, Table, insert
from sqlalchemy.dialects import sqlite

from evalsys.core.database import Model
from evalsys.core.extensions import db


def table_of(model: type[Model]) -> Table:
    """Return the table of a model, for statements without objects."""
    return cast(Table, model.__table__)


def insert_or_replace(table: Table, dialect: str) -> Any:
    """Return an INSERT that may replace: both databases know one, plain SQL does not."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def add_rows(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows in their order, all with the same columns."""
    _write(insert(table_of(model)), list(rows))


def add_new_rows(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add those of some rows whose key is not there yet."""
    made = insert_or_replace(table_of(model), db.engine.dialect.name)
    _write(made.on_conflict_do_nothing(), list(rows))


def add_to_rows(
    model: type[Model], rows: Iterable[Mapping[str, Any]], counters: Sequence[str]
) -> None:
    """Add numbers to the counters of rows, which are made if they are not there yet."""
    table = table_of(model)
    made = insert_or_replace(table, db.engine.dialect.name)
    added = {name: table.c[name] + made.excluded[name] for name in counters}
    key = [column.name for column in table.primary_key]
    _write(made.on_conflict_do_update(index_elements=key, set_=added), list(rows))


def _write(statement: Insert, rows: list[Mapping[str, Any]]) -> None:
    if not rows:
        return
    if db.engine.dialect.name == "postgresql":
        # Without an answer to wait for SQLAlchemy would send a statement for each row.
        statement = statement.returning(*list(statement.table.primary_key)[:1])
    db.session.execute(statement, rows)
