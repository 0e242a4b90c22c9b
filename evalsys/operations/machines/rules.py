"""Which tables are distributed over several machines, and by which column. Pure.

What grows with the citizens is distributed; every other table is copied to each machine (a
reference table). Tables with the same column are colocated: equal values lie on one machine. See
docs/adr/0008.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

PERSON, TICKET = "staff_id", "ticket_hash"
DISTRIBUTED: Mapping[str, str] = {
    "rating": PERSON,
    "exclusion": PERSON,
    "tally": PERSON,
    "reason_tally": PERSON,
    "comment": PERSON,
    "invitation": PERSON,
    "ticket": TICKET,
    "ticket_staff": TICKET,
    "spent_ticket": TICKET,
    "intake": "name",
    "rated_ticket": "tag",
    "used_event": "event_hash",
    "past_row": "ballot_id",
    "callback_contact": "id",
}
SETTINGS: Mapping[str, str] = {
    # Evidence is guarded by triggers, which Citus puts on every shard, but only if asked to.
    "citus.enable_unsafe_triggers": "on",
    # A transaction that touches a copied table may then go on to a distributed one.
    "citus.multi_shard_modify_mode": "sequential",
}


@dataclass(frozen=True)
class Placement:
    """The place of a table: distributed by `column`, or copied to each machine if that is None."""

    column: str | None = None

    def __str__(self) -> str:
        return self.column or "*"


def place_of(table: str) -> Placement:
    """Return where a table belongs."""
    return Placement(DISTRIBUTED.get(table))


def misplaced(tables: Collection[str], found: Mapping[str, Placement]) -> list[str]:
    """Return the tables that are not where they belong, in the given order."""
    return [table for table in tables if found.get(table) != place_of(table)]


def leader_of(table: str) -> str | None:
    """Return the table that a distributed one is colocated with; None for the first of a column."""
    first = next(name for name, column in DISTRIBUTED.items() if column == DISTRIBUTED[table])
    return None if first == table else first


def in_order(tables: Collection[str]) -> Iterator[str]:
    """Yield tables in the order of moving: the copied ones, then each after its leader."""
    yield from (table for table in tables if table not in DISTRIBUTED)
    yield from (table for table in DISTRIBUTED if table in tables)
