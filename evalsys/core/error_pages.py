"""Every error page, and the error messages of commands."""

import contextlib
import errno
import sqlite3
import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask import Flask, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, pgettext
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import exc
from sqlalchemy.exc import DataError, IntegrityError, NoResultFound
from werkzeug import exceptions
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from evalsys.core.city import say
from evalsys.core.errors import (
    N_,
    Conflict,
    Dated,
    DomainError,
    Filled,
    Joined,
    NotAllowed,
    NotFound,
    Within,
)
from evalsys.core.extensions import db, login_manager
from evalsys.core.forms import CSRF, has_file, head_of_body, sent_fields, texts_in
from evalsys.core.pages import day_words, page_above

P = ParamSpec("P")
R = TypeVar("R")

RETRY_AFTER = 10  # seconds
KIB = 1024  # bytes
MIB = 1024 * KIB
# Errors that pass, or are fixed outside of this program: a database that is away, full or
# read-only, a full disk, too many open files.
OUTAGES = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.InternalError,
    exc.TimeoutError,
    sqlite3.OperationalError,
    OSError,
)
# Of an OSError: no room, no more files, not writable for our account, or a disk that is gone.
AWAY = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM),
        *(errno.EROFS, errno.EACCES, errno.EPERM),
        *(errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN),
    }
)
READ_ONLY, LOCK_HELD = "25006", "55P03"  # SQLSTATE codes of PostgreSQL


class Outage(DomainError):
    """The database or the disk is temporarily unavailable."""

    message = N_("The database or the disk does not answer. Nothing was stored; try again later.")
    status = 503


class Occupied(Outage):
    """Another transaction held the lock for longer than the timeout."""

    message = N_(
        "A counting, a closing or an import is running at this moment. Nothing was stored; try "
        "again in a minute."
    )


def init_app(app: Flask) -> None:
    """Register the error handlers, in any order: Flask picks the most specific."""
    app.register_error_handler(HTTPException, show_http_error)
    # A number out of a column's range, or a zero byte in an address: no such row.
    for absent in (NoResultFound, DataError, OverflowError):
        app.register_error_handler(absent, lambda _: show_http_error(exceptions.NotFound()))
    app.register_error_handler(DomainError, _show_domain_error)
    app.register_error_handler(IntegrityError, lambda _: _show_domain_error(Conflict()))
    for outage in OUTAGES:
        app.register_error_handler(outage, _show_outage)
    app.register_error_handler(InternalServerError, _show_broken)


def after_answer(app: Flask, hook: Callable[[Response], Response]) -> None:
    """Call a hook with each response. If there is an outage, log it and answer as if it had run.

    What the view did is committed by then: a 503 would ask the user to submit it again.
    """

    def sheltered(response: Response) -> Response:
        try:
            return hook(response)
        except OUTAGES as error:
            if not is_outage(error):
                raise
            current_app.log_exception(sys.exc_info())
            return response

    app.after_request(sheltered)


def is_outage(error: BaseException) -> bool:
    """Return whether an error is temporary: the same request may succeed later."""
    if isinstance(error, exc.InternalError):
        return getattr(error.orig, "sqlstate", None) == READ_ONLY
    if isinstance(error, OSError):
        return error.errno in AWAY
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False  # Our own mistake, e.g. a missing table.
    return isinstance(error, OUTAGES)


def outage_of(error: BaseException) -> Outage:
    """Return the domain error for a temporary error."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    is_held = getattr(cause, "sqlstate", None) == LOCK_HELD
    return Occupied() if is_held or "locked" in str(cause) else Outage()


def refusals(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command print a domain error on stderr and exit with 1 (misuse exits with 2).

    The innermost decorator: below the options, directly above the function.
    """

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except NoResultFound as error:
            raise click.ClickException(words_of(NotFound())) from error
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
    """Return the message of an error in the user's language."""
    return str(translated(Filled(error.message, error.params)))


def translated(value: object) -> Any:
    """Translate a message, or a parameter of one; a tuple joins into a list, a day is formatted."""
    match value:
        case Filled(message, params):
            return gettext(message, **{key: translated(param) for key, param in params.items()})
        case Joined() | Within() | Dated():
            return say(value, str(get_locale()))
        case tuple():
            return pgettext("between conditions", "; ").join(str(translated(v)) for v in value)
        case date():
            return day_words(value, weekday=False)
    return value


