"""Queries of the catalogues: places of tables, foreign keys, triggers, old rows, settings."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

from evalsys.operations.machines.rules import SETTINGS, Placement


class Key(NamedTuple):
    """A foreign key without its name: early migrations named some of them differently."""

    table: str
    columns: tuple[str, ...]
    target: str


HAS_CITUS = text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'")
WORKERS = text(
    "SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards AND noderole = 'primary'"
)
PLACES = text(
    "SELECT c.relname, t.citus_table_type, t.distribution_column"
    " FROM citus_tables t JOIN pg_class c ON c.oid = t.table_name"
    " WHERE c.relnamespace = current_schema()::regnamespace"
)
KEYS = text(
    "SELECT c.relname, k.conname, t.relname AS target, ARRAY("
    "  SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n (number, nth)"
    "  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number ORDER BY n.nth"
    " ) AS columns FROM pg_constraint k"
    " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid"
    " WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace"
)
TRIGGERS = text(
    "SELECT g.tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
    " WHERE NOT g.tgisinternal AND c.relname = :table"
    " AND c.relnamespace = current_schema()::regnamespace"
)
SIZES = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0"
    " AND relnamespace = current_schema()::regnamespace"
)
SETTING = text("SELECT current_setting(:name, true)")


def has_citus(connection: Connection) -> bool:
    """Return whether the extension Citus is installed in this database."""
    return connection.dialect.name == "postgresql" and bool(connection.scalar(HAS_CITUS))


def count_machines(connection: Connection) -> int:
    """Return the number of machines that hold rows of distributed tables."""
    return int(connection.scalar(WORKERS) or 0)


def find_places(connection: Connection) -> Mapping[str, Placement]:
    """Return the places of distributed and copied tables, without those that Citus keeps local."""
    rows = connection.execute(PLACES).all()
    placed = {"distributed", "reference"}
    return {
        row.relname: Placement(
            row.distribution_column if row.citus_table_type == "distributed" else None
        )
        for row in rows
        if row.citus_table_type in placed
    }


def find_keys(connection: Connection) -> Mapping[Key, str]:
    """Return the existing foreign keys and their names."""
    return {
        Key(row.relname, tuple(row.columns), row.target): row.conname
        for row in connection.execute(KEYS)
    }


def find_triggers(connection: Connection, table: str) -> list[str]:
    """Return the names of the triggers that migrations created on a table."""
    return sorted(connection.scalars(TRIGGERS, {"table": table}))


def find_left(connection: Connection, tables: Collection[str]) -> list[str]:
    """Return the tables with old rows in a local file, although their rows were moved."""
    return sorted(set(connection.scalars(SIZES)) & set(tables))


def wrong_settings(connection: Connection) -> list[str]:
    """Return the names of the SETTINGS that this connection does not have."""
    return [
        name
        for name, value in SETTINGS.items()
        if connection.scalar(SETTING, {"name": name}) != value
    ]
