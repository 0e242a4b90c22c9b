"""One timeline out of rows of many kinds. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """What kind of thing stands in a timeline."""

    CASE = "case"
    BROUGHT = "brought"  # by a feature, which says how it is drawn
    STATUS = "status"
    LED = "led"
    POSTED = "posted"


@dataclass(frozen=True)
class Event:
    """Something on a day; `subject` is the row that tells it.

    One that a feature brings has a `template`, and `line` for the sheet: which kind of thing, what,
    and what it came to.
    """

    on: date
    mark: Mark
    subject: Any
    template: str = ""
    line: Callable[[Any], tuple[str, str, str]] | None = None


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events with the latest first; of one day in the order of `Mark`, else as given."""
    rank = {mark: place for place, mark in enumerate(Mark)}
    return sorted(events, key=lambda event: (-event.on.toordinal(), rank[event.mark]))
