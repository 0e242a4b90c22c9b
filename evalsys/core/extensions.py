"""The application class and the Flask extensions, created unbound and bound in `init_app`."""

import functools
from collections.abc import Callable
from typing import Any, cast

import click
from flask import Flask, Request, Response, current_app, g, has_request_context, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import Babel, get_locale
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.local import LocalProxy

from evalsys.core.city import CityDomain, count_in_templates
from evalsys.core.clients import current_client
from evalsys.core.database import Model, render_plain_type
from evalsys.core.database.postgresql import RestedPool
from evalsys.core.database.sqlite import expect_file
from evalsys.core.forms import CleanRequest

# Time limits in ms. JIT compilation of a list query took 2.1 s, running it 0.05 s.
POSTGRESQL = "-c statement_timeout=60000 -c lock_timeout=5000 -c jit=off"
# A server that is silent, as one without power, is an outage after these seconds (the last: ms).
# By default a page waits two minutes to connect, and a quarter of an hour for an answer.
SILENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

# A connection beyond the size of a pool is closed as soon as it is returned, and made anew for the
# next visitor. The last one returned is lent first: the others rest.
POOL = {"poolclass": RestedPool, "pool_size": 15, "max_overflow": 0, "pool_use_lifo": True}


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, without creating a signer for a visitor who has no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of the cookie, or an empty one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie if the session is used, and `Vary` if it was read."""
        if session or session.modified:
            super().save_session(app, session, response)
        elif session.accessed and "Vary" not in response.headers:
            response.headers.add("Vary", "Cookie")
        elif session.accessed:
            response.vary.add("Cookie")


class Application(Flask):
    """Flask without the per-request overhead that no view here needs."""

    session_interface = Sessions()
    request_class = CleanRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged: no view or hook is a coroutine."""
        return func


class ViewLimiter(Limiter):
    """A limiter that checks inside the views that have a limit, not before every request."""

    def init_app(self, app: Flask) -> None:
        """Bind the limiter without its request hooks: there are no default limits or headers."""
        hooks = app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs
        known = [list(each[None]) for each in hooks]
        super().init_app(app)
        for each, before in zip(hooks, known, strict=True):
            each[None] = before  # type: ignore[index]  # Three kinds of hooks in one loop.


db = SQLAlchemy(model_class=Model)
metadata: MetaData = Model.metadata


def lock_row(row: Model) -> None:
    """Read a row again and lock it until the end of the transaction.

    The row alone: one that was loaded together with others is read with them again, and PostgreSQL
    locks no row on the optional side of a join.
    """
    db.session.refresh(row, with_for_update={"of": type(row)})


babel = Babel()
babel.domain_instance = CityDomain()
bootstrap = Bootstrap5()
csrf = CSRFProtect()
# Without the storage that web servers share each of them counts for itself until it is back.
limiter = ViewLimiter(
    current_client,
    storage_options={"wrap_exceptions": True},
    in_memory_fallback_enabled=True,
)
login_manager = LoginManager()


class MigrateGroup(click.Group):
    """`flask db`: Flask-Migrate's own commands, loaded when one is called, and what is added."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **how: Any,
    ) -> click.Context:
        """Delegate to the real group, importing Flask-Migrate now."""
        from flask_migrate.cli import db as group  # type: ignore[import-not-found]  # No stub.

        for command in self.commands.values():
            group.add_command(command)
        return cast(click.Context, group.make_context(info_name, args, parent, **how))


def init_app(app: Flask) -> None:
    """Bind every extension to the application."""
    # Errors show the statement without its values, which may be a comment or a ticket.
    options: dict[str, Any] = {"hide_parameters": True}
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        options["connect_args"] = {"options": POSTGRESQL, **SILENCE}
        options |= POOL
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    expect_file(app.config["SQLALCHEMY_DATABASE_URI"])
    _bind_migrate_late(app)
    babel.init_app(app, locale_selector=chosen_locale)
    count_in_templates(app)
    bootstrap.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    app.add_template_global(get_locale)


def _bind_migrate_late(app: Flask) -> None:
    """Bind Flask-Migrate at first use: a web server never needs to import Alembic."""
    group = MigrateGroup("db", help="Perform database migrations.")

    def bind() -> object:
        from flask_migrate import Migrate

        Migrate(app, db, render_as_batch=True, render_item=render_plain_type)
        app.cli.add_command(group)  # In whose place it has put its own.
        return app.extensions["migrate"]

    app.extensions["migrate"] = LocalProxy(bind)
    app.cli.add_command(group)


def chosen_locale() -> str | None:
    """Return the language the visitor chose, or else the one the browser prefers.

    None means the default of the installation.
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
    """Return the best match for an Accept-Language header, or None. Cached: few headers differ."""
    return parse_accept_header(header, LanguageAccept).best_match(known)


def language() -> str:
    """Return the code of the visitor's language, without the cost of a Locale."""
    return chosen_locale() or str(current_app.config["BABEL_DEFAULT_LOCALE"])


def chosen(name: str) -> str | None:
    """Return the visitor's choice, from this request or from a cookie; None if there is none."""
    choices: dict[str, str] = g.get("choices", {})
    return choices.get(name) or cookie(name) or None


def cookie(name: str) -> str:
    """Return the value of a cookie, or an empty string."""
    cookies = request.cookies
    return cookies[name] if name in cookies else ""  # noqa: SIM401  # `get` raises inside.
