"""Idempotent forms: one that is submitted twice, as by a double click, is carried out once.

Both posts have the same CSRF token and the same entries. The first is recorded before its view
runs; the second waits for it and redirects to the same target. A rejected post is deleted at once,
so that it can be submitted again. See docs/adr/0038.
"""

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from flask import current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import LargeBinary, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.audit import unaudited_unit
from evalsys.core.database import Model
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.forms import CSRF

AGAIN = timedelta(minutes=1)  # A later post is intended.
WAITS, LOOKS = 8.0, 0.1  # seconds: timeout for the first post, interval between two polls


class Sending(Model):
    """A recently submitted form; `target` is the redirect of its view, None while it runs.

    `digest` is the SHA-256 of user, address and fields, including the CSRF token.
    """

    __tablename__ = "sending"
    __table_args__ = ({"sqlite_with_rowid": False},)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    target: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)


def carried_out_once(view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Call a view; answer a repeated post with the redirect of the first one.

    Raises DomainError if the first post is still running after WAITS seconds.
    """
    digest = _digest()
    if digest is None:
        return view()
    while not _begin(digest, datetime.now(UTC)):
        if (target := _await(digest)) is not None:
            flash(_("This was sent twice and carried out once."))
            return redirect(target, 303)
    try:
        response = current_app.make_response(view())
    except BaseException:
        _forget(digest)
        raise
    target = response.headers.get("Location")
    if target is None:
        _forget(digest)
    else:
        _finish(digest, target)
    return response


def _digest() -> bytes | None:
    """Return the digest of a post; None if it has no CSRF token, or has files.

    Files are deduplicated by their own digest where they are stored.
    """
    if request.method != "POST" or not request.form.get(CSRF):
        return None
    if any(file.filename for file in request.files.values()):
        return None
    sent = [current_user.get_id(), request.full_path, *request.form.items(multi=True)]
    return hashlib.sha256(json.dumps(sent).encode()).digest()


def _begin(digest: bytes, now: datetime) -> bool:
    """Record a post; return whether it is the first one."""
    try:
        with unaudited_unit():
            db.session.execute(delete(Sending).where(Sending.at <= now - AGAIN))
            db.session.execute(insert(Sending).values(digest=digest, at=now))
    except IntegrityError:
        return False
    return True


def _await(digest: bytes) -> str | None:
    """Wait for the first post; return its target, None if it was rejected. Raises DomainError."""
    ends = time.monotonic() + WAITS
    while time.monotonic() < ends:
        db.session.rollback()  # The next poll must see current rows.
        row = db.session.execute(select(Sending.target).where(Sending.digest == digest)).first()
        if row is None:
            return None
        if row.target is not None:
            return cast(str, row.target)
        time.sleep(LOOKS)
    raise DomainError(
        N_(
            "You have sent this a moment ago, and it is still being carried out. Look in a minute "
            "whether it is done before you send it again."
        )
    )


def _finish(digest: bytes, target: str) -> None:
    with unaudited_unit():
        done = update(Sending).where(Sending.digest == digest).values(target=target)
        db.session.execute(done)


def _forget(digest: bytes) -> None:
    """Delete a post, so that it can be submitted again; it expires anyway if that fails."""
    with suppress(SQLAlchemyError):
        db.session.rollback()
        with unaudited_unit():
            db.session.execute(delete(Sending).where(Sending.digest == digest))
