"""The page that watchdogs ask."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from evalsys.core.extensions import db
from evalsys.core.guards import public
from evalsys.core.pages import now
from evalsys.jobs import signs
from evalsys.jobs.rules import is_gone
from evalsys.operations.checks import is_at_head

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say whether this server can serve: 200, or 503 with what is wrong.

    A missing worker only makes it "degraded", still 200: citizens can rate without it, so a
    balancer must not take the server away.
    """
    database, migrations = _database()
    worker = current_app.config["JOBS_IMMEDIATE"] or not is_gone(signs.last_beat(), now())
    serves = database and migrations
    status = "ok" if serves and worker else "degraded" if serves else "failing"
    parts = {"database": database, "migrations": migrations, "worker": worker}
    return {"status": status, **parts}, 200 if serves else 503


def _database() -> tuple[bool, bool]:
    """Say whether the database answers, and whether its tables are those of this version."""
    try:
        db.session.execute(text("SELECT 1"))
        return True, is_at_head()
    except SQLAlchemyError:
        db.session.rollback()
        return False, False
