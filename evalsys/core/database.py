"""The declarative base, the column types shared by all models, and how a write begins."""

import contextlib
import fcntl
import functools
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, Literal, Self, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.sql.compiler import SQLCompiler

# secure_delete overwrites what counting takes out of the intake, so that a stolen file keeps none.
SQLITE_PRAGMAS = (
    "foreign_keys=ON",
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "trusted_schema=OFF",
    "secure_delete=ON",
)
WRITES = "evalsys_writes"

_thread_lock = threading.Lock()
_making_pools = threading.Lock()
_bare_pools: dict[sa.Engine, sa.Pool] = {}


@sa.event.listens_for(sa.Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Make SQLite durable, strict about foreign keys, and let SQLAlchemy say when to begin."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")


@sa.event.listens_for(sa.Engine, "begin")
def _begin_sqlite(connection: sa.Connection) -> None:
    """Begin: IMMEDIATE for a write, since a read that turns into a write fails under load."""
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Busy(RuntimeError):
    """Somebody else is writing, and the caller did not want to wait."""


@contextlib.contextmanager
def write_lock(engine: sa.Engine, *, wait: bool = True) -> Iterator[None]:
    """Wait in line for SQLite's single writer; SQLite itself lets writers in unfairly.

    Raises Busy at once, instead of waiting, for an impatient caller.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    if not _thread_lock.acquire(blocking=wait):
        raise Busy
    try:
        file = _lock_file(f"{engine.url.database}.lock") if engine.url.database else None
        if file is not None:
            _lock(file, wait=wait)
        try:
            yield
        finally:
            if file is not None:
                fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        _thread_lock.release()


@functools.cache
def _lock_file(path: str) -> int:
    """Open the file on which the processes of this machine wait for each other: once a process."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(file: int, *, wait: bool) -> None:
    """Wait in the kernel, which wakes the next one at once; polling would cost half of the rate."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy from None


# A child would share its parent's lock, and neither would wait for the other.
os.register_at_fork(after_in_child=_lock_file.cache_clear)


Query = sa.Select[*tuple[Any, ...]]


class Prepared:
    """A statement compiled once for a database; its values are turned as SQLAlchemy turns them."""

    def __init__(self, statement: Query | sa.Insert, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.words = compiled.string
        self._places = compiled.positiontup
        # Numbers that stand in the statement itself.
        binds = compiled.binds.items()
        self._fixed = {name: bind.effective_value for name, bind in binds if not bind.required}
        self._binds = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds
        }
        columns = list(statement.selected_columns) if isinstance(statement, sa.Select) else []
        self._reads = [
            (str(column.key), column.type.dialect_impl(dialect).result_processor(dialect, None))
            for column in columns
        ]

    def arguments(self, values: Mapping[str, Any]) -> Any:
        """Return values as the driver takes them: by place or by name."""
        known = {**self._fixed, **values}
        given = {
            name: bind(known[name]) if bind else known[name] for name, bind in self._binds.items()
        }
        return [given[name] for name in self._places] if self._places else given

    def row(self, found: Sequence[Any]) -> SimpleNamespace:
        """Return what the driver found, by the names of the columns."""
        pairs = zip(self._reads, found, strict=True)
        return SimpleNamespace(
            **{name: read(value) if read else value for (name, read), value in pairs}
        )


_prepare = functools.lru_cache(maxsize=64)(Prepared)


class BareConnection:
    """A connection of the driver, lent by the pool; each statement is a transaction of its own.

    For the few statements of a ballot: SQLAlchemy's way to run one takes longer than the database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._dialect = engine.dialect
        self._errors = engine.dialect.loaded_dbapi.Error

    def __enter__(self) -> Self:
        try:
            self._lent = _bare_pool(self._engine).connect()
        except self._errors as error:
            raise self._named(error, "") from error
        driver = self._lent.driver_connection
        assert driver is not None
        if self._dialect.name != "sqlite":  # That one begins nothing by itself: _prepare_sqlite.
            driver.autocommit = True
        self._cursor = driver.cursor()
        return self

    def __exit__(self, *_error: object) -> None:
        driver = self._lent.driver_connection
        try:
            if driver is not None and self._dialect.name != "sqlite":
                driver.autocommit = False
        finally:
            self._lent.close()

    def fetch(self, statement: Query, **values: Any) -> list[SimpleNamespace]:
        """Return the rows of a query."""
        prepared = self._run(statement, values)
        return [prepared.row(found) for found in self._cursor.fetchall()]

    def change(self, statement: sa.Insert, **values: Any) -> int:
        """Run a write, durable before it returns, and return how many rows it changed."""
        self._run(statement, values)
        return cast(int, self._cursor.rowcount)

    def _run(self, statement: Query | sa.Insert, values: Mapping[str, Any]) -> Prepared:
        prepared = _prepare(statement, self._dialect)
        try:
            self._cursor.execute(prepared.words, prepared.arguments(values))
        except self._errors as error:
            raise self._named(error, prepared.words) from error
        return prepared

    def _named(self, error: BaseException, words: str) -> BaseException:
        """Return an error of the driver as SQLAlchemy has it, without values: one for everybody."""
        return sa.exc.DBAPIError.instance(
            words, None, error, self._errors, hide_parameters=True, dialect=self._dialect
        )


