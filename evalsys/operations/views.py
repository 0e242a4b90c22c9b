"""The health check, and the page of the system administrator."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select, update

from evalsys.core.audit import unaudited_unit
from evalsys.core.database.sqlite import Busy
from evalsys.core.extensions import db
from evalsys.core.guards import public, requires
from evalsys.core.pages import now
from evalsys.core.permissions import Action
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.handlers import get_kind, has_kind
from evalsys.foundation.jobs.rules import is_gone
from evalsys.operations.checks import Grade
from evalsys.operations.models import Installation
from evalsys.operations.revisions import is_at_head
from evalsys.operations.state.page import list_results, list_versions, list_work

bp = Blueprint("operations", __name__)

WRITE_EVERY = 5  # seconds for which the last test write counts


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Return the health of this server as JSON: 200, or 503 if it cannot serve.

    A missing worker only makes it "degraded", still 200: citizens can rate without it, so a load
    balancer must keep the server.
    """
    database = _holds(_answers)
    migrations = database and _holds(is_at_head)
    writes = migrations and _holds(_takes_a_write)
    worker = _holds(_has_a_worker)
    status = "ok" if writes and worker else "degraded" if writes else "failing"
    parts = {"database": database, "migrations": migrations, "writes": writes, "worker": worker}
    return {"status": status, **parts}, 200 if writes else 503


def _holds(check: Callable[[], bool]) -> bool:
    """Return the result of a check, False if it raises."""
    try:
        return check()
    except Exception:  # noqa: BLE001  # The health check must not answer with an error page.
        with contextlib.suppress(Exception):
            db.session.rollback()
        return False


def _answers() -> bool:
    """Return whether the database answers, and is still where others look for it.

    SQLite goes on in a file that was moved or deleted; what it writes there is lost.
    """
    file = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    return db.session.scalar(select(1)) == 1 and (not file or Path(file).exists())


def _takes_a_write() -> bool:
    """Test a write, at most every WRITE_EVERY seconds. A held write lock counts as writable."""
    last = current_app.extensions.get("last_write_seen")
    if last is not None and time.monotonic() - last < WRITE_EVERY:
        return True
    with contextlib.suppress(Busy), unaudited_unit(wait=False):
        db.session.execute(update(Installation).values(written_at=now()))
    current_app.extensions["last_write_seen"] = time.monotonic()
    return True


def _has_a_worker() -> bool:
    return current_app.config["JOBS_IMMEDIATE"] or not is_gone(signals.last_heartbeat(), now())


@bp.get("/system")
@requires(Action.SYSTEM_VIEW)
def system() -> ResponseReturnValue:
    """Show what `flask doctor` says, the work of the last seven days, and versions."""
    moment = now()
    work = list_work(moment)
    results = list_results(moment)
    return render_template(
        "operations/system.html",
        results=results,
        grades=Grade,
        count={grade: sum(each.grade is grade for each in results) for grade in Grade},
        work=work,
        label=lambda kind: _(get_kind(kind).label) if has_kind(kind) else kind,
        versions=list(list_versions()),
        moment=moment,
    )
