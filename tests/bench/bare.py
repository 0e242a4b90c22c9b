"""The floor: the least that Flask on the same server can do. `granian tests.bench.bare:app`."""

import os
import sqlite3
import threading
from typing import Any

from flask import Flask, request

PAGE = "x" * int(os.environ.get("BENCH_PAGE_BYTES", "20000"))
FIELDS = ("attitude", "work_style", "efficiency", "competence")

app = Flask(__name__)
_own = threading.local()


@app.get("/page")
def page() -> str:
    """Answer with a page of the same size, from memory."""
    return PAGE


@app.post("/insert")
def insert() -> tuple[str, int]:
    """Store one row, durable before the answer."""
    if not hasattr(_own, "connection"):
        _own.connection, _own.insert = _connect(os.environ["BENCH_DATABASE"])
    values = (os.urandom(32), *(int(request.form[name]) for name in FIELDS))
    _own.connection.execute(_own.insert, values)
    return "", 303


def make_table(uri: str) -> None:
    """Create the table that the floor writes to."""
    connection, _insert = _connect(uri)
    kind = "BLOB" if uri.startswith("sqlite") else "BYTEA"
    columns = ", ".join(f"{name} INTEGER NOT NULL" for name in FIELDS)
    connection.execute(f"CREATE TABLE bare (id {kind} PRIMARY KEY, {columns})")
    connection.close()


def _connect(uri: str) -> tuple[Any, str]:
    """Return a connection that keeps each statement at once, and the statement."""
    if uri.startswith("sqlite"):
        path = uri.removeprefix("sqlite:///")
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection, "INSERT INTO bare VALUES (?, ?, ?, ?, ?)"
    import psycopg  # noqa: PLC0415  # Only where it is measured.

    address = uri.replace("postgresql+psycopg", "postgresql")
    return psycopg.connect(address, autocommit=True), "INSERT INTO bare VALUES (%s, %s, %s, %s, %s)"
