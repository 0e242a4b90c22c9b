"""What a thief carries off: every table, every copy, and the bytes of every file, but no key."""

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from evalsys.core.extensions import db, metadata
from tests.databases import KIND, programs

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]


def steal_tables(uri: str | None = None) -> Tables:
    """Every row of every table in the order of the file, with what the database itself notes.

    `@place` is where the row stands, `@by` the number of the transaction that wrote it.
    """
    engine = create_engine(uri or db.engine.url)
    found: Tables = {}
    with engine.connect() as connection:
        for name in metadata.tables:
            query = f'SELECT * FROM "{name}"'  # Our own names.
            if KIND == "postgresql":
                query = f'SELECT *, xmin::text AS "@by" FROM "{name}" ORDER BY ctid'
            rows = [dict(row) for row in connection.execute(text(query)).mappings()]
            found[name] = [{**row, "@place": nth} for nth, row in enumerate(rows)]
    engine.dispose()
    return found


def steal_backup(folder: Path, number: int) -> Tables:
    """A backup, made as the manual says, and read as the thief reads it."""
    db.session.rollback()
    if KIND == "sqlite":
        from evalsys.operations.backup import back_up  # noqa: PLC0415  # Not on PostgreSQL.

        file = folder / f"backup-{number}.sqlite3"
        back_up(file)
        return steal_tables(f"sqlite:///{file}")
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dump = subprocess.run(
        [programs() / "pg_dump", "--data-only", url],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(_copied(dump.stdout))


COPY = re.compile(
    r"^COPY public\.\"?(\w+)\"? \((.*?)\) FROM stdin;\n(.*?)^\\\.$", re.MULTILINE | re.DOTALL
)


def _copied(dump: str) -> Iterator[tuple[str, Rows]]:
    for name, columns, body in COPY.findall(dump):
        names = [column.strip(' "') for column in columns.split(",")]
        yield (
            name,
            [
                dict(zip(names, map(_value, line.split("\t")), strict=True)) | {"@place": nth}
                for nth, line in enumerate(body.splitlines())
            ],
        )


def _value(written: str) -> Any:
    if written == r"\N":
        return None
    return bytes.fromhex(written[3:]) if written.startswith(r"\\x") else written


def steal_bytes(since: str = "") -> bytes:
    """The files of the database as they lie on the disk: tables, freed pages, write-ahead log.

    Of the log of PostgreSQL the segments from `since` on. Long runs of zeros are left out.
    """
    db.session.rollback()
    if KIND == "sqlite":
        path = Path(db.engine.url.database or "")
        files = sorted(path.parent.glob(f"{path.name}*"))
    else:
        folder, number = _place()
        segments = [file for file in (folder / "pg_wal").iterdir() if file.name >= since]
        files = [*(folder / "base" / number).iterdir(), *segments]
    content = (file.read_bytes() for file in sorted(files) if file.is_file())
    return b"".join(ZEROS.sub(b"\0" * 4096, one) for one in content)


def steal_pages() -> list[bytes]:
    """The pages of the file of SQLite, the log written into it; none for PostgreSQL."""
    if KIND != "sqlite":
        return []
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    content = Path(db.engine.url.database or "").read_bytes()
    size = int.from_bytes(content[16:18])
    return [content[start : start + size] for start in range(0, len(content), size)]


def log_segment() -> str:
    """The file in which PostgreSQL writes its log just now; empty for SQLite."""
    if KIND == "sqlite":
        return ""
    with db.engine.connect() as connection:
        query = "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"
        return str(connection.execute(text(query)).scalar_one())


def _place() -> tuple[Path, str]:
    """The folder of the cluster, and that of the database in it."""
    with db.engine.connect() as connection:
        folder = connection.execute(text("SHOW data_directory")).scalar_one()
        query = "SELECT oid FROM pg_database WHERE datname = current_database()"
        return Path(folder), str(connection.execute(text(query)).scalar_one())


def number_by_log(tables: Tables, log: bytes) -> None:
    """Give each row the number of the transaction that first wrote its key, as `@by`.

    PostgreSQL notes it in the row; of SQLite the write-ahead log tells it: a header of 32 bytes,
    then pages, each after 24 bytes that say whether a transaction ends with it.
    """
    if KIND == "postgresql":
        return
    size = int.from_bytes(log[8:12])
    frames = range(32, len(log) - size - 23, size + 24)
    ordered = sorted(frames, key=lambda place: (log[place + 8 : place + 12], place))
    number, parts = 0, defaultdict[int, list[bytes]](list)
    for place in ordered:
        parts[number].append(log[place + 24 : place + 24 + size])
        number += any(log[place + 4 : place + 8])
    pages = {nth: b"".join(found) for nth, found in parts.items()}
    for name, key in (("intake", "name"), ("callback_contact", "id")):
        for row in tables[name]:
            value = row[key] if isinstance(row[key], bytes) else str(row[key]).encode()
            row["@by"] = next((nth for nth, page in pages.items() if value in page), 0)


def steal_log() -> bytes:
    """The write-ahead log of SQLite as it lies on the disk; empty for PostgreSQL."""
    if KIND != "sqlite":
        return b""
    db.session.rollback()
    return Path(f"{db.engine.url.database}-wal").read_bytes()


# From where a run begins: from each of its places, a run that is too short would take its square.
ZEROS = re.compile(rb"(?<!\0)\0{4096,}")


def print_log(since: str) -> str:
    """The write-ahead log of PostgreSQL as its own tool prints it; empty for SQLite."""
    if KIND == "sqlite":
        return ""
    done = subprocess.run(
        [programs() / "pg_waldump", "-p", _place()[0] / "pg_wal", since],
        check=False,  # It ends where the log does, and says so.
        capture_output=True,
        text=True,
    )
    return done.stdout
