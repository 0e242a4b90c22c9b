"""Ratings and their tallies: the only module that inserts a rating.

Counting, the import of past ratings and the demo store ballots here; an exclusion subtracts one
from its tally. A rating and its tally share one transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from evalsys.core.audit import Unit, lock_until_commit
from evalsys.core.extensions import db
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.rows import add_rows, add_to_rows
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import (
    Channel,
    CountBatch,
    Exclusion,
    ExclusionReason,
    RaterGroup,
    Rating,
    Tally,
)
from evalsys.ratings.ballots.rules import LEVELS, LOWEST_GOOD, reference
from evalsys.ratings.ballots.sealing import mask_replaced
from evalsys.ratings.counting.crowds import places_to_coarsen
from evalsys.ratings.counting.spent_models import IssuedCount
from evalsys.ratings.counting.tally_models import PressureTally, ReasonTally
from evalsys.ratings.tickets.models import IssuingTally

KEY = ("base_period", "section_id", "staff_id", "rater_group")
CELLS = {(name, level): f"{name}_{level}" for name in DIMENSIONS for level in LEVELS}
COUNTERS = ("ballots", "bad", *CELLS.values())
CHUNK = 10_000  # rows sent to the database at once
TALLY_LOCK = 0x7461_6C6C_79  # An arbitrary number, used by no other lock.
OTHER = Channel.OTHER.value  # Also the service type of a rating that keeps none.
SILENCE = "silence of the rater, counted elsewhere as a default rating"

TallyKey = tuple[str, int, int, RaterGroup]
ReasonKey = tuple[str, int, int, int]
Folded = Mapping[TallyKey, Mapping[str, int]]


class Ballot(NamedTuple):
    """A ballot as it is counted: the fields of `Rating`.

    `ballot_id` are 16 bytes, random or hashed. Without `reference` (no citizen submitted it) one is
    derived from the id.
    """

    ballot_id: bytes
    base_period: str
    section_id: int
    staff_id: int
    rater_group: RaterGroup
    service_type: str | None
    channel: Channel
    attitude: int | None
    work_style: int | None
    efficiency: int | None
    competence: int | None
    reference: str | None = None
    replaced: int = 0


def fold(ballots: Iterable[Ballot]) -> Folded:
    """Return what ballots add to each tally."""
    folded: defaultdict[TallyKey, Counter[str]] = defaultdict(Counter)
    for ballot in ballots:
        counts = folded[ballot.base_period, ballot.section_id, ballot.staff_id, ballot.rater_group]
        counts["ballots"] += 1
        is_bad = False
        for name, level in zip(DIMENSIONS, ballot[7:11], strict=True):
            if level is not None:
                counts[CELLS[name, level]] += 1
                is_bad = is_bad or level < LOWEST_GOOD
        counts["bad"] += is_bad
    return folded


def lock_tallies() -> None:
    """Lock the tallies until the end of the transaction."""
    lock_until_commit(TALLY_LOCK)


def store_ratings(
    unit: Unit, ballots: Sequence[Ballot], *, on: date, progress: Progress | None = None
) -> CountBatch:
    """Add one batch of ratings with their tallies. The caller records it.

    They are stored in key order, so that the physical order reveals nothing, and how often they
    were replaced is masked. Default ratings are kept, and excluded at once.
    """
    lock_tallies()
    batch = CountBatch(counted_on=on, ballots=len(ballots))
    db.session.add(batch)
    db.session.flush()
    ordered = iter(sorted(ballots, key=lambda ballot: (ballot.staff_id, ballot.ballot_id)))
    while chunk := list(islice(ordered, CHUNK)):
        rows = [_stored(ballot) for ballot in chunk]
        add_rows(Rating, rows)
        if progress is not None:
            progress.advance(len(rows))
    _set_silence_aside(unit, ballots, on=on)
    add_to_tallies(fold(ballot for ballot in ballots if ballot.channel is not Channel.DEFAULT))
    return batch


def _stored(ballot: Ballot) -> dict[str, Any]:
    """Return the row of a rating."""
    return {
        **ballot._asdict(),
        "reference": ballot.reference or reference(ballot.ballot_id),
        "replaced": mask_replaced(ballot.replaced, ballot.ballot_id),
    }


def add_to_tallies(folded: Folded, sign: int = 1) -> None:
    """Add counts to the tallies; `sign` -1 subtracts them."""
    rows = {
        key: {name: sign * counts.get(name, 0) for name in COUNTERS}
        for key, counts in folded.items()
    }
    _add(Tally, KEY, COUNTERS, rows)


def add_pressure(reports: Mapping[tuple[str, int], int]) -> None:
    """Add reports of pressure, by base period and section."""
    rows = {key: {"reports": number} for key, number in reports.items()}
    _add(PressureTally, ("base_period", "section_id"), ("reports",), rows)


def add_reasons(ticked: Mapping[ReasonKey, int]) -> None:
    """Add reasons ticked, by base period, section, person and reason."""
    rows = {key: {"ticked": number} for key, number in ticked.items()}
    _add(ReasonTally, ("base_period", "section_id", "staff_id", "reason"), ("ticked",), rows)


def add_issued(tickets: Mapping[tuple[date, int, int], int]) -> None:
    """Add ratings asked for, by day of service, section and person."""
    rows = {key: {"tickets": number} for key, number in tickets.items()}
    _add(IssuedCount, ("served_on", "section_id", "staff_id"), ("tickets",), rows)


IssuingKey = tuple[date, int, int, int]  # day of service, staff, section, issuer


def add_issuing(issued: Mapping[IssuingKey, Mapping[str, int]]) -> None:
    """Add tickets issued by an account, by day of service, person and section."""
    key = ("served_on", "staff_id", "section_id", "issuer_id")
    _add(IssuingTally, key, ("tickets", "invitations", "for_colleagues"), issued)


def _add(
    model: type[Tally | PressureTally | ReasonTally | IssuedCount | IssuingTally],
    key_names: Sequence[str],
    counters: Sequence[str],
    rows: Mapping[tuple[Any, ...], Mapping[str, int]],
) -> None:
    """Add to the counters of rows, in key order."""
    values = (
        {**dict(zip(key_names, key, strict=True)), **counts} for key, counts in sorted(rows.items())
    )
    add_to_rows(model, values, counters)


def coarsened(ballots: Sequence[Ballot]) -> Iterator[Ballot]:
    """Yield the ballots of a counting, without service types and channels that too few share."""
    cells = (
        ((*(getattr(row, name) for name in KEY),), (row.service_type, row.channel))
        for row in ballots
    )
    for ballot, is_coarse in zip(ballots, places_to_coarsen(cells), strict=True):
        if is_coarse and ballot.channel is not Channel.DEFAULT:
            yield ballot._replace(service_type=OTHER, channel=Channel.OTHER)
        else:
            yield ballot


def _set_silence_aside(unit: Unit, ballots: Sequence[Ballot], *, on: date) -> None:
    silent = (
        {
            "staff_id": ballot.staff_id,
            "ballot_id": ballot.ballot_id,
            "reason": ExclusionReason.DEFAULT,
            "grounds": SILENCE,
            "decided_by": unit.actor.user_id,
            "decided_on": on,
        }
        for ballot in ballots
        if ballot.channel is Channel.DEFAULT
    )
    add_rows(Exclusion, silent)
