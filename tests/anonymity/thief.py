"""A thief who has everything but the secret key, and links each rating to the ticket behind it.

Every way that was ever found is tried: values that stand side by side in a row, a file or a record
of the write-ahead log; what a rating and a ticket have in common; the order in which rows lie or
were written.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.anonymity.loot import Rows, Tables

NEAR = 700  # bytes: what stands so near in a file belonged to one row
DUE = timedelta(days=3)  # A contact is due so long after its lift at the most, a weekend between.
OPEN = {None, "", "other"}  # What a rating says where it says nothing.


@dataclass
class Loot:
    """What was carried off: the tables at the end, copies of them before, and bytes of files."""

    tables: Tables
    copies: Sequence[Tables] = ()
    files: Sequence[bytes] = ()
    pages: Sequence[bytes] = ()  # of SQLite

    def rows(self, table: str) -> Rows:
        """The rows of a table from the end and from every copy."""
        every = (self.tables, *self.copies)
        return [row for tables in every for row in tables.get(table, [])]


@dataclass
class Ticket:
    """What the thief knows of a ticket, from wherever."""

    hash: bytes
    facts: dict[str, Any] = field(default_factory=dict)
    seats: set[tuple[int, int]] = field(default_factory=set)


def gather_tickets(loot: Loot) -> dict[bytes, Ticket]:
    """Put together what every copy says of the tickets."""
    found: dict[bytes, Ticket] = {}
    for row in loot.rows("ticket"):
        ticket = found.setdefault(raw(row["ticket_hash"]), Ticket(raw(row["ticket_hash"])))
        known = {name: value for name, value in row.items() if value is not None}
        ticket.facts = {**known, **ticket.facts}
    for row in loot.rows("ticket_staff"):
        seat = (int(row["staff_id"]), int(row["section_id"]))
        found[raw(row["ticket_hash"])].seats.add(seat)
    return found


def side_by_side(loot: Loot, left: Iterable[bytes], right: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return right -> left for values that stand in one row, or near each other in a file."""
    lefts, rights = set(left), set(right)
    pairs: dict[bytes, bytes] = {}
    for content in loot.files:
        pairs |= _near(content, lefts, rights)
    for tables in (loot.tables, *loot.copies):
        for row in (row for rows in tables.values() for row in rows):
            values = {raw(value) for value in row.values() if isinstance(value, bytes | str)}
            pairs |= {one: other for one in values & rights for other in values & lefts}
    return pairs


def _near(content: bytes, lefts: set[bytes], rights: set[bytes]) -> dict[bytes, bytes]:
    """Return right -> the left that stands nearest to it, if that is near."""
    places = sorted((place, value) for value in lefts for place in find(content, value))
    pairs: dict[bytes, bytes] = {}
    for one in rights if places else ():
        for place in find(content, one):
            there = bisect(places, (place, b""))
            beside = places[max(there - 1, 0) : there + 1]
            gap, value = min((abs(place - where), value) for where, value in beside)
            if gap < NEAR:
                pairs[one] = value
    return pairs


def find(content: bytes, value: bytes) -> list[int]:
    """Return every place of a value in a file."""
    places, start = [], content.find(value)
    while start >= 0:
        places.append(start)
        start = content.find(value, start + 1)
    return places


def link_by_likeness(
    loot: Loot, tickets: Mapping[bytes, Ticket], *, use_kind: bool = True, use_order: bool = True
) -> dict[bytes, bytes]:
    """Return ballot id -> ticket hash, the best guess from what both have in common.

    With neither kind nor order it is the plain guess: any ticket of that person, and of that
    counting where one is known.
    """
    counted = counting_days(loot)
    cells: dict[Hashable, Rows] = defaultdict(list)
    for row in loot.tables["rating"]:
        cells[frozenset(_candidates(row, tickets, counted, use_kind=use_kind))].append(row)
    guesses: dict[bytes, bytes] = {}
    taken: set[bytes] = set()
    for crowd, rows in sorted(cells.items(), key=lambda cell: len(list(cell[0]))):  # type: ignore[call-overload]
        free = [tickets[hashed] for hashed in crowd if hashed not in taken]  # type: ignore[attr-defined]
        ordered = sorted(rows, key=_order) if use_order else sorted(rows, key=_no_order)
        came = sorted(free, key=lambda one: _order(one.facts) if use_order else one.hash)
        for row, ticket in zip(ordered, came, strict=False):
            guesses[raw(row["ballot_id"])] = ticket.hash
            taken.add(ticket.hash)
    return guesses


