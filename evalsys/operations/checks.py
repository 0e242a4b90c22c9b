"""The checks of `flask doctor`: each yields results of one line."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from evalsys.cases.notices.mail import TIMEOUT, Security, check_server, find_server
from evalsys.core.audit import AuditEvent
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day, time_words
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.queries import count_lost
from evalsys.foundation.jobs.rules import is_gone
from evalsys.operations.machines.queries import count_machines, has_citus
from evalsys.operations.machines.service import faults
from evalsys.operations.revisions import is_at_head
from evalsys.operations.secret_check import WrongSecret, is_another_secret
from evalsys.operations.state.backups import last_backup
from evalsys.ratings.ballots.models import Intake
from evalsys.ratings.ballots.sealing import can_be_opened

GIB = 1 << 30
OLDEST_BACKUP = timedelta(days=2)
ASK_FOR_CALENDAR = 11  # The State Council publishes next year's calendar in November.
YEARS = range(2026, 2100)
PATIENCE = 2  # seconds for each answer of the mail server, on a page
SHORTEST_SECRET = 32  # characters
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
FEWEST_DIFFERENT = 12  # distinct characters of the secret
# The WAL-reset bug (a checkpoint may lose a commit) is fixed in these versions and later.
MENDED = {44: 6, 50: 7}
MENDED_IN_ALL = (3, 51, 3)


class Grade(StrEnum):
    """The severity of a result: only a problem makes the doctor exit with 1."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class CheckResult:
    """The result of a check, in the reader's language."""

    grade: Grade
    words: str


def has_wal_bug(version: tuple[int, int, int]) -> bool:
    """Return whether this SQLite may lose a commit when the WAL is reset."""
    major, minor, patch = version
    if version >= MENDED_IN_ALL or (major, minor) < (3, 7):
        return False
    return not (minor in MENDED and patch >= MENDED[minor])


def examine(now: datetime, *, on_page: bool = False) -> Iterator[CheckResult]:
    """Run all checks. A failing check is a problem itself and does not stop the others.

    `on_page`: somebody waits, and so does a thread of the server: a silent mail server gets less
    patience, and waiting ballots, of which there may be many, are not opened.
    """
    for check in CHECKS_OF_A_PAGE if on_page else CHECKS:
        try:
            yield from check(now)
        except (OSError, SQLAlchemyError) as error:
            kind = type(error).__name__
            name = check.__name__.strip("_")
            yield _problem(_("%(check)s cannot be checked: %(kind)s", check=name, kind=kind))


def _ok(words: str) -> CheckResult:
    return CheckResult(Grade.OK, words)


def _warning(words: str) -> CheckResult:
    return CheckResult(Grade.WARNING, words)


def _problem(words: str) -> CheckResult:
    return CheckResult(Grade.PROBLEM, words)


def _database(now: datetime) -> Iterator[CheckResult]:
    if db.engine.dialect.name == "sqlite":
        version = sqlite3.sqlite_version
        if has_wal_bug(sqlite3.sqlite_version_info[:3]):
            words = _(
                "SQLite %(version)s can lose a commit when its log is reset (mended in 3.51.3, "
                "3.50.7, 3.44.6). Use PostgreSQL, or a Python with a mended SQLite; "
                "docs/operations.md says how.",
                version=version,
            )
            yield _warning(words)
        else:
            yield _ok(_("SQLite %(version)s", version=version))
    else:
        named = (func.current_setting(name) for name in ("server_version", "archive_mode"))
        number, archives = db.session.execute(select(*named)).one()
        yield _ok(_("PostgreSQL %(version)s", version=number))
        if archives != "off":
            words = _(
                "PostgreSQL archives its write-ahead log (archive_mode): the archive tells when "
                "which ballot came and was counted. See docs/operations.md."
            )
            yield _warning(words)
    if is_at_head():
        yield _ok(_("The tables are those of this version"))
    else:
        yield _problem(_("The tables are not those of this version: run flask db upgrade"))


def _machines(now: datetime) -> Iterator[CheckResult]:
    """Check the placement of tables on several machines; nothing to check on one."""
    connection = db.session.connection()
    if not has_citus(connection):
        return
    found = list(faults(connection))
    yield from map(_problem, found)
    if not found:
        number = count_machines(connection)
        yield _ok(_("Every table is in its place, distributed over %(n)s machines", n=number))


def _secret(now: datetime) -> Iterator[CheckResult]:
    secret = str(current_app.config["SECRET_KEY"])
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DIFFERENT:
        words = _("EVALSYS_SECRET_KEY can be guessed: use 32 random characters or more")
        yield _problem(words)
    else:
        yield _ok(_("The secret key is long enough"))
    if is_another_secret():
        yield _problem(_(WrongSecret.message))


def _waiting(now: datetime) -> Iterator[CheckResult]:
    rows = db.session.execute(select(Intake.name, Intake.sealed))
    lost = sum(not can_be_opened(row.name, row.sealed) for row in rows)
    if lost:
        words = _(
            "%(n)s waiting ballots were sealed under another secret key: they can be counted only "
            "with that key",
            n=lost,
        )
        yield _problem(words)
    else:
        yield _ok(_("Every waiting ballot can be opened"))


