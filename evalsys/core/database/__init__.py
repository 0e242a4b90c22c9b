"""The declarative base, shared column types and bare connections."""

import functools
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, Literal, Self, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.sql.compiler import SQLCompiler

_making_pools = threading.Lock()
_bare_pools: dict[sa.Engine, sa.Pool] = {}


Query = sa.Select[*tuple[Any, ...]]


class Prepared:
    """A statement compiled once for a dialect, with SQLAlchemy's own conversion of values."""

    def __init__(self, statement: Query | sa.Insert, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.sql = compiled.string
        self._places = compiled.positiontup
        # Literals of the statement itself.
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
        """Return the parameters in the driver's style: positional or named."""
        known = {**self._fixed, **values}
        given = {
            name: bind(known[name]) if bind else known[name] for name, bind in self._binds.items()
        }
        return [given[name] for name in self._places] if self._places else given

    def row(self, raw: Sequence[Any]) -> SimpleNamespace:
        """Return a row of the driver with converted values, by column name."""
        pairs = zip(self._reads, raw, strict=True)
        return SimpleNamespace(
            **{name: read(value) if read else value for (name, read), value in pairs}
        )


_prepare = functools.lru_cache(maxsize=64)(Prepared)


class BareConnection:
    """A pooled DBAPI connection in autocommit mode.

    For the few statements of a ballot: SQLAlchemy's overhead exceeds the database's own time.
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
        # SQLite's begins nothing by itself: `_prepare_sqlite`. Whatever was lent before from the
        # pool of bare connections is in autocommit mode already.
        if self._dialect.name != "sqlite" and not driver.autocommit:
            driver.autocommit = True
        self._cursor = driver.cursor()
        return self

    def __exit__(self, *_error: object) -> None:
        self._lent.close()

    def fetch(self, statement: Query, **values: Any) -> list[SimpleNamespace]:
        """Return the rows of a query."""
        prepared = self._run(statement, values)
        return [prepared.row(raw) for raw in self._cursor.fetchall()]

    def change(self, statement: sa.Insert, **values: Any) -> int:
        """Run a write, durable before it returns, and return the number of rows changed."""
        self._run(statement, values)
        return cast(int, self._cursor.rowcount)

    def _run(self, statement: Query | sa.Insert, values: Mapping[str, Any]) -> Prepared:
        prepared = _prepare(statement, self._dialect)
        try:
            self._cursor.execute(prepared.sql, prepared.arguments(values))
        except self._errors as error:
            raise self._named(error, prepared.sql) from error
        return prepared

    def _named(self, error: BaseException, sql: str) -> BaseException:
        """Wrap a driver error as SQLAlchemy does, without parameter values."""
        return sa.exc.DBAPIError.instance(
            sql, None, error, self._errors, hide_parameters=True, dialect=self._dialect
        )


def bare_connection(engine: sa.Engine) -> BareConnection:
    """Return a context manager for a bare connection. A write on SQLite also needs `write_lock`.

    A thread that holds one must not wait for a session's connection: see `_bare_pool`.
    """
    return BareConnection(engine)


def _bare_pool(engine: sa.Engine) -> sa.Pool:
    """Return the pool of an engine's bare connections, created at the first call.

    Separate from the session's pool: a thread whose session holds a connection may need a bare one,
    and with a single pool such threads could deadlock.
    """
    if not isinstance(engine.pool, sa.QueuePool):
        return engine.pool
    with _making_pools:
        if engine not in _bare_pools:
            _bare_pools[engine] = engine.pool.recreate()
        return _bare_pools[engine]


@sa.event.listens_for(sa.Engine, "engine_disposed")
def _dispose_bare_pool(engine: sa.Engine) -> None:
    """Dispose of the bare pool with its engine."""
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
        """Return the value as an aware UTC datetime."""
        return value.replace(tzinfo=UTC) if value is not None else None


class Hundredths(sa.TypeDecorator[Decimal]):
    """A Decimal with two places, stored as an integer of hundredths: exact on SQLite too."""

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
        """Return 8750 as 87.50."""
        return Decimal(value).scaleb(-2) if value is not None else None


def render_plain_type(kind: str, item: Any, context: Any) -> str | Literal[False]:
    """Render a custom type as its `impl`, so that migrations do not import evalsys."""
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
