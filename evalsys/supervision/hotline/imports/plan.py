"""What the rows of a list do to the tickets on file: new, changed, or known as they are."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any

from evalsys.core.errors import N_
from evalsys.core.permissions import Actor
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.foundation.uploads.tables import TableRow
from evalsys.supervision.hotline.imports.queries import (
    KnownTicket,
    numbers_elsewhere,
    organs_by_word,
    tickets_by_number,
)
from evalsys.supervision.hotline.imports.rows import TicketReader
from evalsys.supervision.hotline.rules import TicketEntry

CHUNK = 500  # rows of one transaction
TWICE = N_("This number stands in row %(row)s already")
CALLED_BEFORE = N_("The call-back on file is of an earlier day")
OTHER_DAY = N_("The day of receipt is on file; only the office of the city changes it")
ELSEWHERE = N_("This number is on file with another organ")


@dataclass(frozen=True)
class ChangedTicket:
    """A known ticket that a list tells otherwise: field -> (before, after)."""

    known: KnownTicket
    entry: TicketEntry
    changes: Mapping[str, tuple[Any, Any]]
    opens_matter: bool


@dataclass
class ReadChunk:
    """Some rows of a list, read; `numbered` are their entries with the numbers of the rows."""

    numbered: list[tuple[int, TicketEntry]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    rows: int = 0


@dataclass
class ChunkPlan:
    """What some rows of a list do; `wrong` rows are left out."""

    new: list[TicketEntry] = field(default_factory=list)
    changed: list[ChangedTicket] = field(default_factory=list)
    same_ids: list[int] = field(default_factory=list)
    wrong: int = 0
    problems: list[CellProblem] = field(default_factory=list)

    @property
    def to_open(self) -> list[TicketEntry]:
        """The tickets that become a matter: open ones without one."""
        new = [entry for entry in self.new if entry.is_open]
        return new + [one.entry for one in self.changed if one.opens_matter]


def read_chunks(actor: Actor, rows: Iterable[TableRow], on: date) -> Iterator[ReadChunk]:
    """Yield the rows of a list in chunks; a number that comes twice is read once."""
    reader, seen = TicketReader(organs_by_word(actor), on), dict[str, int]()
    stream = iter(rows)
    while some := list(islice(stream, CHUNK)):
        chunk = ReadChunk(rows=len(some))
        for row in some:
            read = reader.read(row)
            entry = read.entry
            if entry is not None and seen.setdefault(entry.number, row.number) != row.number:
                read.problem("number", entry.number, TWICE, row=seen[entry.number])
            elif entry is not None:
                chunk.numbered.append((row.number, entry))
            chunk.problems += read.problems
        yield chunk


def plan_chunk(actor: Actor, chunk: ReadChunk, fields: Collection[str]) -> ChunkPlan:
    """Compare a chunk with the tickets on file, and with matters of other organs."""
    numbers = [entry.number for _, entry in chunk.numbered]
    known, elsewhere = tickets_by_number(numbers), numbers_elsewhere(actor, numbers)
    plan = ChunkPlan(problems=[*chunk.problems])
    for row, entry in chunk.numbered:
        on_file = known.get(entry.number)
        if _is_elsewhere(actor, entry, on_file, elsewhere):
            plan.problems.append(CellProblem(row, "number", entry.number, ELSEWHERE))
        elif on_file is not None and (wrong := _wrong_day(actor, entry, on_file, fields)):
            day = entry.received_on.isoformat()
            plan.problems.append(CellProblem(row, "received_on", day, wrong))
        elif on_file is None:
            plan.new.append(replace(entry, is_open=entry.is_open is not False))
        elif changes := on_file.changes(entry, fields):
            is_open = on_file.told(entry, fields).get("status", on_file.values["is_open"])
            opens = is_open and on_file.matter_id is None
            plan.changed.append(ChangedTicket(on_file, entry, changes, opens))
        else:
            plan.same_ids.append(on_file.id)
    plan.wrong = len({problem.row for problem in plan.problems})
    plan.problems.sort(key=lambda problem: problem.row)
    return plan


def _is_elsewhere(
    actor: Actor, entry: TicketEntry, on_file: KnownTicket | None, elsewhere: Collection[str]
) -> bool:
    """Return whether a number is another organ's: its ticket, or the matter that it would get."""
    if on_file is not None and actor.organ_id not in {None, on_file.values["organ_id"]}:
        return True
    has_matter = on_file is not None and on_file.matter_id is not None
    return entry.number in elsewhere and not has_matter


def _wrong_day(
    actor: Actor, entry: TicketEntry, on_file: KnownTicket, fields: Collection[str]
) -> str | None:
    """Return why a known ticket was not received on another day than is on file.

    The office of one organ would take it out of the rates of its month.
    """
    if entry.received_on == on_file.values["received_on"]:
        return None
    if actor.organ_id is not None:
        return OTHER_DAY
    called_on = on_file.told(entry, fields).get("called_on", on_file.values["called_on"])
    return CALLED_BEFORE if called_on and called_on < entry.received_on else None
