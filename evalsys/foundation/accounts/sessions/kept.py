"""Kept posts and drafts: form entries stored for their author until submitted again.

A post rejected for an ended session, an expired CSRF token or a missing second factor is stored,
sealed, under its path. The form of that path is prefilled with it; nothing is resubmitted
automatically.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Response, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from evalsys.core import pages
from evalsys.core.audit import unaudited_unit
from evalsys.core.error_pages import after_answer, show_http_error
from evalsys.core.extensions import db
from evalsys.core.forms import CSRF, KEPT_FIELDS, texts_in
from evalsys.core.guards import needs_account
from evalsys.core.sealing import cipher_for
from evalsys.foundation.accounts.models import KeptPost, SignInSession
from evalsys.foundation.accounts.queries import hash_token

KEEPS = timedelta(days=7)
MOST = 20  # kept posts of an account
LARGEST = 64 * 1024  # bytes of a kept post
SECRET_FIELDS = frozenset({CSRF, "password", "old", "new", "again", "code", "offer"})
PURPOSE = "kept post/v1"
SALT = "wtf-csrf-token"  # The salt by which Flask-WTF signs CSRF tokens.
FLAG, WAS = "kept", "was"  # Keys in the cookie: whether posts are kept; the former session token.


@dataclass(frozen=True)
class StoredPost:
    """A kept post: its fields in order, and the names of its files, which are not kept."""

    id: int
    path: str
    fields: Sequence[tuple[str, str]]
    files: Sequence[str]
    at: datetime
    is_draft: bool

    @property
    def texts(self) -> list[str]:
        """The typed texts, without choices and checkboxes."""
        return texts_in(self.fields)


def init_app(app: Flask) -> None:
    """Keep posts with an expired token, prefill forms, and drop kept posts once submitted."""
    app.register_error_handler(CSRFError, _token_expired)
    app.extensions[KEPT_FIELDS] = fields_for_form
    app.add_template_global(shown, "kept_post")
    after_answer(app, _drop_sent)


def keep_post(*, path: str | None = None, is_draft: bool = False) -> int | None:
    """Keep the post of this request; return its id, None if there is nothing to keep.

    Its owner is the account the form was rendered for, or that of the session just ended.
    """
    user_id = drawn_for() or _who()
    if user_id is None or request.method != "POST" or not _is_own_page():
        return None
    try:
        fields = [(k, v) for k, v in request.form.items(multi=True) if k not in SECRET_FIELDS]
        files = [file.filename for file in request.files.values() if file.filename]
    except HTTPException:  # Too large to be read.
        return None
    if not any(value.strip() for _name, value in fields) and not files:
        return None
    text = json.dumps({"fields": fields, "files": files, "draft": is_draft}).encode()
    if len(text) > LARGEST:
        return None
    g.kept_now = True
    if not is_somebody_elses():
        session[FLAG] = True
    return _store(user_id, path or request.path, text, pages.now())


def _store(user_id: int, path: str, text: bytes, now: datetime) -> int:
    mine = KeptPost.user_id == user_id
    with unaudited_unit():
        db.session.execute(delete(KeptPost).where(KeptPost.kept_at <= now - KEEPS))
        db.session.execute(delete(KeptPost).where(mine, KeptPost.path == path))
        newest = select(KeptPost.id).where(mine).order_by(KeptPost.id.desc()).limit(MOST - 1)
        db.session.execute(delete(KeptPost).where(mine, KeptPost.id.not_in(newest)))
        row = KeptPost(
            user_id=user_id, path=path, sealed=cipher_for(PURPOSE).encrypt(text), kept_at=now
        )
        db.session.add(row)
        db.session.flush()
        return row.id


def forget_old(now: datetime) -> None:
    """Delete expired kept posts."""
    with unaudited_unit():
        db.session.execute(delete(KeptPost).where(KeptPost.kept_at <= now - KEEPS))


def find_kept(
    user_id: int, now: datetime, *, path: str = "", kept_id: int = 0
) -> StoredPost | None:
    """Return the kept post of an account by path or id, or None."""
    which = KeptPost.path == path if path else KeptPost.id == kept_id
    query = select(KeptPost).where(
        KeptPost.user_id == user_id, which, KeptPost.kept_at > now - KEEPS
    )
    row = db.session.scalar(query)
    if row is None:
        return None
    read = json.loads(cipher_for(PURPOSE).decrypt(row.sealed))
    fields = [(str(name), str(value)) for name, value in read["fields"]]
    return StoredPost(row.id, row.path, fields, read["files"], row.kept_at, bool(read["draft"]))


def drop(user_id: int, *, path: str = "", kept_id: int = 0) -> None:
    """Delete the kept post of an account by path or id."""
    which = KeptPost.path == path if path else KeptPost.id == kept_id
    with unaudited_unit():
        db.session.execute(delete(KeptPost).where(KeptPost.user_id == user_id, which))


def count_kept(user_id: int) -> int:
    """Return the number of kept posts of an account."""
    return len(db.session.scalars(select(KeptPost.id).where(KeptPost.user_id == user_id)).all())


def fields_for_form() -> MultiDict[str, str] | None:
    """Return the kept fields to prefill the form of a GET, or None."""
    if request.method != "GET" or not session.get(FLAG) or not current_user.is_authenticated:
        return None
    if "kept" not in g:
        g.kept = find_kept(current_user.actor.user_id, pages.now(), path=request.path)
    return MultiDict(g.kept.fields) if g.kept else None


def shown() -> StoredPost | None:
    """Return the kept post that prefilled this page, or None."""
    kept: StoredPost | None = g.get("kept")
    return kept


def way_back(kept_id: int | None) -> str | None:
    """Return the path to return to, None for the start page.

    A path without GET leads to the page of the kept post, or to the nearest page above.
    """
    rule = request.url_rule
    can_return = rule is not None and "GET" in (rule.methods or ())
    if not can_return:
        return url_for("accounts.kept", kept_id=kept_id) if kept_id else pages.page_above()
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return here if here != "/" else None


def _token_expired(error: CSRFError) -> ResponseReturnValue:
    """Redirect to the prefilled form, or show that the page was open for too long."""
    kept_id = keep_post()
    target = way_back(kept_id)
    if kept_id is None or target is None:
        return show_http_error(error)
    if is_somebody_elses():
        words = _(
            "The page you sent was opened under another account. Nothing was stored; what was "
            "typed is kept for that account and shown after its sign-in."
        )
        flash(words, pages.FAILED)
        return redirect(url_for("reports.today"), 303)
    if current_user.is_authenticated:
        words = _("The page was open for too long. Nothing was stored; your entry is shown again.")
        flash(words, pages.FAILED)
        return redirect(target, 303)
    return redirect(url_for("accounts.login", next=target), 303)


def begin_forms(user_id: int) -> None:
    """Bind the CSRF tokens of this session to an account, for `drawn_for`."""
    session[CSRF] = f"{user_id}.{secrets.token_hex(20)}"


def drawn_for() -> int | None:
    """Return the account for which the form of this post was rendered, None if unknown."""
    reader = URLSafeTimedSerializer(current_app.secret_key or "", salt=SALT)
    try:
        owner, _dot, _rest = str(reader.loads(request.form.get(CSRF, ""))).partition(".")
    except BadData:
        return None
    return int(owner) if _dot and owner.isdecimal() else None


def is_somebody_elses() -> bool:
    """Return whether the form was rendered for another account than the signed-in one."""
    owner = drawn_for() if current_user.is_authenticated else None
    return owner is not None and owner != current_user.actor.user_id


def _who() -> int | None:
    """Return the account of this request, or of the session that ended in this browser."""
    if current_user.is_authenticated:
        return int(current_user.actor.user_id)
    token = session.get("_user_id") or session.get(WAS)
    if not isinstance(token, str):
        return None
    row = db.session.get(SignInSession, hash_token(token))
    return row.user_id if row else None


def _is_own_page() -> bool:
    """Return whether the post comes from a staff page of this site, not from another one."""
    from_elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    return needs_account(request.endpoint) and not from_elsewhere


def _drop_sent(response: Response) -> Response:
    """Delete the kept post of a path after a successful post there."""
    is_done = request.method == "POST" and response.status_code in {200, 302, 303}
    if is_done and session.get(FLAG) and not g.get("kept_now") and current_user.is_authenticated:
        drop(current_user.actor.user_id, path=request.path)
        if not count_kept(current_user.actor.user_id):
            session.pop(FLAG, None)
    return response
