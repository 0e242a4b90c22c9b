"""Counted ratings by the million, and the tallies that a counting would have folded."""

import random
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import case, func, insert, or_, select

from evalsys.core.extensions import db
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import Channel, RaterGroup, Rating, Tally
from evalsys.ratings.ballots.rules import LEVELS, LOWEST_GOOD, reference
from evalsys.scores.queries import whole
from tests.bench.city.bulk import add_plain, table_of

Seat = tuple[int, int]  # section id, staff id
NAMES = (
    *("ballot_id", "reference", "base_period", "section_id", "staff_id", "rater_group"),
    *("channel", *DIMENSIONS, "replaced"),
)
# Four levels by how good somebody is, worst first: one is drawn for each rating.
MOODS = (
    ((5, 5, 4, 4), (4, 3, 3, 4), (3, 2, 2, 3), (2, 1, 2, 2), (4, 4, None, 3), (3, 3, 3, 3)),
    ((5, 5, 5, 5), (5, 4, 5, 4), (4, 4, 3, 4), (3, 3, 4, 4), (5, 5, 5, 4), (2, 4, 4, 3)),
    ((5, 5, 5, 5), (5, 5, 4, 5), (5, 5, 5, 4), (4, 5, 5, None), (4, 4, 4, 4), (5, 5, 5, 5)),
)


def add_ratings(code: str, seats: Sequence[Seat], number: int) -> None:
    """Add ratings of a base period, shared out evenly, and their tallies (a step).

    The seats must have no tally of the period yet.
    """
    add_plain(table_of(Rating), NAMES, _rows(code, seats, number))
    add_tallies(code, sorted({section for section, _ in seats}))


def _rows(code: str, seats: Sequence[Seat], number: int) -> Iterator[Sequence[Any]]:
    dice = random.Random(7)  # noqa: S311  # The same figures each time.
    group, channel = RaterGroup.RECIPIENT.value, Channel.SLIP.value
    for n in range(number):
        section, person = seats[n % len(seats)]
        mood = MOODS[(section + person % 3) % len(MOODS)]
        key = secrets.token_bytes(16)
        said = reference(key)
        yield key, said, code, section, person, group, channel, *dice.choice(mood), 0


def add_tallies(code: str, sections: Sequence[int]) -> None:
    """Fold the ratings of a base period of some sections (a step)."""
    key = [
        getattr(Rating, name) for name in ("base_period", "section_id", "staff_id", "rater_group")
    ]
    is_bad = or_(*(getattr(Rating, name) < LOWEST_GOOD for name in DIMENSIONS))
    cells = {
        f"{name}_{level}": whole(func.sum(case((getattr(Rating, name) == level, 1), else_=0)))
        for name in DIMENSIONS
        for level in LEVELS
    }
    sums = {"ballots": whole(func.count()), "bad": whole(func.sum(case((is_bad, 1), else_=0)))}
    folded = {**sums, **cells}
    rows = select(*key, *folded.values()).where(
        Rating.base_period == code, Rating.section_id.between(sections[0], sections[-1])
    )
    names = [*(column.key for column in key), *folded]
    db.session.execute(insert(table_of(Tally)).from_select(names, rows.group_by(*key)))