def counting_days(loot: Loot) -> dict[bytes, date]:
    """Return ballot id -> day of its counting, where its row names a batch or its transaction."""
    rows = loot.tables["count_batch"]
    batches = {row["id"]: day(row["counted_on"]) for row in rows}
    written = {row["@by"]: day(row["counted_on"]) for row in rows if "@by" in row}
    found = {
        raw(row["ballot_id"]): batches.get(row.get("batch_id")) or written.get(row.get("@by"))
        for row in loot.tables["rating"]
    }
    return {ballot: on for ballot, on in found.items() if on is not None}


def places_in_pages(loot: Loot) -> dict[bytes, float]:
    """Return ballot id -> where its rows stand in their pages of SQLite: 0 at the end, 1 in front.

    A page fills from its end: what came later stands before.
    """
    parts: dict[bytes, list[float]] = defaultdict(list)
    ballots = [raw(row["ballot_id"]) for row in loot.tables["rating"]]
    for page in loot.pages:
        found = [(place, ballot) for ballot in ballots for place in find(page, ballot)]
        for nth, (_, ballot) in enumerate(sorted(found, reverse=True)):
            parts[ballot].append((nth + 0.5) / len(found))
    return {ballot: sum(shares) / len(shares) for ballot, shares in parts.items()}


def _candidates(
    rating: Mapping[str, Any],
    tickets: Mapping[bytes, Ticket],
    counted: Mapping[bytes, date],
    *,
    use_kind: bool,
) -> Iterable[bytes]:
    seat = (rating["staff_id"], rating["section_id"])
    on = counted.get(raw(rating["ballot_id"]), date.max)
    before = max((other for other in counted.values() if other < on < date.max), default=date.min)
    for ticket in tickets.values():
        facts = ticket.facts
        fits = seat in ticket.seats and before <= day(facts["valid_until"]) < on
        fits = fits and facts["rater_group"] == rating["rater_group"]
        if use_kind:
            for name in ("service_type", "channel"):
                fits = fits and (rating[name] in OPEN or rating[name] == facts.get(name))
        if fits:
            yield ticket.hash


def _order(row: Mapping[str, Any]) -> tuple[int, int]:
    return int(row.get("@by", 0)), int(row.get("@place", 0))


def _no_order(row: Mapping[str, Any]) -> bytes:
    return raw(row["ballot_id"])


def link_by_issuers(
    loot: Loot, tickets: Mapping[bytes, Ticket], issuers: Mapping[bytes, int]
) -> dict[bytes, bytes]:
    """Return ballot id -> ticket hash, guessed by who issued: the thief knows it of each ticket.

    The tally of who issued how many is laid beside the ratings of a counting in its own order:
    hand by hand, as the file has them, the ratings in the order of theirs.
    """
    places = {
        (day(row["served_on"]), int(row["staff_id"]), int(row["issuer_id"])): _order(row)
        for row in loot.tables["issuing_tally"]
    }
    known: dict[bytes, Ticket] = {}
    for hashed, ticket in tickets.items():
        [(staff_id, _)] = ticket.seats
        served_on = day(ticket.facts["served_on"])
        by, place = places[served_on, staff_id, issuers[hashed]]
        known[hashed] = Ticket(hashed, {**ticket.facts, "@by": by, "@place": place}, ticket.seats)
    return link_by_likeness(loot, known)


def link_waiting(copies: Iterable[Tables]) -> dict[str, bytes]:
    """Return key of a contact -> name of the waiting ballot that left it, the best guess.

    Both of one organ; the ballot is the one whose transaction stands nearest to the contact's, if
    possible before it, in the copy that shows the contact first.
    """
    guesses: dict[str, bytes] = {}
    taken: set[bytes] = set()
    for tables in copies:
        organs = {row["id"]: row["organ_id"] for row in tables["section"]}
        gaps = [
            (contact, ballot, int(contact["@by"]) - int(ballot["@by"]))
            for contact in tables["callback_contact"]
            for ballot in tables["intake"]
            if organs[ballot["section_id"]] == contact["organ_id"]
        ]
        for contact, ballot, _ in sorted(gaps, key=lambda pair: (pair[2] < 0, abs(pair[2]))):
            key, name = text(contact["id"]), raw(ballot["name"])
            if key not in guesses and name not in taken:
                guesses[key] = name
                taken.add(name)
    return guesses


