"""Units of work: one use case, one transaction, its audit lines. The only module that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, func, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import BareConnection, Model, bare_connection
from evalsys.core.database.sqlite import WRITES, write_lock
from evalsys.core.errors import NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor, Role


class AuditEvent(Model):
    """An audit line: who did what to what. Append-only; database triggers reject changes."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[Action] = mapped_column(index=True)
    role: Mapped[Role]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[dict[str, Any]]


class Unit:
    """The running use case of one actor. Steps in other features take it as `unit`."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.recorded = 0

    def nothing_to_do(self) -> None:
        """Accept a use case that changed nothing, and so has no audit line."""
        self.recorded += 1

    def record(self, action: Action, subject: Any, **details: Any) -> None:
        """Add the audit line of `action` on `subject`, a row or a plain string.

        `details` hold JSON values only: no ratings, no contacts, no secrets.
        Raises NotAllowed if the actor may not do it.
        """
        if not self.actor.may(action):
            raise NotAllowed
        kind, key = "word", str(subject)
        if isinstance(subject, Model):
            if not inspect(subject, raiseerr=True).identity:
                db.session.flush()  # Generates the key.
            kind = getattr(subject, "audited_as", subject.__tablename__)
            named = getattr(subject, "audited_by", None)
            identity = inspect(subject, raiseerr=True).identity or ()
            key = "/".join(
                part.hex() if isinstance(part, bytes) else str(part)
                for part in ((getattr(subject, named),) if named else identity)
            )
        db.session.add(
            AuditEvent(
                at=datetime.now(UTC),
                action=action,
                role=self.actor.role,
                user_id=self.actor.user_id,
                subject_type=kind,
                subject_id=key,
                details=details,
            )
        )
        self.recorded += 1


@contextmanager
def _write(*, wait: bool = True) -> Iterator[None]:
    """Run a write transaction under the write lock: commit, or roll back and re-raise."""
    if db.session.info.get("unit"):
        raise RuntimeError("units do not nest: pass `unit` to the step")
    if db.session.new or db.session.dirty or db.session.deleted:
        raise RuntimeError("a change outside a unit of work")
    db.session.rollback()  # Ends the read transaction: the write must see current rows.
    db.session.info["unit"] = True
    try:
        with write_lock(db.engine, wait=wait):
            try:
                db.session.connection(execution_options={WRITES: True})
                yield
                db.session.commit()
            except BaseException:
                db.session.rollback()
                raise
    finally:
        db.session.info["unit"] = False


@contextmanager
def unit_of_work(actor: Actor) -> Iterator[Unit]:
    """Commit the use case with its audit lines, or roll everything back and re-raise.

    Raises RuntimeError if nothing was recorded: an unaudited change is a bug.
    """
    unit = Unit(actor)
    with _write():
        yield unit
        if not unit.recorded:
            raise RuntimeError("a use case without an audit line")


@contextmanager
def unaudited_unit(*, wait: bool = True) -> Iterator[None]:
    """Commit without an audit line.

    For a citizen's ballot (an audit line would give it a time), a session's heartbeat and a job's
    progress. Raises Busy if the lock is held and `wait` is False.
    """
    with _write(wait=wait):
        yield


def lock_until_commit(key: int) -> None:
    """Keep everybody else who names the same number waiting until this transaction ends.

    On SQLite a write transaction is alone anyway. Rows that lie on several machines cannot be
    locked one by one; whoever changes them names a number instead.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(key)))


@contextmanager
def silent_statement() -> Iterator[BareConnection]:
    """Yield a bare connection for one write without audit line or session, e.g. a ballot.

    Each statement commits by itself and is durable before it returns.
    """
    if db.session.registry.has():
        db.session.rollback()  # Ends the read transaction: later reads must see this write.
    with write_lock(db.engine), bare_connection(db.engine) as connection:
        yield connection
