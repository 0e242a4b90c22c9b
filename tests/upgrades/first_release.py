"""What a database of the first release held: rows that its own demo, pages and commands wrote.

`first_release.json.xz` has the rows of each table (bytes as hexadecimal digits), what the ranking
printed of each section, and the code of a ticket that was rated with and waits.
"""

import json
import lzma
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

REVISION = "0003"  # The last migration of the first release.
READ: dict[type[Any], Callable[[Any], Any]] = {
    sa.LargeBinary: bytes.fromhex,
    sa.Boolean: bool,
    sa.DateTime: datetime.fromisoformat,
    sa.Date: date.fromisoformat,
    sa.JSON: json.loads,
}
FILE = Path(__file__).with_name("first_release.json.xz")


def read_release() -> dict[str, Any]:
    """Return the file: `tables`, each with `columns` and `rows`; `printed`; `code`."""
    return dict(json.loads(lzma.decompress(FILE.read_bytes())))


def load_release(engine: sa.Engine, tables: Mapping[str, Any]) -> None:
    """Put the rows into a database at the migration of the first release."""
    there = sa.MetaData()
    there.reflect(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET session_replication_role = replica"))
        for table in there.sorted_tables:
            if found := tables.get(table.name):
                connection.execute(sa.insert(table), typed_rows(table, found))
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET session_replication_role = DEFAULT"))
            for table in there.sorted_tables:
                _continue_numbers(connection, table)


def typed_rows(table: sa.Table, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a table with the values that the types of its columns take."""
    names = found["columns"]
    return [
        {name: typed(table.columns[name], value) for name, value in zip(names, row, strict=True)
         if name in table.columns}
        for row in found["rows"]
    ]  # fmt: skip


def typed(column: sa.Column[Any], value: Any) -> Any:
    """Return a value of the file as a column takes and gives it."""
    if value is None:
        return None
    for kind, read in READ.items():
        if isinstance(column.type, kind):
            value = read(value)
    if isinstance(column.type, sa.DateTime) and column.type.timezone:
        return value.replace(tzinfo=UTC)
    return value


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    """Let the next row of a table get the next number, as if PostgreSQL had given the others."""
    if "id" in table.columns and isinstance(table.columns["id"].type, sa.Integer):
        words = (
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), max(id)) "
            f'FROM "{table.name}" HAVING max(id) IS NOT NULL'
        )
        connection.execute(sa.text(words))
