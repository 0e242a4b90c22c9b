"""The Flask extensions, created bare here and bound to the application in `init_app`."""

from typing import Any, cast

import click
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from werkzeug.local import LocalProxy

from evalsys.core.city import CityDomain
from evalsys.core.database import Model, render_plain_type

db = SQLAlchemy(model_class=Model)
metadata: MetaData = Model.metadata
babel = Babel()
babel.domain_instance = CityDomain()
bootstrap = Bootstrap5()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)
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
        options["connect_args"] = {"options": "-c statement_timeout=60000 -c lock_timeout=5000"}
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
    lang, known = chosen("lang"), current_app.config["LOCALES"]
    return lang if lang in known else request.accept_languages.best_match(known)


def chosen(name: str) -> str | None:
    """Return what the visitor chose: with this very request, or with an earlier one."""
    choices: dict[str, str] = g.get("choices", {})
    return choices.get(name) or request.cookies.get(name)
