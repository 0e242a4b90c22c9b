"""Uploaded lists of tickets, and which column meant what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User


class ImportStage(StrEnum):
    """RECEIVED: its columns are to be named. MAPPED: they are, and the trial run is to come.

    CHECKED: after the trial run, nothing written. WRITING: row by row, until WRITTEN.
    """

    RECEIVED = "received"
    MAPPED = "mapped"
    CHECKED = "checked"
    WRITING = "writing"
    WRITTEN = "written"


class HotlineImport(Model):
    """A list of tickets: the checked bytes are the written bytes.

    `head` holds the headings with samples, and the treatment of hidden rows; `columns` maps each
    heading that is read to its field. `report` holds errors and changes of the trial run, `written`
    how many rows did what so far. `content` and samples are emptied once written, or after a day:
    they may name callers. `size` is in bytes.
    """

    __tablename__ = "hotline_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)
    stage: Mapped[ImportStage] = mapped_column(index=True)
    head: Mapped[dict[str, Any]]
    columns: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    written: Mapped[dict[str, Any]]
    organ_id: Mapped[int | None] = mapped_column(ForeignKey("organ.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    written_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class RememberedColumns(Model):
    """Which field each heading of a list meant to an office, by the set of its headings.

    `organ_id` is the organ of the office, None for that of the city.
    """

    __tablename__ = "remembered_columns"
    __table_args__ = (UniqueConstraint("organ_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organ_id: Mapped[int | None] = mapped_column(ForeignKey("organ.id"))
    digest: Mapped[str] = mapped_column(String(64))
    fields: Mapped[dict[str, Any]]
    used_at: Mapped[datetime] = mapped_column(index=True)
