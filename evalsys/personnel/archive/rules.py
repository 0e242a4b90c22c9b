"""One timeline out of rows of many kinds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """What kind of thing stands in a timeline."""

    CASE = "case"
    TRAINING = "training"
    STATUS = "status"
    LED = "led"
    POSTED = "posted"


@dataclass(frozen=True)
class Event:
    """Something on a day; `subject` is the row that tells it."""

    on: date
    mark: Mark
    subject: Any


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events with the latest first; of one day in the order of `Mark`, else as given."""
    rank = {mark: place for place, mark in enumerate(Mark)}
    return sorted(events, key=lambda event: (-event.on.toordinal(), rank[event.mark]))
