"""Dated changes of the organisation as data: which rows to write. Pure.

A span runs from `started_on` to `ended_on`, both inclusive; None means open-ended. On any day a
person has at most one posting, and a section one chief and one leader in charge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from evalsys.core.errors import N_, DomainError

DAY = timedelta(days=1)


OVERLAP = N_("The date must be after %(day)s, when the earlier entry ended")


@dataclass(frozen=True)
class Ref:
    """A reference to a row, possibly new, by its code or staff number."""

    table: str
    key: str


@dataclass(frozen=True)
class Assignment:
    """A dated row; `holder` is the person, section or status that it assigns."""

    id: int
    holder: Any
    started_on: date
    ended_on: date | None

    def lasts_on(self, day: date) -> bool:
        """Return whether the span ends on or after a day, or is open-ended."""
        return self.ended_on is None or self.ended_on >= day


class DatedRow(Protocol):
    """Anything with a first and a last day, both inclusive."""

    @property
    def started_on(self) -> date:
        """The first day."""

    @property
    def ended_on(self) -> date | None:
        """The last day, or None while it lasts."""


def covers(span: DatedRow, day: date) -> bool:
    """Return whether a day lies within a span."""
    return span.started_on <= day and (span.ended_on is None or day <= span.ended_on)


@dataclass(frozen=True)
class Write:
    """One row to write: `before` is None for an insert, `after` for a delete.

    An update has only the changed columns. A value, and the id of an update, may be a Ref.
    """

    table: str
    id: int | Ref | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def insert(table: str, **values: Any) -> Write:
    """Return the insert of a row."""
    return Write(table, None, None, values)


def current(spans: Sequence[Assignment], on: date) -> Assignment | None:
    """Return the latest span that ends on or after a day, or None."""
    return max(
        (span for span in spans if span.lasts_on(on)),
        key=lambda span: span.started_on,
        default=None,
    )


def end(table: str, span: Assignment, last: date) -> Write:
    """Return the update that ends a span on a day, or on its first day if that is later."""
    ended_on = max(last, span.started_on)
    return Write(table, span.id, {"ended_on": span.ended_on}, {"ended_on": ended_on})


def move(
    staff: int | Ref, postings: Sequence[Assignment], section: int | Ref, start: date
) -> list[Write]:
    """Return the writes that post a person to a section; the current posting ends the day before.

    Raises DomainError if the current posting starts on that day or later, or has an end after it.
    """
    here = current(postings, start)
    writes = []
    if here is not None:
        if here.started_on >= start:
            raise DomainError(
                N_("The date must be after %(day)s, since when the present entry holds"),
                day=here.started_on.isoformat(),
            )
        if here.ended_on is not None:
            raise DomainError(OVERLAP, day=here.ended_on.isoformat())
        writes.append(end("posting", here, start - DAY))
    new = insert("posting", staff_id=staff, section_id=section, started_on=start, ended_on=None)
    return [*writes, new]


def restart(postings: Sequence[Assignment], here: Assignment, start: date) -> list[Write]:
    """Return the writes that correct the first day of the current posting.

    The end of an adjacent earlier posting moves along. Raises DomainError if nothing would be left
    of it, or if the new day lies within an earlier posting.
    """
    writes = [Write("posting", here.id, {"started_on": here.started_on}, {"started_on": start})]
    earlier = [span for span in postings if span.started_on < here.started_on]
    before = max(earlier, key=lambda span: span.started_on, default=None)
    if before is None or before.ended_on is None:
        return writes
    touches = before.ended_on == here.started_on - DAY
    if start <= (before.started_on if touches else before.ended_on):
        raise DomainError(
            OVERLAP, day=(before.started_on if touches else before.ended_on).isoformat()
        )
    return [end("posting", before, start - DAY), *writes] if touches else writes


def begin_on(table: str, spans: Sequence[Assignment], here: Assignment, start: date) -> Write:
    """Return the update that corrects the first day of a span.

    Raises DomainError if the day lies within an earlier span.
    """
    earlier = [span.ended_on for span in spans if span.started_on < here.started_on]
    last = max((day for day in earlier if day is not None), default=None)
    if last is not None and start <= last:
        raise DomainError(OVERLAP, day=last.isoformat())
    return Write(table, here.id, {"started_on": here.started_on}, {"started_on": start})


def appoint(
    table: str, section: int | Ref, terms: Sequence[Assignment], staff: int | Ref, start: date
) -> list[Write]:
    """Return the writes that appoint a chief (`chief_term`) or leader in charge (`leader_term`).

    An appointment for the first day of the current term, or an earlier day, replaces its holder.
    """
    here = current(terms, start)
    if here is None:
        return [insert(table, section_id=section, staff_id=staff, started_on=start, ended_on=None)]
    if here.holder == staff:
        return []
    if here.started_on >= start:
        return [Write(table, here.id, {"staff_id": here.holder}, {"staff_id": staff})]
    new = insert(table, section_id=section, staff_id=staff, started_on=start, ended_on=None)
    return [end(table, here, start - DAY), new]


def change_status(
    staff: int | Ref, statuses: Sequence[Assignment], kind: str | None, on: date
) -> list[Write]:
    """Return the writes that change a person's status from a day on; None means on duty."""
    here = current([span for span in statuses if span.started_on <= on], on)
    if (here.holder if here else None) == kind:
        return []
    writes: list[Write] = []
    if here is not None and here.started_on < on:
        writes.append(end("staff_status", here, on - DAY))
    elif here is not None and kind is not None:
        return [Write("staff_status", here.id, {"kind": here.holder}, {"kind": kind})]
    elif here is not None:
        values = {"kind": here.holder, "started_on": here.started_on, "ended_on": here.ended_on}
        return [Write("staff_status", here.id, {"staff_id": staff, **values}, None)]
    if kind is not None:
        values = {"kind": kind, "started_on": on, "ended_on": None}
        writes.append(insert("staff_status", staff_id=staff, **values))
    return writes


def find_cycle(parents: Mapping[str, str | None], start: str) -> list[str]:
    """Return the cycle of parents through a section, or an empty list."""
    way = [start]
    while (parent := parents.get(way[-1])) is not None:
        way.append(parent)
        if parent == start:
            return way
        if parent in way[:-1]:
            return []  # A cycle further up: its own members report it.
    return []
