"""k-anonymity of the service type and channel of ratings. Pure.

Both stand on the ticket too: whoever knows the tickets of a day could identify a rating by them. A
rating keeps them only if CROWD ballots share them, and the remainder is as large or empty.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
CROWD = 10  # k: ballots of one person in one counting


def kept_kinds(counts: Mapping[K, int], least: int = CROWD) -> frozenset[K]:
    """Return the kinds that may be kept, given the ballots of a person in one counting.

    Each has at least `least` ballots, and so has the remainder unless it is empty: the smallest
    kinds join it until it has.
    """
    kept = {kind for kind, number in counts.items() if number >= least}
    rest = sum(number for kind, number in counts.items() if kind not in kept)
    for kind in sorted(kept, key=lambda kind: (counts[kind], str(kind))):
        if rest == 0 or rest >= least:
            break
        kept.discard(kind)
        rest += counts[kind]
    return frozenset(kept)


def places_to_coarsen(cells: Iterable[tuple[Hashable, K]], least: int = CROWD) -> Sequence[bool]:
    """Return for each ballot, given as (person, kind), whether its kind is dropped."""
    ballots = list(cells)
    counts: defaultdict[Hashable, Counter[K]] = defaultdict(Counter)
    for whose, kind in ballots:
        counts[whose][kind] += 1
    kept = {whose: kept_kinds(kinds, least) for whose, kinds in counts.items()}
    return [kind not in kept[whose] for whose, kind in ballots]
