"""How errors reach people: every error page, and the refusals of commands, in one place."""

import contextlib
import errno
import sqlite3
import sys
from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, pgettext
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import exc
from sqlalchemy.exc import DataError, IntegrityError, NoResultFound
from werkzeug import exceptions
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
)

from evalsys.core.errors import N_, Conflict, DomainError, Filled, NotAllowed, NotFound
from evalsys.core.extensions import db, login_manager
from evalsys.core.forms import CSRF, fields_before_files
from evalsys.core.pages import day_words

P = ParamSpec("P")
R = TypeVar("R")

RETRY_AFTER = 10  # seconds
SHORTEST_TEXT = 4  # characters; what is shorter is a choice or a number
FORM_WITH_FILES = "multipart/form-data"
MIB = 1024 * 1024  # bytes
# What passes, or is mended outside of this program: a database that is away, full or read-only, a
# full disk, no more open files.
OUTAGES = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.InternalError,
    exc.TimeoutError,
    sqlite3.OperationalError,
    OSError,
)
FULL = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)
READ_ONLY, LOCK_HELD = "25006", "55P03"  # PostgreSQL's names of states


class Outage(DomainError):
    """The database or the disk does not do its work for a while."""

    message = N_("The database or the disk does not answer. Nothing was stored; try again later.")
    status = 503


def init_app(app: Flask) -> None:
    """Register the handlers. Their order does not matter: Flask picks the most specific."""
    app.register_error_handler(HTTPException, show_http_error)
    # A number that no column holds, or a zero byte in a search: nothing of that name is here.
    for absent in (NoResultFound, DataError, OverflowError):
        app.register_error_handler(absent, lambda _: show_http_error(exceptions.NotFound()))
    app.register_error_handler(DomainError, _show_domain_error)
    app.register_error_handler(IntegrityError, lambda _: _show_domain_error(Conflict()))
    for outage in OUTAGES:
        app.register_error_handler(outage, _show_outage)


class Occupied(Outage):
    """Somebody else holds what has to be written, for longer than anybody should wait."""

    message = N_(
        "A counting, a closing or an import is running at this moment. Nothing was stored; try "
        "again in a minute."
    )


def is_outage(error: BaseException) -> bool:
    """Say whether an error passes: the same request may succeed a little later."""
    if isinstance(error, exc.InternalError):
        return getattr(error.orig, "sqlstate", None) == READ_ONLY
    if isinstance(error, OSError):
        return error.errno in FULL
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False  # What we asked for was wrong: no table of that name, say.
    return isinstance(error, OUTAGES)


def outage_of(error: BaseException) -> Outage:
    """Return the words for an error that passes."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    is_held = getattr(cause, "sqlstate", None) == LOCK_HELD
    return Occupied() if is_held or "locked" in str(cause) else Outage()


def refusals(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command print a broken rule on stderr, in words, and exit with 1.

    It stands directly above the function, below the options. Misuse exits with 2: click sees to it.
    """

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except IntegrityError as error:
            raise click.ClickException(words_of(Conflict())) from error
        except DomainError as error:
            raise click.ClickException(words_of(error)) from error
        except OUTAGES as error:
            if not is_outage(error):
                raise
            raise click.ClickException(words_of(outage_of(error))) from error

    return wrapped


def words_of(error: DomainError) -> str:
    """Say a broken rule in the user's language."""
    return str(_said(Filled(error.message, error.params)))


def _said(value: object) -> Any:
    """Say a message, or what stands in one: words, several of them, a day, anything else."""
    match value:
        case Filled(message, params):
            told = {name: _said(one) for name, one in params.items()}
            return gettext(message, **told)
        case tuple():
            return pgettext("between conditions", "; ").join(str(_said(one)) for one in value)
        case date():
            return day_words(value, weekday=False)
    return value


def _words(code: int) -> tuple[str, str]:
    """Return title and way out for an HTTP status."""
    known = {
        400: (
            _("The page was open for too long"),
            _("Go back, reload the page and send it once more. Nothing was stored."),
        ),
        404: (_("Not found"), _("There is nothing here that you may see.")),
        405: (_("Not found"), _("There is nothing here that you may see.")),
        413: (_("The file is too large"), _("Send a smaller file. Nothing was stored.")),
        429: (_("Too many tries"), _("Wait a minute, then try again. Nothing was lost.")),
    }
    return known.get(
        code,
        (_("Something went wrong"), _("It is our fault. Nothing was stored; please try again.")),
    )


