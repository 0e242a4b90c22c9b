"""What features bring into the timeline of an archive beside cases, sections and statuses."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from flask import Flask, current_app

from evalsys.cases.engine.models import Subject
from evalsys.personnel.archive.rules import Event

EventSource = Callable[[Sequence[Subject], date], Iterable[Event]]


def add_events(app: Flask, source: EventSource) -> None:
    """Let a feature tell what happened in some cases of a person up to a day."""
    app.extensions.setdefault("evalsys.events", []).append(source)


def brought_events(cases: Sequence[Subject], on: date) -> Iterator[Event]:
    """Yield what the features tell of the cases that a reader may see."""
    sources: list[EventSource] = current_app.extensions.get("evalsys.events", [])
    for source in sources:
        yield from source(cases, on)
