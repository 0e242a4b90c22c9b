"""Whether the secret key is the one that the database belongs to.

Under another key nobody can read the contacts of raters, open the envelopes of reviews or prove a
second factor, and what is written meanwhile the right key cannot read either. So the web server and
the worker refuse to start; commands that mend it do not.
"""

import hmac

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

PROBES = 20  # rows of a kind that are looked at


class WrongSecret(DomainError):
    """The database belongs to another secret key."""

    message = N_(
        "EVALSYS_SECRET_KEY is not the key of this database. Put the right one back (it may stand "
        "in instance/secret_key, or in your safe). If it is lost: flask secret adopt"
    )


def check_value(secret: str) -> bytes:
    """Return what a database keeps of its secret key: 32 bytes from which nobody gets it back."""
    return derive(secret, "key check/v1")


def refuse_another_secret() -> None:
    """Compare the key with the database's; a database that has none yet takes it.

    A database without tables is left alone: the migrations come first. Raises WrongSecret.
    """
    if not inspect(db.engine).has_table(Installation.__tablename__):
        return
    if is_another_secret():
        raise WrongSecret
    if db.session.scalar(select(Installation.key_check)) is None:
        mine = check_value(current_app.config["SECRET_KEY"])
        with unaudited_unit():  # Two servers that start together write the same.
            db.session.execute(update(Installation).values(key_check=mine))
    db.session.rollback()


def is_another_secret() -> bool:
    """Say whether the database belongs to another key.

    One that has no value yet, as a restored backup of an older version, tells it by what it holds
    sealed: that would else be given to whatever key comes first, and be lost.
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
    """Keep a server from starting. One whose database is away starts, and says 503 until it comes.

    Raises SystemExit with the way out.
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


def adopt_secret() -> None:
    """Make the present key the database's. What the old one encrypted stays unreadable."""
    mine = check_value(current_app.config["SECRET_KEY"])
    with unit_of_work(SYSTEM) as unit:
        db.session.execute(update(Installation).values(key_check=mine))
        unit.record(Action.SECRET_ADOPT, "installation")
