"""The page that watchdogs ask."""

import contextlib
import time
from collections.abc import Callable

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import select, update

from evalsys.core.audit import unaudited_unit
from evalsys.core.database import Busy
from evalsys.core.extensions import db
from evalsys.core.guards import public
from evalsys.core.pages import now
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.rules import is_gone
from evalsys.operations.models import Installation
from evalsys.operations.revisions import is_at_head

bp = Blueprint("operations", __name__)

WRITE_EVERY = 5  # seconds: whoever asks more often is told what the last write came to


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say whether this server can serve: 200, or 503 with what is wrong. Always JSON.

    A missing worker only makes it "degraded", still 200: citizens can rate without it, so a
    balancer must not take the server away.
    """
    database = _holds(_answers)
    migrations = database and _holds(is_at_head)
    writes = migrations and _holds(_takes_a_write)
    worker = _holds(_has_a_worker)
    status = "ok" if writes and worker else "degraded" if writes else "failing"
    parts = {"database": database, "migrations": migrations, "writes": writes, "worker": worker}
    return {"status": status, **parts}, 200 if writes else 503


def _holds(check: Callable[[], bool]) -> bool:
    """Return what a check says; one that breaks does not hold, whatever broke it."""
    try:
        return check()
    except Exception:  # noqa: BLE001  # A watchdog wants an answer, not a page about an error.
        with contextlib.suppress(Exception):
            db.session.rollback()
        return False


def _answers() -> bool:
    return db.session.scalar(select(1)) == 1


def _takes_a_write() -> bool:
    """Write a row, once in a while. Where somebody else is writing at this moment, one can."""
    last = current_app.extensions.get("last_write_seen")
    if last is not None and time.monotonic() - last < WRITE_EVERY:
        return True
    with contextlib.suppress(Busy), unaudited_unit(wait=False):
        db.session.execute(update(Installation).values(written_at=now()))
    current_app.extensions["last_write_seen"] = time.monotonic()
    return True


def _has_a_worker() -> bool:
    return current_app.config["JOBS_IMMEDIATE"] or not is_gone(signals.last_heartbeat(), now())
