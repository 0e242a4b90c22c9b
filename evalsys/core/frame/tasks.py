"""What waits for somebody: the lines of the start page, named by the features that know of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from flask import Flask, current_app

from evalsys.core.permissions import Actor


class Group(StrEnum):
    """What a line is for who reads it."""

    STEP = "steps"  # somebody else waits until it is done
    MESSAGE = "messages"  # to be read
    RIGHT = "rights"  # may be done, for one's own sake


@dataclass(frozen=True)
class Task:
    """A demand with its date: a light (`kind` is its letter) or a plain mark (`kind` is empty).

    `due_on` is by when, and what it is sorted by; None comes last. `is_late` says that a duty is
    overdue: a right never is.
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
    """Let a feature name what waits for somebody: few lines each, however much there is."""
    app.extensions.setdefault("evalsys.tasks", []).append(source)


def own_tasks(actor: Actor, now: datetime) -> list[Task]:
    """Return what the features name for the actor: what is late, then the nearest date."""
    sources: list[TaskSource] = current_app.extensions.get("evalsys.tasks", [])
    found = [task for source in sources for task in source(actor, now)]
    return sorted(found, key=lambda task: (not task.is_late, task.due_on or date.max))
