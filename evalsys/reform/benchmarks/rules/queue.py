"""The queue: urgent before not urgent, easy before hard (先急后缓、先易后难). Pure.

Urgency and ease are judged from 1 to 5; 5 is the most urgent, and the easiest. The priority is
their product, from 1 to 25.
"""

from collections.abc import Sequence
from typing import NamedTuple

LOWEST, HIGHEST = 1, 5


class Judged(NamedTuple):
    """An indicator with its two judgements; `key` identifies it."""

    key: int
    name: str
    urgency: int
    ease: int

    @property
    def priority(self) -> int:
        """Urgency times ease."""
        return self.urgency * self.ease


class Placed(NamedTuple):
    """An entry of the queue with its place, from 1; those judged alike share one."""

    place: int
    judged: Judged


def in_order(judged: Sequence[Judged]) -> list[Placed]:
    """Return the queue: the highest priority first, of equal ones the more urgent."""
    ordered = sorted(judged, key=lambda one: (*_rank(one), one.name, one.key))
    first: dict[tuple[int, int], int] = {}
    return [
        Placed(first.setdefault(_rank(one), place), one)
        for place, one in enumerate(ordered, start=1)
    ]


def _rank(one: Judged) -> tuple[int, int]:
    return -one.priority, -one.urgency
