"""What a rating says of its service, where enough ballots of its counting say the same. Pure.

A kind of service and a channel stand on the ticket too. Whoever knows the tickets of a day would
find the one behind a rating by them, so a rating keeps them only in a crowd, and what is not kept
is a crowd as well.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
CROWD = 10  # ballots of one person in one counting


def kept_kinds(counts: Mapping[K, int], least: int = CROWD) -> frozenset[K]:
    """Return the kinds that may be kept, of the ballots that somebody got in one counting.

    Each has at least so many ballots, and so has the rest, if there is one: the smallest kinds join
    it until it has.
    """
    kept = {kind for kind, number in counts.items() if number >= least}
    rest = sum(number for kind, number in counts.items() if kind not in kept)
    for kind in sorted(kept, key=lambda one: (counts[one], str(one))):
        if rest == 0 or rest >= least:
            break
        kept.discard(kind)
        rest += counts[kind]
    return frozenset(kept)


def places_to_coarsen(cells: Iterable[tuple[Hashable, K]], least: int = CROWD) -> Sequence[bool]:
    """Say of each ballot, given as (whose, kind), whether its kind is not to be kept."""
    ballots = list(cells)
    counts: defaultdict[Hashable, Counter[K]] = defaultdict(Counter)
    for whose, kind in ballots:
        counts[whose][kind] += 1
    kept = {whose: kept_kinds(kinds, least) for whose, kinds in counts.items()}
    return [kind not in kept[whose] for whose, kind in ballots]