def link_by_services(loot: Loot, tickets: Mapping[bytes, Ticket]) -> dict[bytes, bytes]:
    """Return ballot id -> ticket hash, guessed by the services of the day behind each ticket.

    Days with the most services first, as the file has them where they are equal: the more services
    there were, the sooner somebody may have rated.
    """
    places = {
        (day(row["served_on"]), int(row["staff_id"])): (-int(row["services"]), _order(row))
        for row in loot.rows("services_handled")
    }

    def order(hashed: bytes) -> tuple[Hashable, ...]:
        [(staff_id, _)] = tickets[hashed].seats
        return (*places[day(tickets[hashed].facts["served_on"]), staff_id], hashed)

    known: dict[bytes, Ticket] = {}
    for place, hashed in enumerate(sorted(tickets, key=order)):
        facts = {**tickets[hashed].facts, "@by": 0, "@place": place}
        known[hashed] = Ticket(hashed, facts, tickets[hashed].seats)
    return link_by_likeness(loot, known)


def link_replaced(loot: Loot) -> dict[bytes, set[bytes]]:
    """Return ballot id -> names of the waiting ballots that were replaced as often.

    Of the same section and period; a waiting ballot shows its last day, and so that of the service.
    """
    names = ("section_id", "base_period", "replaced")
    waiting = {raw(row["name"]): row for row in loot.rows("intake") if int(row["replaced"])}
    alike: defaultdict[Hashable, set[bytes]] = defaultdict(set)
    for name, row in waiting.items():
        alike[tuple(str(row[one]) for one in names)].add(name)
    ratings = {raw(row["ballot_id"]): row for row in loot.tables["rating"]}
    cells = {ballot: tuple(str(row[one]) for one in names) for ballot, row in ratings.items()}
    return {ballot: alike[cell] for ballot, cell in cells.items() if cell in alike}


def link_contacts(loot: Loot) -> dict[str, set[bytes]]:
    """Return key of a contact -> the ratings that may be of who left it, as few as can be.

    A case that names the contact tells the counting, and what was ticked; a contact itself its
    organ, and the day of the lift before which the ballot came: it is counted on that day or later.
    """
    counted = counting_days(loot)
    cases = {row["id"]: row for row in loot.rows("subject")}
    organs = {row["id"]: row["organ_id"] for row in loot.tables["section"]}
    named: dict[str, dict[str, Any]] = {}
    for review in loot.rows("review"):
        case = cases.get(review["case_id"], {})
        for value in review.values():
            named[text(value)] = {"opened_on": str(case.get("opened_at"))[:10], **review}
    found: dict[str, set[bytes]] = {}
    for contact in loot.rows("callback_contact"):
        key = text(contact["id"])
        known = {**named.get(key, {}), **contact}
        fits = [row for row in loot.tables["rating"] if is_low(row)]
        fits = [row for row in fits if organs[row["section_id"]] == int(contact["organ_id"])]
        came = {id(row): counted.get(raw(row["ballot_id"])) for row in fits}
        since = day(contact["due_on"]) - DUE
        fits = [row for row in fits if (came[id(row)] or since) >= since]
        for name in ("base_period", "section_id", "staff_id", "reasons"):
            if known.get(name) is not None and fits and name in fits[0]:
                fits = [row for row in fits if str(row[name]) == str(known[name])]
        if known.get("opened_on") is not None:
            # A case is opened at midnight in Shanghai, the day before in UTC.
            days = {day(known["opened_on"]), day(known["opened_on"]) + timedelta(days=1)}
            fits = [row for row in fits if came[id(row)] in {None, *days}]
        found[key] = {raw(row["ballot_id"]) for row in fits}
    return found


def text(value: Any) -> str:
    """Return a value as text, however it was read."""
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


def is_low(row: Mapping[str, Any]) -> bool:
    """Say whether a rating has a level of 1 or 2."""
    names = ("attitude", "work_style", "efficiency", "competence")
    return any(row[name] is not None and int(row[name]) < 3 for name in names)


def raw(value: Any) -> bytes:
    """Return a value as bytes, however it was read."""
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def day(value: Any) -> date:
    """Return a date, however it was read."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))
