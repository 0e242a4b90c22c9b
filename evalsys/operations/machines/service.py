"""Move every table to where it belongs, in an empty or a filled database.

Each table is moved in a transaction of its own. A run that follows an aborted one finds in the
catalogue what is left to do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Connection, ForeignKeyConstraint, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.schema import AddConstraint

from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, metadata
from evalsys.operations.machines import queries
from evalsys.operations.machines.rules import (
    DISTRIBUTED,
    SETTINGS,
    in_order,
    leader_of,
    misplaced,
    place_of,
)
from evalsys.operations.revisions import is_at_head

Report = Callable[[str], None]


@dataclass(frozen=True)
class Done:
    """What a run did: tables moved, tables whose old rows were removed, foreign keys added."""

    tables: int = 0
    emptied: int = 0
    keys: int = 0


def distribute(report: Report = print) -> Done:
    """Distribute or copy every table over the machines, and report each. Raises DomainError.

    The foreign keys of moved tables are dropped first and added last, since Citus would check them
    while their two tables are in different places. Nobody may write meanwhile.
    """
    _check_database()
    try:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _check_machines(connection)
            return _distribute(connection, report)
    except OperationalError as error:
        raise DomainError(
            N_(
                "A table is in use, or a machine does not answer (%(why)s). Stop the web servers "
                "and workers, then run flask db distribute again: it goes on."
            ),
            why=type(error.orig).__name__,
        ) from error
    finally:
        db.engine.dispose()  # Later connections have the settings of the database, and no others.


def _check_machines(connection: Connection) -> None:
    if not queries.has_citus(connection):
        raise DomainError(
            N_(
                "The extension citus is missing in this database: CREATE EXTENSION citus on every "
                "machine, then add them. See docs/operations.md, Several machines."
            )
        )
    if not queries.count_machines(connection):
        raise DomainError(
            N_(
                "No machine takes rows yet: add the workers with citus_add_node. See "
                "docs/operations.md, Several machines."
            )
        )


def _check_database() -> None:
    if db.engine.dialect.name != "postgresql":
        raise DomainError(
            N_(
                "This database is SQLite, which lies on one machine. Several machines need "
                "PostgreSQL with the extension citus: see docs/operations.md, Several machines."
            )
        )
    is_ours = is_at_head()
    db.session.remove()
    if not is_ours:
        raise DomainError(N_("The tables are not those of this version: run flask db upgrade."))


def _distribute(connection: Connection, report: Report) -> Done:
    _set(connection)
    tables = [table.name for table in metadata.sorted_tables]
    moved = misplaced(tables, queries.find_places(connection))
    _drop_keys(connection, frozenset(moved))
    for name in in_order(moved):
        _put(connection, name)
        report(f"{name}: {place_of(name)}")
    left = queries.find_left(connection, tables)
    for name in left:
        _empty(connection, name)
    return Done(len(moved), len(left), _add_keys(connection))


def _set(connection: Connection) -> None:
    """Apply SETTINGS to this connection and to all later ones of the database."""
    quote = connection.dialect.identifier_preparer.quote
    name = quote(str(connection.scalar(text("SELECT current_database()"))))
    connection.execute(text("SET statement_timeout = 0"))  # A large table takes its time.
    connection.execute(text("SET citus.shard_replication_factor = 1"))
    for setting, value in SETTINGS.items():
        connection.execute(text(f"SET {setting} = '{value}'"))
        connection.execute(text(f"ALTER DATABASE {name} SET {setting} = '{value}'"))


def _put(connection: Connection, name: str) -> None:
    """Move a table and its rows to its place. One that Citus manages as a local table moves too."""
    if name not in DISTRIBUTED:
        connection.execute(text("SELECT create_reference_table(:name)"), {"name": _quoted(name)})
        return
    leader = leader_of(name)
    connection.execute(
        text("SELECT create_distributed_table(:name, :column, colocate_with => :beside)"),
        {
            "name": _quoted(name),
            "column": DISTRIBUTED[name],
            "beside": _quoted(leader) if leader else "none",
        },
    )


def _empty(connection: Connection, name: str) -> None:
    """Truncate the local file of a moved table: no query reads its rows, but a thief could.

    The triggers of evidence are disabled meanwhile, but only on the local table, not on the shards.
    """
    triggers = queries.find_triggers(connection, name)
    here = "SET LOCAL citus.enable_ddl_propagation = off"
    table = _quoted(name)
    words = [
        "BEGIN",
        here,
        *(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}" for trigger in triggers),
        f"SELECT truncate_local_data_after_distributing_table('{table}')",
        here,  # Citus has switched it on.
        *(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}" for trigger in triggers),
        "COMMIT",
    ]
    try:
        for one in words:
            connection.execute(text(one))
    except DBAPIError:
        connection.execute(text("ROLLBACK"))
        raise


def _quoted(name: str) -> str:
    return db.engine.dialect.identifier_preparer.quote(name)


def _drop_keys(connection: Connection, moved: frozenset[str]) -> None:
    for key, name in sorted(queries.find_keys(connection).items()):
        if {key.table, key.target} & moved:
            connection.execute(
                text(f"ALTER TABLE {_quoted(key.table)} DROP CONSTRAINT {_quoted(name)}")
            )


def _add_keys(connection: Connection) -> int:
    missing = _missing(connection)
    for key in missing:
        connection.execute(AddConstraint(key, isolate_from_table=False))
    return len(missing)


def faults(connection: Connection) -> Iterator[str]:
    """Yield, in the reader's language, what `flask db distribute` still has to do."""
    tables = [table.name for table in metadata.sorted_tables]
    moved = misplaced(tables, queries.find_places(connection))
    if moved:
        yield _(
            "%(n)s tables are not where several machines need them (%(names)s): run flask db "
            "distribute",
            n=len(moved),
            names=_first(moved),
        )
    if keys := [str(key.name) for key in _missing(connection)]:
        yield _("Foreign keys are missing (%(names)s): run flask db distribute", names=_first(keys))
    if settings := queries.wrong_settings(connection):
        yield _(
            "Settings of the database are missing (%(names)s): run flask db distribute",
            names=_first(settings),
        )
    if not moved and (left := queries.find_left(connection, tables)):
        yield _(
            "Old rows were left in files of the coordinator (%(names)s): run flask db distribute",
            names=_first(left),
        )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5])


def _missing(connection: Connection) -> list[ForeignKeyConstraint]:
    """Return the foreign keys that the tables should have but lack."""
    there = queries.find_keys(connection)
    return [
        one
        for table in metadata.sorted_tables
        for one in sorted(table.foreign_key_constraints, key=lambda one: str(one.name))
        if queries.Key(table.name, tuple(one.column_keys), one.referred_table.name) not in there
    ]
