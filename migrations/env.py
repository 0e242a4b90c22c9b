"""How Alembic runs against the application's database: `flask db ...` calls it."""

import logging
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection

from evalsys.core.database.sqlite import WRITES
from evalsys.core.extensions import metadata

logging.getLogger("alembic").setLevel(logging.WARNING)


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Leave tables alone that are not ours, such as those of another program in the schema."""
    return kind != "table" or name in target().tables


def target() -> MetaData:
    """Return the tables as the models declare them."""
    return metadata


def run(connection: Connection) -> None:
    """Run the migrations in one transaction each, all or nothing on SQLite too."""
    context.configure(
        connection=connection,
        target_metadata=target(),
        include_name=include_name,
        transactional_ddl=True,
        transaction_per_migration=True,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


engine = current_app.extensions["sqlalchemy"].engine
with engine.connect().execution_options(**{WRITES: True}) as conn:
    if conn.dialect.name == "sqlite":
        # Batch migrations rebuild parent tables. The pragma must come before the transaction.
        conn.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
    run(conn)
    conn.connection.invalidate()  # The next user of the pool gets its foreign keys back.
