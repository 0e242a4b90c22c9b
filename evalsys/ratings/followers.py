"""What other features do when ballots are counted: they register it here, as they do their jobs.

Ratings know nothing of them. What follows a batch happens in the transaction of the batch.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from evalsys.core.audit import Unit


class LowBallot(NamedTuple):
    """A ballot with a level of 1 or 2 that was just counted: what may leave the counting.

    No level, no ticket, no day. `ballot_id` is for an envelope only, `contact_id` the key of the
    encrypted number to call, if the rater left one.
    """

    ballot_id: bytes
    base_period: str
    section_id: int
    staff_id: int
    reasons: int
    contact_id: str | None


Follower = Callable[[Unit, Sequence[LowBallot], date], None]
Forerunner = Callable[[date], None]

_followers: list[Follower] = []
_forerunners: list[Forerunner] = []


def after_low_ballots(follower: Follower) -> Follower:
    """Register what is done with the low ballots of a batch, on the day it is counted (a step)."""
    _followers.append(follower)
    return follower


def before_counting(forerunner: Forerunner) -> Forerunner:
    """Register what is done before a counting begins, in units of its own."""
    _forerunners.append(forerunner)
    return forerunner


def follow(unit: Unit, lows: Sequence[LowBallot], on: date) -> None:
    """Hand the low ballots of a batch on (a step)."""
    if lows:
        for follower in _followers:
            follower(unit, lows, on)


def run_ahead(on: date) -> None:
    """Do what others want done before a counting."""
    for forerunner in _forerunners:
        forerunner(on)
