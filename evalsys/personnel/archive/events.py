"""The registry of features' events in the timeline of an archive."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from flask import Flask, current_app

from evalsys.cases.engine.models import Subject
from evalsys.personnel.archive.rules import Event

EventSource = Callable[[Sequence[Subject], date], Iterable[Event]]


def add_events(app: Flask, source: EventSource) -> None:
    """Register a source of events in a person's cases up to a day."""
    app.extensions.setdefault("evalsys.events", []).append(source)


def brought_events(cases: Sequence[Subject], on: date) -> Iterator[Event]:
    """Yield the features' events in the cases that a reader may see."""
    sources: list[EventSource] = current_app.extensions.get("evalsys.events", [])
    for source in sources:
        yield from source(cases, on)
