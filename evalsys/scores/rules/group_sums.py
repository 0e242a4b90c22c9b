"""The means of the rater groups of a member (F2), as far as they may be told. Pure.

They are stored as `recipient:45:389500,...`: ballots, and the sum of their F1 in hundredths.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from evalsys.scores.rules.disclosure import is_small
from evalsys.scores.rules.formulas import HUNDREDTH


class GroupSum(NamedTuple):
    """The ballots of a rater group that have an F1 score, and the sum of it in hundredths."""

    group: str
    n: int
    total: int

    @property
    def points(self) -> Decimal:
        """The sum of F1 in points."""
        return self.total * HUNDREDTH

    @property
    def mean(self) -> Fraction:
        """The mean of F1, exact: m_g of F2."""
        return Fraction(self.total, 100 * self.n)


def sums_to_tell(sums: Iterable[GroupSum], min_n: int) -> str | None:
    """Return the stored form, or None if any group has ballots but fewer than `min_n`.

    All or none: M is printed, so that the mean of a single hidden group would follow from the
    others.
    """
    known = sorted(each for each in sums if each.n)
    if not known or any(is_small(each.n, min_n) for each in known):
        return None
    return ",".join(f"{group}:{n}:{total}" for group, n, total in known)


def sums_told(stored: str | None) -> tuple[GroupSum, ...]:
    """Return the groups of a stored row; () if their means are not told."""
    parts = [part.split(":") for part in (stored or "").split(",") if part]
    return tuple(GroupSum(group, int(n), int(total)) for group, n, total in parts)
