"""Counted ratings by the million, and the tallies that a counting would have folded."""

import random
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import case, func, insert, or_, select

from evalsys.core.extensions import db
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import Channel, RaterGroup, Rating, Tally
from evalsys.ratings.ballots.rules import LEVELS, LOWEST_GOOD
from evalsys.scores.queries import whole
from tests.bench.city.bulk import add_plain, table_of

Seat = tuple[int, int]  # section id, staff id
NAMES = (
    *("ballot_id", "reference", "base_period", "section_id", "staff_id", "rater_group"),
    *("channel", *DIMENSIONS, "replaced"),
)
# Levels by how good somebody is, worst first: the four of a rating are drawn one by one.
MOODS = (
    (5, 4, 4, 3, 3, 3, 2, 2, 1, None),
    (5, 5, 5, 5, 5, 4, 4, 4, 3, None),
    (5, 5, 5, 5, 5, 5, 5, 5, 4, None),
)
MOOD_OF = (0, *(1,) * 8, 2)  # of a section, in turn


def add_ratings(code: str, seats: Sequence[Seat], number: int) -> None:
    """Add ratings of a base period, shared out evenly, and their tallies (a step).

    The seats must have no tally of the period yet.
    """
    add_raw(code, seats, number)
    add_tallies(code, sorted({section for section, _ in seats}))


def add_raw(code: str, seats: Sequence[Seat], number: int) -> None:
    """Add such ratings without tallies: for what counts them anew (a step)."""
    add_plain(table_of(Rating), NAMES, _rows(code, seats, number))


def _rows(code: str, seats: Sequence[Seat], number: int) -> Iterator[Sequence[Any]]:
    dice = random.Random(7)  # noqa: S311  # The same figures each time.
    group, channel = RaterGroup.RECIPIENT.value, Channel.SLIP.value
    drawn = [
        [(dice.choice(mood[:-1]), *dice.choices(mood, k=3)) for _ in range(4_000)] for mood in MOODS
    ]
    for n in range(number):
        section, person = seats[n % len(seats)]
        levels = drawn[MOOD_OF[section % len(MOOD_OF)]]
        key = secrets.token_bytes(16)
        yield key, key.hex()[:8], code, section, person, group, channel, *dice.choice(levels), 0


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
