"""How errors reach people: every error page, and the refusals of commands, in one place."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, IntegrityError, NoResultFound
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from evalsys.core.errors import Conflict, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import day_words

P = ParamSpec("P")
R = TypeVar("R")


def init_app(app: Flask) -> None:
    """Register the handlers. Their order does not matter: Flask picks the most specific."""
    app.register_error_handler(HTTPException, _show_http_error)
    # A number that no column holds, or a zero byte in a search: nothing of that name is here.
    for absent in (NoResultFound, DataError, OverflowError):
        app.register_error_handler(absent, lambda _: _show_http_error(NotFound()))
    app.register_error_handler(DomainError, _show_domain_error)
    app.register_error_handler(IntegrityError, lambda _: _show_domain_error(Conflict()))


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

    return wrapped


def words_of(error: DomainError) -> str:
    """Say a broken rule in the user's language."""
    params = {
        name: day_words(value, weekday=False) if isinstance(value, date) else value
        for name, value in error.params.items()
    }
    return str(gettext(error.message, **params))


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


def _show_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:  # A redirect in disguise, such as a missing slash.
        return error
    db.session.rollback()  # PostgreSQL answers nothing more in a transaction that failed.
    code = error.code or InternalServerError.code
    return render_template("errors/page.html", words=_words(code)), code


def _show_domain_error(error: DomainError) -> ResponseReturnValue:
    """Show a broken rule in the user's language with its own status."""
    message = words_of(error)
    title = _("Not found") if error.status == NotFound.code else _("Not possible")
    return render_template("errors/page.html", words=(title, message)), error.status
