"""Registry of the tasks on the start page, contributed by features."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from flask import Flask, current_app
from sqlalchemy import func, literal, select

from evalsys.core.database import Query
from evalsys.core.permissions import Action, Actor
from evalsys.core.reads import Together


class Group(StrEnum):
    """The group of a task on the start page."""

    STEP = "steps"  # blocks somebody else until it is done
    MESSAGE = "messages"  # to be read
    RIGHT = "rights"  # optional, in one's own interest


@dataclass(frozen=True)
class Task:
    """A task with its date: a light (`kind` is its letter) or a plain mark (`kind` is empty).

    Sorted by `due_on`, None last. `is_late` means overdue; a RIGHT never is. Without a `button`
    there is nothing to open.
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
# A query for one number, or None where nothing can wait for the actor.
Count = Callable[[Actor, datetime], Query | None]
CountedSource = Callable[[Actor, datetime, int], Iterable[Task]]


def counted(query: Query) -> Query:
    """Return the query that counts the rows of another one."""
    return query.with_only_columns(func.count(), maintain_column_froms=True)


class CountedTasks(NamedTuple):
    """A source of tasks for who may do `action`, and the query that counts them."""

    action: Action
    asks: Count
    tasks: CountedSource


def add_tasks(app: Flask, action: Action, source: TaskSource) -> None:
    """Register a feature's source of tasks: a few per actor, however much there is to do."""
    add_counted_tasks(
        app,
        action,
        lambda _actor, _now: select(literal(1)),
        lambda actor, now, _number: source(actor, now),
    )


def add_counted_tasks(app: Flask, action: Action, count: Count, source: CountedSource) -> None:
    """Register tasks of those who may do `action`; `source` is called unless the count is zero.

    One statement counts for all features, since most counts are zero for most actors; the source
    is given its own.
    """
    app.extensions.setdefault("evalsys.tasks", []).append(CountedTasks(action, count, source))


def own_tasks(actor: Actor, now: datetime, page: Together) -> list[Task]:
    """Return the actor's tasks: overdue ones first, then by date.

    The counts are added to the queries of `page`.
    """
    sources: list[CountedTasks] = current_app.extensions.get("evalsys.tasks", [])
    asked = [(each, each.asks(actor, now)) for each in sources if actor.may(each.action)]
    counts = [(source, page.ask(count)) for source, count in asked if count is not None]
    found = [
        task
        for source, count in counts
        if (number := count())
        for task in source.tasks(actor, now, number)
    ]
    return sorted(found, key=lambda task: (not task.is_late, task.due_on or date.max))