def _words(code: int) -> tuple[str, str]:
    """Return the title and the advice for an HTTP status."""
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
    """Return the title and the advice for a body that is too large, with the file and the limit."""
    name, most = head_of_body()[1], request.max_content_length or 0
    if not name or (request.content_length or 0) <= most:  # Then a text is too long.
        return _words(RequestEntityTooLarge.code)
    words = _(
        "%(file)s, or all that was sent with it, is larger than %(most)s. Make it smaller (scans "
        "in a lower resolution), or send it in parts. Nothing was stored.",
        file=name,
        most=f"{most // MIB} MB" if most >= MIB else f"{most // KIB} KB",
    )
    return _words(RequestEntityTooLarge.code)[0], words


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Render the page of an HTTP error."""
    if error.response is not None:  # A redirect, such as for a missing slash.
        return error
    code = error.code or InternalServerError.code
    words = _too_large() if code == RequestEntityTooLarge.code else _words(code)
    limit = getattr(error, "limit", None)  # Of tries: only what the limiter raises has one.
    minutes = limit.limit.get_expiry() // 60 if limit else 1
    if minutes > 1:
        again = _(
            "Wait up to %(minutes)s minutes, then try again. Nothing was lost.", minutes=minutes
        )
        words = words[0], again
    return _draw(words, code)


def _show_domain_error(error: DomainError) -> ResponseReturnValue:
    """Render a domain error with its own status.

    NotAllowed is shown as NotFound, so that no page reveals what exists; a command names it.
    """
    if isinstance(error, NotAllowed):
        error = NotFound()
    message = words_of(error)
    title = _("Not found") if error.status == exceptions.NotFound.code else _("Not possible")
    return _draw((title, message), error.status)


def _draw(words: tuple[str, str], status: int) -> ResponseReturnValue:
    """Render an error page. Its layout queries the signed-in user, which may fail as well."""
    try:
        db.session.rollback()  # PostgreSQL rejects every query in a failed transaction.
        back, typed = way_back(status), typed_texts()
        return render_template("errors/page.html", words=words, back=back, typed=typed), status
    except OUTAGES as error:
        return _show_outage(error)


def way_back(status: int) -> str | None:
    """Return the nearest existing page above the failed one, or its own form if a retry may work.

    For a 404 only pages without parameters count: a parent may be absent as well, and repeating its
    address would tell one absent thing from another. None if there is no such page.
    """
    path = request.path
    final = {NotAllowed.status, exceptions.NotFound.code, DomainError.status}
    if request.method == "GET" or status in final:
        path = path.rpartition("/")[0]
    return page_above(path, may_be_absent=status != exceptions.NotFound.code)


def typed_texts() -> list[str]:
    """Return the texts typed into a rejected form, to be copied from its error page."""
    if request.method != "POST" or _is_secret() or not current_user.is_authenticated:
        return []
    return texts_in((k, v) for k, v in sent_fields() if k != CSRF)


def _show_broken(error: InternalServerError) -> ResponseReturnValue:
    """Render an error of an error handler or a hook, which Flask passes to no other handler."""
    original = error.original_exception
    if isinstance(original, OUTAGES) and is_outage(original):
        return _offer_again(original)
    return show_http_error(error)


def _show_outage(error: Exception) -> ResponseReturnValue:
    if not is_outage(error):
        raise error
    current_app.log_exception(sys.exc_info())
    return _offer_again(error)


def _offer_again(error: Exception) -> ResponseReturnValue:
    """Offer to send the same request again; the page needs neither database nor session."""
    with contextlib.suppress(*OUTAGES):
        db.session.rollback()
    g._login_user = login_manager.anonymous_user()  # noqa: SLF001  # No query for the user.
    is_post = request.method == "POST"
    again = [] if _is_secret() else sent_fields()
    typed: list[str] = []
    if again and has_file():  # A page cannot fill in a file field.
        again, typed = [], texts_in((k, v) for k, v in again if k != CSRF)
    outage = outage_of(error)
    words = words_of(outage) if isinstance(outage, Occupied) else ""
    facts = {"again": again, "typed": typed, "words": words}
    html = render_template("errors/outage.html", is_post=is_post, **facts)
    return html, Outage.status, {"Retry-After": str(RETRY_AFTER)}


def _is_secret() -> bool:
    """Return whether the form may hold a password, which no page repeats."""
    return request.blueprint == "accounts"
