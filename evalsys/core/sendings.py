"""Idempotent forms: one that is submitted twice, as by a double click, is carried out once.

Both posts have the same CSRF token and the same entries. The first is recorded before its view
runs; the second waits for it and redirects to the same target, or shows the same page where that
shows what is shown once. A rejected post is deleted at once, so that it can be submitted again.
See docs/adr/0038.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from cryptography.fernet import Fernet
from flask import Response, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import LargeBinary, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.audit import unaudited_unit
from evalsys.core.database import Model
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.forms import CSRF, PIECE

AGAIN = timedelta(minutes=1)  # A later post is intended.
WAITS, LOOKS = 8.0, 0.1  # seconds: timeout for the first post, interval between two polls

Answer = Row[str | None, bytes | None]  # target and page of the first post


class ShownOnce(Response):
    """An answer with something that is stored nowhere, such as a link: its double shows it too."""


class Sending(Model):
    """A recently submitted form; `target` is the redirect of its view.

    `digest` is the SHA-256 of user, address, fields and files, including the CSRF token. `page` is
    the answer instead, if it is shown once: encrypted with a key that only the same post yields.
    Both are None while the view runs.
    """

    __tablename__ = "sending"
    __table_args__ = ({"sqlite_with_rowid": False},)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    target: Mapped[str | None]
    page: Mapped[bytes | None]
    at: Mapped[datetime] = mapped_column(index=True)


def carried_out_once(
    view: Callable[[], ResponseReturnValue], *, who: str | None = None
) -> ResponseReturnValue:
    """Call a view; answer a repeated post with the redirect of the first one, or its ShownOnce.

    `who` posts it, by default the signed-in session. Raises DomainError if the first post is still
    running after WAITS seconds.
    """
    sent = _sent(who or current_user.get_id())
    if sent is None:
        return view()
    digest = hashlib.sha256(sent).digest()
    while not _begin(digest, datetime.now(UTC)):
        if (first := _await(digest)) is not None:
            return _answer_again(first, sent)
    try:
        response = current_app.make_response(view())
    except BaseException:
        _forget(digest)
        raise
    target = response.headers.get("Location")
    if target is not None:
        _finish(digest, target=target)
    elif isinstance(response, ShownOnce):
        _finish(digest, page=_cipher(sent).encrypt(response.get_data()))
    else:
        _forget(digest)
    return response


def _sent(who: str | None) -> bytes | None:
    """Return all that makes posts the same; None for a request without a CSRF token."""
    if request.method != "POST" or not request.form.get(CSRF):
        return None
    files = []
    for name, file in request.files.items(multi=True):
        digest = hashlib.sha256()
        while piece := file.stream.read(PIECE):
            digest.update(piece)
        file.stream.seek(0)
        files.append((name, file.filename, digest.hexdigest()))
    sent = [who, request.full_path, list(request.form.items(multi=True)), files]
    return json.dumps(sent).encode()


def _cipher(sent: bytes) -> Fernet:
    """Return the cipher of a post. It needs the CSRF token, which is stored nowhere."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"shown once/v1 " + sent).digest()))


def _answer_again(first: Answer, sent: bytes) -> Response:
    if first.page is not None:
        return ShownOnce(_cipher(sent).decrypt(first.page))
    flash(_("This was sent twice and carried out once."))
    return cast(Response, redirect(first.target, 303))


def _begin(digest: bytes, now: datetime) -> bool:
    """Record a post; return whether it is the first one."""
    try:
        with unaudited_unit():
            db.session.execute(delete(Sending).where(Sending.at <= now - AGAIN))
            db.session.execute(insert(Sending).values(digest=digest, at=now))
    except IntegrityError:
        return False
    return True


def _await(digest: bytes) -> Answer | None:
    """Wait for the first post; return target and page, None if rejected. Raises DomainError."""
    ends = time.monotonic() + WAITS
    while time.monotonic() < ends:
        db.session.rollback()  # The next poll must see current rows.
        answer = select(Sending.target, Sending.page).where(Sending.digest == digest)
        row = db.session.execute(answer).first()
        if row is None or row.target is not None or row.page is not None:
            return row
        time.sleep(LOOKS)
    raise DomainError(
        N_(
            "You have sent this a moment ago, and it is still being carried out. Look in a minute "
            "whether it is done before you send it again."
        )
    )


def _finish(digest: bytes, *, target: str | None = None, page: bytes | None = None) -> None:
    with unaudited_unit():
        done = update(Sending).where(Sending.digest == digest).values(target=target, page=page)
        db.session.execute(done)


def _forget(digest: bytes) -> None:
    """Delete a post, so that it can be submitted again; it expires anyway if that fails."""
    with suppress(SQLAlchemyError):
        db.session.rollback()
        with unaudited_unit():
            db.session.execute(delete(Sending).where(Sending.digest == digest))
