"""What somebody typed and could not store, and drafts: kept for them alone, until they send it.

A post that meets a lost session, an expired token or a question for the second factor is kept under
its path, sealed. The form of that path then shows it again; nothing is ever sent by itself.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from evalsys.core import pages
from evalsys.core.audit import unaudited_unit
from evalsys.core.error_pages import show_http_error, texts_in
from evalsys.core.extensions import db
from evalsys.core.forms import CSRF, KEPT_FIELDS
from evalsys.core.sealing import cipher_for
from evalsys.foundation.accounts.models import KeptPost, SignInSession
from evalsys.foundation.accounts.queries import hash_token

KEEPS = timedelta(days=7)
MOST = 20  # posts of one account
LARGEST = 64 * 1024  # bytes of what is kept of one
SECRET_FIELDS = frozenset({CSRF, "password", "old", "new", "again", "code", "offer"})
PURPOSE = "kept post/v1"
SALT = "wtf-csrf-token"  # As Flask-WTF signs the token of a form.
FLAG, WAS = "kept", "was"  # In the cookie: that something is kept; who was signed in before.


@dataclass(frozen=True)
class Kept:
    """What was kept of a post: its fields in their order, and the names of files that were not."""

    id: int
    path: str
    fields: Sequence[tuple[str, str]]
    files: Sequence[str]
    at: datetime
    is_draft: bool

    @property
    def texts(self) -> list[str]:
        """The texts that somebody typed, without choices and marks."""
        return texts_in(self.fields)


def init_app(app: Flask) -> None:
    """Keep what meets an expired token, fill forms with what was kept, drop what was sent."""
    app.register_error_handler(CSRFError, _token_expired)
    app.extensions[KEPT_FIELDS] = fields_for_form
    app.add_template_global(shown, "kept_post")
    app.after_request(_drop_sent)


def keep_post(*, path: str | None = None, is_draft: bool = False) -> int | None:
    """Keep the post of this request for who made it; return its id, None if nothing is to be kept.

    That is whom the form was drawn for, or may only be known from the session that has just ended.
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
    """Forget what nobody came back for within seven days."""
    with unaudited_unit():
        db.session.execute(delete(KeptPost).where(KeptPost.kept_at <= now - KEEPS))


def find_kept(user_id: int, now: datetime, *, path: str = "", kept_id: int = 0) -> Kept | None:
    """Return what is kept for an account under a path, or with an id."""
    which = KeptPost.path == path if path else KeptPost.id == kept_id
    query = select(KeptPost).where(
        KeptPost.user_id == user_id, which, KeptPost.kept_at > now - KEEPS
    )
    row = db.session.scalar(query)
    if row is None:
        return None
    read = json.loads(cipher_for(PURPOSE).decrypt(row.sealed))
    fields = [(str(name), str(value)) for name, value in read["fields"]]
    return Kept(row.id, row.path, fields, read["files"], row.kept_at, bool(read["draft"]))


def drop(user_id: int, *, path: str = "", kept_id: int = 0) -> None:
    """Forget what is kept for an account under a path, or with an id."""
    which = KeptPost.path == path if path else KeptPost.id == kept_id
    with unaudited_unit():
        db.session.execute(delete(KeptPost).where(KeptPost.user_id == user_id, which))


def count_kept(user_id: int) -> int:
    """Return how many posts are kept for an account."""
    return len(db.session.scalars(select(KeptPost.id).where(KeptPost.user_id == user_id)).all())


def fields_for_form() -> MultiDict[str, str] | None:
    """Return what a form that is only shown is to be filled with, None for nothing."""
    if request.method != "GET" or not session.get(FLAG) or not current_user.is_authenticated:
        return None
    if "kept" not in g:
        g.kept = find_kept(current_user.user.id, pages.now(), path=request.path)
    return MultiDict(g.kept.fields) if g.kept else None


def shown() -> Kept | None:
    """Return what the forms of this page were filled with, None for nothing."""
    kept: Kept | None = g.get("kept")
    return kept


def way_back(kept_id: int | None) -> str | None:
    """Return where a visitor finds again what they wanted, None for the start page.

    What takes no visit leads to the page of what was kept.
    """
    rule = request.url_rule
    can_return = rule is not None and "GET" in (rule.methods or ())
    if not can_return:
        return url_for("accounts.kept", kept_id=kept_id) if kept_id else None
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return here if here != "/" else None


def _token_expired(error: CSRFError) -> ResponseReturnValue:
    """Lead back to the form with what was typed, or say that the page was open for too long."""
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
    """Sign the forms of this session as drawn for an account: `drawn_for` reads it again."""
    session[CSRF] = f"{user_id}.{secrets.token_hex(20)}"


def drawn_for() -> int | None:
    """Return the account for which the form of this post was drawn, None if it does not say."""
    reader = URLSafeTimedSerializer(current_app.secret_key or "", salt=SALT)
    try:
        owner, _dot, _rest = str(reader.loads(request.form.get(CSRF, ""))).partition(".")
    except BadData:
        return None
    return int(owner) if _dot and owner.isdecimal() else None


def is_somebody_elses() -> bool:
    """Return whether this post was drawn for another account than the one that is signed in."""
    owner = drawn_for() if current_user.is_authenticated else None
    return owner is not None and owner != current_user.user.id


def _who() -> int | None:
    """Return the account of this request, or the one whose session has ended in this browser."""
    if current_user.is_authenticated:
        return int(current_user.user.id)
    token = session.get("_user_id") or session.get(WAS)
    if not isinstance(token, str):
        return None
    row = db.session.get(SignInSession, hash_token(token))
    return row.user_id if row else None


def _is_own_page() -> bool:
    """Return whether a page of ours for staff was sent: no other site may put words into a form."""
    view = current_app.view_functions.get(request.endpoint or "")
    from_elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    return getattr(view, "action", None) is not None and not from_elsewhere


def _drop_sent(response: Response) -> Response:
    """Forget what was kept under a path once something was sent there with success."""
    is_done = request.method == "POST" and response.status_code in {200, 302, 303}
    if is_done and session.get(FLAG) and not g.get("kept_now") and current_user.is_authenticated:
        drop(current_user.user.id, path=request.path)
        if not count_kept(current_user.user.id):
            session.pop(FLAG, None)
    return response
