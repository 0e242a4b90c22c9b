"""The application and its Flask extensions, created bare here and bound in `init_app`."""

import functools
from collections.abc import Callable
from typing import Any, cast

import click
from flask import Flask, Request, Response, current_app, g, has_request_context, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import Babel, get_locale
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.local import LocalProxy

from evalsys.core.city import CityDomain
from evalsys.core.database import Model, render_plain_type

# Nobody waits forever. Compiling what a list asks took 2.1 s, and then running it 0.05 s.
POSTGRESQL = "-c statement_timeout=60000 -c lock_timeout=5000 -c jit=off"


class Sessions(SecureCookieSessionInterface):
    """Flask's own sessions; a visitor without a cookie costs no signer, and next to nothing."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds, or an empty session."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie if something is to be kept, and say that the page depends on it."""
        if session or session.modified:
            super().save_session(app, session, response)
        elif session.accessed and "Vary" not in response.headers:
            response.headers.add("Vary", "Cookie")
        elif session.accessed:
            response.vary.add("Cookie")


class Application(Flask):
    """Flask, without what no page of ours needs and every request would pay for."""

    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or hook as it is: none of ours is a coroutine."""
        return func


class ViewLimiter(Limiter):
    """A limiter that is asked inside the views that have a limit, and before no other request."""

    def init_app(self, app: Flask) -> None:
        """Bind it, without its hooks: there are no limits for all pages, and no headers."""
        hooks = app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs
        known = [list(each[None]) for each in hooks]
        super().init_app(app)
        for each, before in zip(hooks, known, strict=True):
            each[None] = before  # type: ignore[index]  # Three kinds of hooks in one loop.


db = SQLAlchemy(model_class=Model)
metadata: MetaData = Model.metadata
babel = Babel()
babel.domain_instance = CityDomain()
bootstrap = Bootstrap5()
csrf = CSRFProtect()
limiter = ViewLimiter(get_remote_address)
login_manager = LoginManager()


class MigrateGroup(click.Group):
    """`flask db`: Flask-Migrate's own commands, loaded when one is called."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **how: Any,
    ) -> click.Context:
        """Let the real group read its arguments, and run."""
        from flask_migrate.cli import db as group  # type: ignore[import-not-found]  # No stub.

        return cast(click.Context, group.make_context(info_name, args, parent, **how))


def init_app(app: Flask) -> None:
    """Bind every extension to the application."""
    # An error names the statement, never its values: they may be a comment or a ticket.
    options: dict[str, Any] = {"hide_parameters": True}
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        options["connect_args"] = {"options": POSTGRESQL}
        options["pool_pre_ping"] = True
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    _bind_migrate_late(app)
    babel.init_app(app, locale_selector=chosen_locale)
    bootstrap.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    app.add_template_global(get_locale)


def _bind_migrate_late(app: Flask) -> None:
    """Bind Flask-Migrate when it is first asked for: a web server never asks for all of Alembic."""

    def bind() -> object:
        from flask_migrate import Migrate

        Migrate(app, db, render_as_batch=True, render_item=render_plain_type)
        return app.extensions["migrate"]

    app.extensions["migrate"] = LocalProxy(bind)
    app.cli.add_command(MigrateGroup("db", help="Perform database migrations."))


def chosen_locale() -> str | None:
    """Return the language that the visitor chose; until then the one that the browser prefers.

    None, if it asks for none of ours: then that of the installation.
    """
    if not has_request_context():
        return None
    lang, known = chosen("lang"), tuple(current_app.config["LOCALES"])
    return (
        lang
        if lang in known
        else _preferred(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""), known)
    )


@functools.lru_cache(maxsize=512)
def _preferred(header: str, known: tuple[str, ...]) -> str | None:
    """Return which of our languages a browser asks for; most of them say one of a few things."""
    return parse_accept_header(header, LanguageAccept).best_match(known)


def language() -> str:
    """Return the code of the visitor's language, without what dates and numbers need beside it."""
    return chosen_locale() or str(current_app.config["BABEL_DEFAULT_LOCALE"])


def chosen(name: str) -> str | None:
    """Return what the visitor chose: with this very request, or with an earlier one."""
    choices: dict[str, str] = g.get("choices", {})
    return choices.get(name) or cookie(name) or None


def cookie(name: str) -> str:
    """Return what a cookie holds, or nothing; one that is missing costs next to nothing."""
    cookies = request.cookies
    return cookies[name] if name in cookies else ""  # noqa: SIM401  # `get` raises inside.