def bare_connection(engine: sa.Engine) -> BareConnection:
    """Return what lends a connection for a `with`. A write on SQLite also needs its lock.

    Whoever holds one must not wait for the session's: see `_bare_pool`.
    """
    return BareConnection(engine)


def _bare_pool(engine: sa.Engine) -> sa.Pool:
    """Return the pool of an engine's bare connections, made at the first call.

    It is another one than the session's: a thread whose session holds a connection may need a bare
    one, and if both came from one pool, as many threads as it has would wait for each other.
    """
    if not isinstance(engine.pool, sa.QueuePool):
        return engine.pool
    with _making_pools:
        if engine not in _bare_pools:
            _bare_pools[engine] = engine.pool.recreate()
        return _bare_pools[engine]


@sa.event.listens_for(sa.Engine, "engine_disposed")
def _dispose_bare_pool(engine: sa.Engine) -> None:
    """Close the bare connections with the others."""
    with _making_pools:
        pool = _bare_pools.pop(engine, None)
    if pool is not None:
        pool.dispose()


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware UTC datetime. Refuses naive values; SQLite and PostgreSQL behave the same."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store UTC without its zone. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        """Give the zone back."""
        return value.replace(tzinfo=UTC) if value is not None else None


class Hundredths(sa.TypeDecorator[Decimal]):
    """A Decimal with two places, stored as a whole number of hundredths: exact on SQLite too."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        """Store 87.50 as 8750. Raises ValueError for a third place."""
        if value is None:
            return None
        if value != round(value, 2):
            raise ValueError(f"{value} has more than two places")
        return int(value * 100)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Decimal | None:
        """Give 8750 back as 87.50."""
        return Decimal(value).scaleb(-2) if value is not None else None


def render_plain_type(kind: str, item: Any, context: Any) -> str | Literal[False]:
    """Let Alembic write `sa.Integer()` for Hundredths, so that migrations import no evalsys."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, sa.TypeDecorator) else False


class Model(orm.DeclarativeBase):
    """The base of every table: named constraints, aware times, exact decimals, enums by value."""

    # Flask-SQLAlchemy copies this class, so the type map must sit in the registry.
    registry = orm.registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "pk": "pk_%(table_name)s",
            },
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            Decimal: Hundredths,
            bytes: sa.LargeBinary,
            dict[str, Any]: sa.JSON,
            list[Any]: sa.JSON,
            StrEnum: sa.Enum(
                StrEnum,
                native_enum=False,
                length=40,
                values_callable=lambda enum: [member.value for member in enum],
            ),
        },
    )
