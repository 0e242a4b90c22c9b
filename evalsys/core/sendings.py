"""A form that is sent twice, as by a double click, is carried out once.

Both posts bear the token that their form was drawn with, and the same entries. The first one is
noted before it is carried out; the second waits for it, and leads where the first one led. What was
refused is forgotten at once, so that it may be sent again. See docs/adr/0038.
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

AGAIN = timedelta(minutes=1)  # What comes later is meant.
WAITS, LOOKS = 8.0, 0.1  # seconds: for the first one in all, and between two looks at it


class Sending(Model):
    """A form of staff that was sent a moment ago; `target` is where it led, None until then.

    `digest` is the SHA-256 of who sent what where, with the token of the form.
    """

    __tablename__ = "sending"
    __table_args__ = ({"sqlite_with_rowid": False},)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    target: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)


def carried_out_once(view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Answer a request by its view; a form that was sent a moment ago by what became of it.

    Raises DomainError, or what the view does.
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
    led_to = response.headers.get("Location")
    if led_to is None:
        _forget(digest)
    else:
        _finish(digest, led_to)
    return response


def _digest() -> bytes | None:
    """Return what tells a post from every other; None for what is no post of a drawn form.

    Files tell themselves: what they are added to knows them by their own digest.
    """
    if request.method != "POST" or not request.form.get(CSRF):
        return None
    if any(file.filename for file in request.files.values()):
        return None
    sent = [current_user.get_id(), request.full_path, *request.form.items(multi=True)]
    return hashlib.sha256(json.dumps(sent).encode()).digest()


def _begin(digest: bytes, now: datetime) -> bool:
    """Note a post; tell whether it is the first one."""
    try:
        with unaudited_unit():
            db.session.execute(delete(Sending).where(Sending.at <= now - AGAIN))
            db.session.execute(insert(Sending).values(digest=digest, at=now))
    except IntegrityError:
        return False
    return True


def _await(digest: bytes) -> str | None:
    """Return where the first post led to, None if it was refused. Raises DomainError."""
    ends = time.monotonic() + WAITS
    while time.monotonic() < ends:
        db.session.rollback()  # So that the next look sees what is there now.
        found = db.session.execute(select(Sending.target).where(Sending.digest == digest)).first()
        if found is None:
            return None
        if found.target is not None:
            return cast(str, found.target)
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
    """Let a post be sent again. If the database is away it is forgotten within a minute."""
    with suppress(SQLAlchemyError):
        db.session.rollback()
        with unaudited_unit():
            db.session.execute(delete(Sending).where(Sending.digest == digest))
