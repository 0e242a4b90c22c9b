"""Jobs: the state of long work, in a table of our own that outlives a killed worker."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.rules import JobState


class Job(Model):
    """One piece of long work.

    `scope` is what the starter could see, so that a new role does not inherit old files. `worker`
    is who runs it; every new start counts up `attempt`. `unique_key` makes a scheduled action
    happen exactly once. `result` holds what the handler returned, `problem` why it did not:
    `message` (a msgid) and `params`. How far a running job is stands in `signals`, not here: on
    SQLite the handler itself may hold the only write lock.
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
        """Name this attempt, so that signals of an earlier one are not taken for it."""
        return f"{self.id}.{self.attempt}"


def scope_of(actor: Actor) -> str:
    """Write down what an actor may see: role, organ, section."""
    return f"{actor.role.value}:{actor.organ_id or ''}:{actor.section_id or ''}"