def _too_large() -> tuple[str, str]:
    """Return title and way out where more was sent than is read: the file, and how much may be."""
    name = _head_of_body()[1]
    if not name:
        return _words(RequestEntityTooLarge.code)
    most = f"{current_app.config['MAX_CONTENT_LENGTH'] // MIB} MB"
    words = _(
        "%(file)s, or all that was sent with it, is larger than %(most)s. Make it smaller (scans "
        "in a lower resolution), or send it in parts. Nothing was stored.",
        file=name,
        most=most,
    )
    return _words(RequestEntityTooLarge.code)[0], words


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Show an error of HTTP in words, with the way back."""
    if error.response is not None:  # A redirect in disguise, such as a missing slash.
        return error
    code = error.code or InternalServerError.code
    return _draw(_too_large() if code == RequestEntityTooLarge.code else _words(code), code)


def _show_domain_error(error: DomainError) -> ResponseReturnValue:
    """Show a broken rule in the user's language with its own status.

    What somebody may not have is absent, with the words of what does not exist: no page tells
    which registers there are. A command says it in words.
    """
    if isinstance(error, NotAllowed):
        error = NotFound()
    message = words_of(error)
    title = _("Not found") if error.status == exceptions.NotFound.code else _("Not possible")
    return _draw((title, message), error.status)


def _draw(words: tuple[str, str], status: int) -> ResponseReturnValue:
    """Draw the page of an error: title, and the way out. Its frame asks who is signed in."""
    try:
        db.session.rollback()  # PostgreSQL answers nothing more in a transaction that failed.
        back, typed = way_back(status), typed_texts()
        return render_template("errors/page.html", words=words, back=back, typed=typed), status
    except OUTAGES as error:
        return _show_outage(error)


def way_back(status: int) -> str | None:
    """Return the nearest page above the one that failed, or its own form if that may go now.

    From what is not there it leads to a list: the page of something may be as absent as its part,
    and an address that is repeated would tell one absent thing from another.
    """
    path = request.path
    if request.method == "GET" or status in {
        NotAllowed.status,
        exceptions.NotFound.code,
        DomainError.status,
    }:
        path = path.rpartition("/")[0]
    adapter = current_app.url_map.bind("")
    while path:
        with contextlib.suppress(HTTPException):  # No page has this address.
            _endpoint, named = adapter.match(path, "GET")
            if not named or status != exceptions.NotFound.code:
                return path
        path = path.rpartition("/")[0]
    return None


def typed_texts() -> list[str]:
    """Return what somebody typed into a form that was refused, to be copied from its error page."""
    if request.method != "POST" or _is_secret() or not current_user.is_authenticated:
        return []
    return texts_in((k, v) for k, v in _sent_fields() if k != CSRF)


def _sent_fields() -> list[tuple[str, str]]:
    """Return the fields that came with this request; of a body too large, those before its file."""
    try:
        return list(request.form.items(multi=True))
    except HTTPException:
        return _head_of_body()[0]


def _head_of_body() -> tuple[list[tuple[str, str]], str]:
    """Return the fields of a form before its first file, and the name of that; nothing to others.

    Of a body that is too large no more is read: a browser sends its parts in the order of the page.
    """
    if "head_of_body" not in g:
        g.head_of_body = ([], "")
        if request.mimetype == FORM_WITH_FILES and current_user.is_authenticated:
            with contextlib.suppress(ValueError, HTTPException):
                g.head_of_body = fields_before_files()
    found: tuple[list[tuple[str, str]], str] = g.head_of_body
    return found


def texts_in(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Return the values of fields that somebody has typed as text, each once."""
    texts = (value.strip() for _name, value in fields)
    return list(dict.fromkeys(text for text in texts if len(text) >= SHORTEST_TEXT))


def _show_outage(error: Exception) -> ResponseReturnValue:
    """Ask to send the same once more; the page needs neither database nor session."""
    if not is_outage(error):
        raise error
    current_app.log_exception(sys.exc_info())
    with contextlib.suppress(*OUTAGES):
        db.session.rollback()
    g._login_user = login_manager.anonymous_user()  # noqa: SLF001  # Nobody is looked up again.
    is_post = request.method == "POST"
    again = [] if _is_secret() else _sent_fields()
    if again and request.files:  # A browser does not send them a second time.
        again = []
    outage = outage_of(error)
    words = words_of(outage) if isinstance(outage, Occupied) else ""
    html = render_template("errors/outage.html", is_post=is_post, again=again, words=words)
    return html, Outage.status, {"Retry-After": str(RETRY_AFTER)}


def _is_secret() -> bool:
    """Say whether a password may have been typed, which no page repeats."""
    return request.blueprint == "accounts"
