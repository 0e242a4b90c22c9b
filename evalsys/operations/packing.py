"""Attachments inside a backup, so that a backup is a single file.

A backup has one more table than the database, with the bytes of each attachment.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from evalsys.cases.papers.service import KEEPERS, path_of, write_bytes

TABLE = "attachment_file"


def pack_files(backup: Path) -> None:
    """Store the attachments in a backup; those missing on disk are skipped."""
    with closing(sqlite3.connect(backup)) as copy, copy:
        if not _has_table(copy, "attachment"):
            return
        copy.execute("CREATE TABLE attachment_file (stored TEXT PRIMARY KEY, body BLOB NOT NULL)")
        for stored in _stored_names(copy):
            path = path_of(stored)
            if path.is_file():
                row = (stored, path.read_bytes())
                copy.execute("INSERT INTO attachment_file VALUES (?, ?)", row)


def unpack_files(database: Path) -> None:
    """Write the attachments of a restored backup to disk, and drop their table."""
    with closing(sqlite3.connect(database)) as copy, copy:
        if not _has_table(copy, TABLE):
            return
        rows = copy.execute("SELECT stored, body FROM attachment_file")
        for stored, body in rows:
            path = path_of(Path(stored).name)
            if not path.is_file() or path.read_bytes() != body:
                path.unlink(missing_ok=True)
                write_bytes(path, body)
        copy.execute("DROP TABLE attachment_file")


def count_missing(backup: Path) -> int:
    """Return how many attachments of a backup have no stored bytes."""
    with closing(sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        if not _has_table(copy, TABLE):
            return 0
        packed = {stored for (stored,) in copy.execute("SELECT stored FROM attachment_file")}
        return len(set(_stored_names(copy)) - packed)


def _stored_names(copy: sqlite3.Connection) -> list[str]:
    """Return the names of all files that rows describe; an old backup may lack a table."""
    return [
        stored
        for table in KEEPERS.all()
        if _has_table(copy, table)
        for (stored,) in copy.execute(f"SELECT stored FROM {table}").fetchall()  # noqa: S608
    ]


def _has_table(copy: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return copy.execute(query, (name,)).fetchone() is not None
