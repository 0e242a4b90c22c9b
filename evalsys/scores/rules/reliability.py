"""Whether the four dimensions tell four things: Cronbach's alpha, formula F2e. Pure.

Source: L. J. Cronbach, "Coefficient alpha and the internal structure of tests" (1951). Only ballots
that answered every dimension count: of others nothing is known to go together.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.scores.rules.formulas import round_half_up

LEAST_OF_GROUP: Final = 100  # complete ballots of a comparison group
TOGETHER: Final = Decimal("0.80")  # From here on four bars are not four findings.


class AnswerSums(NamedTuple):
    """Sums over complete ballots: of levels and their squares, all four together and each."""

    n: int
    total: int
    total_squares: int
    levels: tuple[int, ...]
    squares: tuple[int, ...]


def add_answers(sums: Iterable[AnswerSums]) -> AnswerSums:
    """Return the sums over several sections."""
    none = (0,) * len(DIMENSIONS)
    found = AnswerSums(0, 0, 0, none, none)
    for each in sums:
        found = AnswerSums(
            found.n + each.n,
            found.total + each.total,
            found.total_squares + each.total_squares,
            tuple(map(sum, zip(found.levels, each.levels, strict=True))),
            tuple(map(sum, zip(found.squares, each.squares, strict=True))),
        )
    return found


def alpha(sums: AnswerSums, *, least: int = LEAST_OF_GROUP) -> Decimal | None:
    """Return Cronbach's alpha in hundredths; None with too few ballots, or if all sums agree.

    It is at most 1 and can be negative, where dimensions contradict each other.
    """
    n = sums.n
    whole = n * sums.total_squares - sums.total**2
    if n < least or whole == 0:
        return None
    pairs = zip(sums.levels, sums.squares, strict=True)
    parts = sum(n * squares - total**2 for total, squares in pairs)
    items = len(sums.levels)
    return round_half_up(Decimal(items * (whole - parts)) / ((items - 1) * whole))
