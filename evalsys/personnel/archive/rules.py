"""The timeline of many kinds of events, and figures of work beside the score. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from evalsys.core.errors import Message


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


class Bearing(StrEnum):
    """How a figure speaks for whoever it is about."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"


class Part(NamedTuple):
    """A part of a figure: its name, how many, and the letter of a light, "" for none."""

    name: Message
    figure: int
    light: str = ""


@dataclass(frozen=True)
class Achievement:
    """A figure of the work of a person or a section, beside the score.

    `source` is the register with what it counts, `of` what it is out of, None for a mere number.
    `leans` is how it bears if it is not 0; `listed` is the endpoint that lists it by section.
    """

    name: Message
    figure: int
    source: Message
    leans: Bearing = Bearing.NEUTRAL
    of: int | None = None
    parts: Sequence[Part] = ()
    listed: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a figure that is more than what it is out of."""
        most = self.figure if self.of is None else self.of
        if not 0 <= self.figure <= most:
            raise ValueError(f"{self.name}: {self.figure} of {self.of}")

    @property
    def bearing(self) -> Bearing:
        """How it bears: what is 0 speaks neither for nor against anybody."""
        return self.leans if self.figure else Bearing.NEUTRAL


def by_bearing(rows: Iterable[Achievement]) -> dict[Bearing, list[Achievement]]:
    """Return the figures by how they bear: good, bad, neutral; in each as given."""
    found: dict[Bearing, list[Achievement]] = {bearing: [] for bearing in Bearing}
    for row in rows:
        found[row.bearing].append(row)
    return found


def parts_of(names: Iterable[tuple[str, Part]], counts: Mapping[str, int]) -> list[Part]:
    """Return the parts that are not 0, given (what is counted, the part)."""
    return [part._replace(figure=counts[what]) for what, part in names if counts.get(what)]
