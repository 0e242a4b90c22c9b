"""Imports that wait between their dry run and their confirmation."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.accounts.models import User
from evalsys.core.database import Model


class BatchState(StrEnum):
    """CHECKED: nothing written yet. APPLIED may be UNDONE while nothing was built upon it."""

    CHECKED = "checked"
    APPLIED = "applied"
    UNDONE = "undone"


class RosterBatch(Model):
    """One roster file: the bytes that were checked are the bytes that are applied.

    `report` holds errors and changes of the dry run, `digest` the SHA-256 of what it would write,
    `undo` the images that restore the rows. `content` is emptied once written, or after a day: the
    file may hold identity numbers, which are checked but not kept.
    """

    __tablename__ = "roster_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes]
    state: Mapped[BatchState] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    report: Mapped[dict[str, Any]]
    undo: Mapped[list[Any] | None]
    organ_id: Mapped[int | None] = mapped_column(ForeignKey("organ.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship()