def _calendar(now: datetime) -> Iterator[CheckResult]:
    calendar, today = working_days(), local_day(now)
    if today.year not in calendar.years:
        yield _problem(_("The working days of %(year)s were not imported", year=today.year))
    else:
        yield _ok(_("The working days of %(year)s are known", year=today.year))
    if today.year + 1 not in calendar.years and today.month >= ASK_FOR_CALENDAR:
        words = _(
            "The working days of %(year)s were not imported: flask calendars import",
            year=today.year + 1,
        )
        yield _warning(words)


def _clock(now: datetime) -> Iterator[CheckResult]:
    latest = db.session.scalar(select(func.max(AuditEvent.at)))
    if local_day(now).year not in YEARS:
        yield _problem(_("The clock says %(year)s", year=local_day(now).year))
    elif latest is not None and latest - now > timedelta(minutes=5):
        yield _problem(_("The clock went back: the audit log has later entries"))
    else:
        yield _ok(_("The clock is plausible"))


def _files(now: datetime) -> Iterator[CheckResult]:
    folder = Path(current_app.config["DATA_DIR"])
    if not os.access(folder, os.W_OK):
        yield _problem(_("%(path)s cannot be written to", path=folder))
        return
    open_to_all = [
        path.name
        for path in sorted(folder.iterdir())
        if path.name != ".gitkeep" and path.is_file() and path.stat().st_mode & stat.S_IRWXO
    ]
    if open_to_all:
        names = ", ".join(open_to_all[:5])
        yield _warning(_("Every account of this machine can read %(names)s", names=names))
    else:
        yield _ok(_("The data folder is private"))
    free = shutil.disk_usage(folder).free
    grade = Grade.PROBLEM if free < GIB // 4 else Grade.WARNING if free < 2 * GIB else Grade.OK
    yield CheckResult(grade, _("%(size)s GiB of disk are free", size=f"{free / GIB:.1f}"))


def _address(now: datetime) -> Iterator[CheckResult]:
    address = urlsplit(current_app.config["PUBLIC_URL"])
    if address.hostname in HERE:
        words = _("PUBLIC_URL is this machine only: tickets work nowhere else")
        yield _warning(words)
    elif address.scheme != "https":
        yield _problem(_("PUBLIC_URL must begin with https://"))
    elif not current_app.config["SESSION_COOKIE_SECURE"]:
        yield _problem(_("EVALSYS_SESSION_COOKIE_SECURE must be true behind https"))
    else:
        yield _ok(_("The public address is encrypted"))


def _work(now: datetime) -> Iterator[CheckResult]:
    if current_app.config["JOBS_IMMEDIATE"]:
        yield _warning(_("Background work runs inside requests (EVALSYS_JOBS_IMMEDIATE)"))
    elif is_gone(signals.last_heartbeat(), now):
        yield _warning(_("No worker is running: start flask jobs work"))
    else:
        yield _ok(_("A worker is running"))
    if lost := count_lost():
        words = _("%(count)s lost jobs wait to be started again, see /jobs", count=lost)
        yield _warning(words)


def _mail_soon(now: datetime) -> Iterator[CheckResult]:
    yield from _mail(now, patience=PATIENCE)


def _mail(now: datetime, patience: int = TIMEOUT) -> Iterator[CheckResult]:
    try:
        server = find_server()
        if server is not None:
            check_server(server, patience=patience)
    except DomainError as error:
        yield _problem(words_of(error))
        return
    if server is None:
        yield _ok(_("No mail server is set up: notices stand in the inbox only"))
        return
    yield _ok(_("The mail server %(host)s answers", host=server.host))
    if server.security is Security.NONE and server.host not in HERE:
        yield _warning(
            _("What goes to the mail server travels in the open: see EVALSYS_SMTP_SECURITY")
        )


def _backup(now: datetime) -> Iterator[CheckResult]:
    if db.engine.dialect.name != "sqlite":
        yield _ok(_("PostgreSQL has its own backups: how old they are is not known here"))
        return
    last = last_backup()
    if last is None:
        yield _warning(_("No backup was written yet: flask backup FILE"))
    elif now - last > OLDEST_BACKUP:
        yield _warning(_("The last backup is of %(time)s", time=time_words(last)))
    else:
        yield _ok(_("The last backup is of %(time)s", time=time_words(last)))


def _factor(now: datetime) -> Iterator[CheckResult]:
    if current_app.config["SECOND_FACTOR"] == "required":
        yield _ok(_("Who decides, publishes or administers signs in with a second factor"))
    else:
        yield _warning(_("The second factor is not required: see EVALSYS_SECOND_FACTOR"))


CHECKS: tuple[Callable[[datetime], Iterator[CheckResult]], ...] = (
    _database,
    _machines,
    _secret,
    _waiting,
    _calendar,
    _clock,
    _files,
    _address,
    _work,
    _mail,
    _backup,
    _factor,
)
CHECKS_OF_A_PAGE = tuple(
    _mail_soon if check is _mail else check for check in CHECKS if check is not _waiting
)
