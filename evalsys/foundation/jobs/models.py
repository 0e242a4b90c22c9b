"""The table of jobs, which is also the queue."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.rules import JobState


class Job(Model):
    """A job.

    `scope` is that of the starter, so that a new role does not inherit old files. Every start
    increments `attempt`. `unique_key` makes a scheduled job run exactly once. `result` is the
    return value of the handler, `problem` the error: `message` (a msgid) and `params`. The progress
    of a running job is in `signals`, not here: on SQLite the handler may hold the write lock.
    """

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    worker: Mapped[str | None] = mapped_column(String(120))
    unique_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[dict[str, Any] | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    scope: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def run_id(self) -> str:
        """The id of this attempt, by which its signals are told from earlier ones.

        With the moment of the job, since a restored database gives a number a second time.
        """
        return f"{self.id}.{self.attempt}.{self.created_at.astimezone(UTC):%Y%m%dT%H%M%S%f}"


def numbers_of(run_id: str) -> tuple[int, int]:
    """Return the id of the job and the attempt in the id of a run."""
    job_id, attempt, _moment = run_id.split(".")
    return int(job_id), int(attempt)


def scope_of(actor: Actor) -> str:
    """Return role, organ and section of an actor as a key."""
    return f"{actor.role.value}:{actor.organ_id or ''}:{actor.section_id or ''}"
