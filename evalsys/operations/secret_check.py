"""Check that the configured secret key is the one of the database.

Under another key the contacts of raters, sealed reviews and second factors cannot be read, and data
written under it is unreadable with the right key. So the web server, the worker and every command
refuse to start, except those that inspect or repair a database: counting would silently skip every
ballot, and a list of services would issue tickets a second time.
"""

import functools
import hmac
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from flask import Flask, current_app
from sqlalchemy import inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from evalsys.core.audit import unaudited_unit, unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.core.sealing import derive
from evalsys.foundation.accounts.factor.service import can_be_read
from evalsys.foundation.accounts.models import User
from evalsys.operations.models import Installation
from evalsys.ratings.ballots.models import Intake
from evalsys.ratings.ballots.sealing import can_be_opened

P = ParamSpec("P")
R = TypeVar("R")

PROBES = 20  # rows of each kind that are tried
MENDING = frozenset({"secret", "db", "doctor", "backup", "restore"})  # commands for any key


class WrongSecret(DomainError):
    """The database belongs to another secret key."""

    message = N_(
        "EVALSYS_SECRET_KEY is not the key of this database. Put the right one back (it may stand "
        "in instance/secret_key, or in your safe). If it is lost: flask secret adopt"
    )


def check_value(secret: str) -> bytes:
    """Return the 32 bytes that a database stores to recognise its secret key."""
    return derive(secret, "key check/v1")


def refuse_another_secret() -> None:
    """Check the secret key against the database; store it in a database that has none yet.

    A database without tables is skipped: the migrations come first. Raises WrongSecret.
    """
    if not inspect(db.engine).has_table(Installation.__tablename__):
        return
    if is_another_secret():
        raise WrongSecret
    if db.session.scalar(select(Installation.key_check)) is None:
        mine = check_value(current_app.config["SECRET_KEY"])
        with unaudited_unit():  # Servers that start together write the same value.
            db.session.execute(update(Installation).values(key_check=mine))
    db.session.rollback()


def is_another_secret() -> bool:
    """Return whether the database belongs to another secret key.

    Without a stored value, as in a restored backup of an older version, sealed rows are tried: else
    the database would adopt the first key it sees, and they would be lost.
    """
    kept = db.session.scalar(select(Installation.key_check))
    if kept is not None:
        return not hmac.compare_digest(kept, check_value(current_app.config["SECRET_KEY"]))
    waiting = db.session.execute(select(Intake.name, Intake.sealed).limit(PROBES))
    factors = select(User.totp_secret).where(User.totp_secret.is_not(None)).limit(PROBES)
    return any(not can_be_opened(*row) for row in waiting) or any(
        not can_be_read(secret) for secret in db.session.scalars(factors) if secret
    )


def stop_with_another_secret(app: Flask) -> None:
    """Refuse to start a server with another secret key; one whose database is down starts anyway.

    Raises SystemExit with the remedy.
    """
    with app.app_context():
        try:
            refuse_another_secret()
        except WrongSecret as error:
            raise SystemExit(words_of(error)) from None
        except SQLAlchemyError:
            app.logger.exception("the database does not answer at the start")
        finally:
            db.session.remove()
            db.engine.dispose()


def guard_commands(app: Flask) -> None:
    """Make all commands refuse another secret key, except those in MENDING."""
    for name, command in app.cli.commands.items():
        if name not in MENDING:
            _guard(app, command)


def _guard(app: Flask, command: click.Command) -> None:
    if isinstance(command, click.Group):
        for part in command.commands.values():
            _guard(app, part)
    elif command.callback is not None:
        command.callback = _refusing(app, command.callback)


def _refusing(app: Flask, callback: Callable[P, R]) -> Callable[P, R]:
    """Return the callback of a command with the check before it."""

    @functools.wraps(callback)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        with app.app_context():
            try:
                refuse_another_secret()
            except WrongSecret as error:
                raise click.ClickException(words_of(error)) from error
            except SQLAlchemyError:
                db.session.rollback()  # The command says itself that the database is away.
        return callback(*args, **kwargs)

    return checked


def adopt_secret() -> None:
    """Make the configured key that of the database; data encrypted by the old one is lost."""
    mine = check_value(current_app.config["SECRET_KEY"])
    with unit_of_work(SYSTEM) as unit:
        db.session.execute(update(Installation).values(key_check=mine))
        unit.record(Action.SECRET_ADOPT, "installation")
