"""What the rows of a list do to the tickets on file: new, changed, or known as they are."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from itertools import islice
from typing import Any

from evalsys.core.errors import N_
from evalsys.core.permissions import Actor
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.foundation.uploads.tables import TableRow
from evalsys.supervision.hotline.imports.queries import (
    KnownTicket,
    NumberedMatter,
    matters_by_number,
    organs_by_word,
    tickets_by_number,
)
from evalsys.supervision.hotline.imports.rows import TicketReader
from evalsys.supervision.hotline.queries import numbers_not_judged
from evalsys.supervision.hotline.rules import TicketEntry
from evalsys.supervision.numbers import OfAnotherOrgan

CHUNK = 500  # rows of one transaction
TWICE = N_("This number stands in row %(row)s already")
CALLED_BEFORE = N_("The call-back on file is of an earlier day")
OTHER_DAY = N_("The day of receipt is on file; only the office of the city changes it")
NOT_YOURS = N_("You answer for its matter, or lead who does: somebody else brings this row")
GIVEN_TO = N_(
    "Matter %(number)s has this number and was given to %(organ)s: name that organ, or correct the "
    "number"
)


class TicketOpening(Enum):
    """What becomes the matter of an open ticket."""

    NOTHING = "nothing"  # It has one, or is closed.
    TAKEN = "taken"  # The one that the office took in by hand.
    NEW = "new"
    FOLLOWING = "following"  # A new one, which follows the closed one: the ticket is open again.


@dataclass(frozen=True)
class Fate:
    """What is on file of the number of a row, and what becomes its matter."""

    on_file: KnownTicket | None
    matter: NumberedMatter | None
    opening: TicketOpening
    is_barred: bool  # The person answers for it, and so changes nothing of it.


@dataclass(frozen=True)
class ChangedTicket:
    """A known ticket that a list tells otherwise: field -> (before, after)."""

    known: KnownTicket
    entry: TicketEntry
    changes: Mapping[str, tuple[Any, Any]]


@dataclass
class ReadChunk:
    """Some rows of a list, read; `numbered` are their entries with the numbers of the rows."""

    numbered: list[tuple[int, TicketEntry]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    rows: int = 0


@dataclass
class ChunkPlan:
    """What some rows of a list do; `wrong` rows are left out.

    `to_open` are the tickets that become a matter, `following` the numbers of those that had a
    closed one; `taken` is number -> matter that the office took in by hand.
    """

    new: list[TicketEntry] = field(default_factory=list)
    changed: list[ChangedTicket] = field(default_factory=list)
    same_ids: list[int] = field(default_factory=list)
    wrong: int = 0
    problems: list[CellProblem] = field(default_factory=list)
    to_open: list[TicketEntry] = field(default_factory=list)
    following: set[str] = field(default_factory=set)
    taken: dict[str, int] = field(default_factory=dict)


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
    """Compare a chunk with the tickets on file, and with the matters of their numbers."""
    numbers = [entry.number for _, entry in chunk.numbered]
    known, matters = tickets_by_number(numbers), matters_by_number(numbers)
    barred = numbers_not_judged(actor, numbers)
    plan = ChunkPlan(problems=[*chunk.problems])
    for row, entry in chunk.numbered:
        on_file, matter = known.get(entry.number), matters.get(entry.number)
        opening = what_opens(_is_open(entry, on_file, fields), on_file, matter)
        fate = Fate(on_file, matter, opening, is_barred=entry.number in barred)
        if problem := _problem(actor, entry, fate, fields):
            plan.problems.append(CellProblem(row, *problem))
            continue
        if on_file is None:
            plan.new.append(replace(entry, is_open=entry.is_open is not False))
        elif changes := on_file.changes(entry, fields):
            plan.changed.append(ChangedTicket(on_file, entry, changes))
        else:
            plan.same_ids.append(on_file.id)
            continue
        _note_opening(plan, entry, fate)
    plan.wrong = len({problem.row for problem in plan.problems})
    plan.problems.sort(key=lambda problem: problem.row)
    return plan


def _is_open(entry: TicketEntry, on_file: KnownTicket | None, fields: Collection[str]) -> bool:
    """Return whether a ticket is open after a list."""
    if on_file is None:
        return entry.is_open is not False
    return bool(on_file.told(entry, fields).get("status", on_file.values["is_open"]))


def what_opens(
    is_open: bool,  # noqa: FBT001  # What the list says.
    on_file: KnownTicket | None,
    matter: NumberedMatter | None,
) -> TicketOpening:
    """Return what becomes the matter of a ticket, which had one or not.

    One that was closed at the hotline and is open again has a new one if its own is closed. One
    that stayed open while its matter was closed waits for the hotline.
    """
    if not is_open:
        return TicketOpening.NOTHING
    is_again = on_file is not None and not on_file.values["is_open"]
    if on_file is not None and on_file.matter_id is not None:
        follows = is_again and on_file.has_closed_matter
        return TicketOpening.FOLLOWING if follows else TicketOpening.NOTHING
    if matter is None:
        return TicketOpening.NEW
    return TicketOpening.FOLLOWING if is_again and matter.is_closed else TicketOpening.TAKEN


def _note_opening(plan: ChunkPlan, entry: TicketEntry, fate: Fate) -> None:
    """Note in a plan what becomes the matter of a ticket."""
    if fate.opening is TicketOpening.TAKEN and fate.matter is not None:
        plan.taken[entry.number] = fate.matter.case_id
    elif fate.opening is not TicketOpening.NOTHING:
        plan.to_open.append(entry)
    if fate.opening is TicketOpening.FOLLOWING:
        plan.following.add(entry.number)


def _problem(
    actor: Actor, entry: TicketEntry, fate: Fate, fields: Collection[str]
) -> tuple[str, str, str, dict[str, Any]] | None:
    """Return why a row cannot be written beside what is on file: field, value, words, params."""
    on_file, matter = fate.on_file, fate.matter
    if _is_elsewhere(actor, on_file, matter):
        return "number", entry.number, OfAnotherOrgan.message, {}
    if (
        fate.opening is TicketOpening.TAKEN
        and matter is not None
        and matter.organ_id != entry.organ_id
    ):
        return "number", entry.number, GIVEN_TO, {"number": matter.number, "organ": matter.organ}
    if on_file is not None and (wrong := _wrong_day(actor, entry, on_file, fields)):
        return "received_on", entry.received_on.isoformat(), wrong, {}
    if fate.is_barred and (told := _first_told(entry, on_file, fields)):
        return told, "", NOT_YOURS, {}
    return None


def _first_told(
    entry: TicketEntry, on_file: KnownTicket | None, fields: Collection[str]
) -> str | None:
    """Return the first field that a row tells anew, None if the ticket is known as it stands."""
    return "number" if on_file is None else next(iter(on_file.changes(entry, fields)), None)


def _is_elsewhere(actor: Actor, on_file: KnownTicket | None, matter: NumberedMatter | None) -> bool:
    """Return whether a number is another organ's: its ticket, or the matter that it would get."""
    if actor.organ_id is None:
        return False
    if on_file is not None and actor.organ_id != on_file.values["organ_id"]:
        return True
    has_matter = on_file is not None and on_file.matter_id is not None
    return not has_matter and matter is not None and matter.organ_id != actor.organ_id


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
