"""Registry of the tasks on the start page, contributed by features."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from flask import Flask, current_app

from evalsys.core.permissions import Actor


class Group(StrEnum):
    """The group of a task on the start page."""

    STEP = "steps"  # blocks somebody else until it is done
    MESSAGE = "messages"  # to be read
    RIGHT = "rights"  # optional, in one's own interest


@dataclass(frozen=True)
class Task:
    """A task with its date: a light (`kind` is its letter) or a plain mark (`kind` is empty).

    Sorted by `due_on`, None last. `is_late` means overdue; a RIGHT never is.
    """

    title: str
    detail: str
    mark: str
    endpoint: str
    button: str
    kind: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    group: Group = Group.STEP
    due_on: date | None = None
    is_late: bool = False


TaskSource = Callable[[Actor, datetime], Iterable[Task]]


def add_tasks(app: Flask, source: TaskSource) -> None:
    """Register a feature's source of tasks: a few per actor, however much there is to do."""
    app.extensions.setdefault("evalsys.tasks", []).append(source)


def own_tasks(actor: Actor, now: datetime) -> list[Task]:
    """Return the actor's tasks: overdue ones first, then by date."""
    sources: list[TaskSource] = current_app.extensions.get("evalsys.tasks", [])
    tasks = (task for source in sources for task in source(actor, now))
    return sorted(tasks, key=lambda task: (not task.is_late, task.due_on or date.max))
