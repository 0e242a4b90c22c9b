"""Jobs: the state of long work, in a table of our own that outlives a killed worker."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class JobState(StrEnum):
    """Where a job stands. LOST: its worker stopped giving signs of life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LOST = "lost"


class Job(Model):
    """One piece of long work.

    `done` of `total` steps; `total` is None while unknown. `unique_key` makes a scheduled action
    happen exactly once. `result` holds what the handler returned, `problem` why it was refused.
    """

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    unique_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
