"""Merging events of many kinds into one timeline. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """The kind of an event."""

    CASE = "case"
    BROUGHT = "brought"  # by a feature, with its own template
    STATUS = "status"
    LED = "led"
    POSTED = "posted"


@dataclass(frozen=True)
class Event:
    """An event on a day; `subject` is its row.

    Features' events have a `template`, and `line` for the sheet: (kind, what, result).
    """

    on: date
    mark: Mark
    subject: Any
    template: str = ""
    line: Callable[[Any], tuple[str, str, str]] | None = None


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events latest first; within a day in the order of `Mark`, else as given."""
    rank = {mark: place for place, mark in enumerate(Mark)}
    return sorted(events, key=lambda event: (-event.on.toordinal(), rank[event.mark]))
