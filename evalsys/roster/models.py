"""Uploaded rosters."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Dialect, ForeignKey, String, TypeDecorator
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User


class BatchState(StrEnum):
    """RECEIVED: to be checked by a job. CHECKED: after the dry run, nothing written yet.

    APPLIED may become UNDONE while no later rows depend on it.
    """

    RECEIVED = "received"
    CHECKED = "checked"
    APPLIED = "applied"
    UNDONE = "undone"


class Report(TypeDecorator[dict[str, Any]]):
    """The report of a dry run, completed by defaults for keys that older versions did not store."""

    impl = JSON
    cache_ok = True
    BEFORE: ClassVar = {"hidden": "ask", "hidden_rows": 0, "names": {}, "renames": []}

    def process_result_value(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        """Return the stored report with defaults for missing keys."""
        return value if value is None else {**self.BEFORE, **value}


class RosterBatch(Model):
    """One roster file: the checked bytes are the applied bytes.

    `report` holds errors and changes of the dry run, `digest` the SHA-256 of its writes, `undo` the
    images that restore the rows. `reason` is why one person is changed. `content` is emptied once
    written, or after a day: the file may hold identity numbers, which are validated but not stored.
    """

    __tablename__ = "roster_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes]
    state: Mapped[BatchState] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    report: Mapped[dict[str, Any]] = mapped_column(Report)
    undo: Mapped[list[Any] | None]
    organ_id: Mapped[int | None] = mapped_column(ForeignKey("organ.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship()
