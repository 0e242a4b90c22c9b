"""The floor: the least that Flask on the same server can do. `granian tests.bench.bare:app`."""

import os
import sqlite3
import threading

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
        path = os.environ["BENCH_DATABASE"]
        _own.connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        _own.connection.execute("PRAGMA journal_mode=WAL")
        _own.connection.execute("PRAGMA synchronous=FULL")
    values = (os.urandom(32), *(int(request.form[name]) for name in FIELDS))
    _own.connection.execute("INSERT INTO bare VALUES (?, ?, ?, ?, ?)", values)
    return "", 303


def make_table(path: str) -> None:
    """Create the table that the floor writes to."""
    connection = sqlite3.connect(path)
    columns = ", ".join(f"{name} INTEGER NOT NULL" for name in FIELDS)
    connection.execute(f"CREATE TABLE bare (id BLOB PRIMARY KEY, {columns})")
    connection.close()
