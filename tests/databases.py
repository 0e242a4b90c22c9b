"""Real databases for the tests: a migrated SQLite file, or a PostgreSQL cluster of our own."""

import functools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import URL, MetaData, Table, create_engine, text
from sqlalchemy.engine import Connection

KIND = os.environ.get("EVALSYS_TEST_DATABASE", "sqlite")
PRISTINE = "pristine"  # The database that others are copied from; nobody stays connected.


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path:
    """Return the folder with the programs of PostgreSQL. Raises RuntimeError if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    binary = str(found[-1]) if found else shutil.which("initdb")
    if binary is None:
        raise RuntimeError("the tests need PostgreSQL: install the package postgresql")
    return Path(binary).parent


class PostgreSQL:
    """A throw-away cluster. PostgreSQL refuses to run as root: then its own user runs it."""

    def __init__(self) -> None:
        self.bin = programs()
        # Not below pytest's own folder: that one is closed to the user that runs the server.
        self.folder = Path(tempfile.mkdtemp(prefix="evalsys-postgresql-"))
        self.port = free_port()
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.url = f"postgresql+psycopg://{self.user}@127.0.0.1:{self.port}"

    def start(self, *, is_durable: bool = False) -> None:
        """Make the cluster and wait until it answers. What it holds may be lost, if not durable."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-D", self.folder, "-A", "trust", "-U", self.user, "-E", "UTF8")
        hasty = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        options += "" if is_durable else f" {hasty}"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.folder, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop the cluster at once and remove it."""
        self._run("pg_ctl", "-D", self.folder, "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def create(self, name: str, template: str = "template0") -> str:
        """Create a database and return its address."""
        sql = f"CREATE DATABASE {name} TEMPLATE {template}"
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-d", "template1")
        for _ in range(50):
            done = subprocess.run(
                [self.bin / "psql", "-q", "-U", self.user, *address, "-c", sql],
                check=False,
                capture_output=True,
            )
            if done.returncode == 0:
                return f"{self.url}/{name}"
            time.sleep(0.2)  # Another worker is copying the template at this moment.
        raise RuntimeError(done.stderr.decode())

    def _run(self, program: str, *args: object) -> None:
        subprocess.run(
            [self.bin / program, *map(str, args)],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self.user if os.geteuid() == 0 else None,
            cwd="/",
        )


CALENDAR = ("calendar_day", "calendar_year")  # The migrations fill them.
LARGE = 200_000  # bytes of a table that is cheaper to make anew than to read


def filled_tables(connection: Connection, metadata: MetaData) -> list[str]:
    """Return the names of the tables that a test may have filled; what migrations fill is none."""
    asked = (
        f"SELECT '{table.name}' WHERE EXISTS (SELECT 1 FROM \"{table.name}\")"
        for table in _of_tests(metadata)
    )
    return list(connection.scalars(text(" UNION ALL ".join(asked))))


def empty_tables(database: URL, metadata: MetaData) -> None:
    """Empty every table of PostgreSQL that a test may have filled, and count its keys from 1.

    Row by row, without triggers: TRUNCATE makes new files for a table and each of its indexes,
    which takes longer than a small test.
    """
    _emptying(database, metadata).exec_driver_sql("SELECT pg_temp.empty_tables()")


@functools.cache
def _emptying(database: URL, metadata: MetaData) -> Connection:
    """A connection that stays open, since the server keeps the plans of its own function."""
    connection = create_engine(database, isolation_level="AUTOCOMMIT").connect()
    connection.exec_driver_sql("SET session_replication_role = replica")
    connection.exec_driver_sql(f"""
        CREATE FUNCTION pg_temp.empty_tables() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN {"".join(map(_emptied, _of_tests(metadata)))} END $$
    """)
    return connection


def _emptied(table: Table) -> str:
    name = f'"{table.name}"'
    column = table.autoincrement_column
    keys = "" if column is None else f"pg_get_serial_sequence('{name}', '{column.name}')"
    return f"""
        IF EXISTS (SELECT 1 FROM {name}) THEN
            IF pg_relation_size('{name}') > {LARGE} THEN TRUNCATE {name} CASCADE;
            ELSE DELETE FROM {name}; END IF;
            {f"PERFORM setval({keys}, 1, false);" if keys else ""}
        END IF;
    """


def _of_tests(metadata: MetaData) -> list[Table]:
    kept = {*CALENDAR, "installation"}
    return [table for table in metadata.sorted_tables if table.name not in kept]
