"""What is printed of opinions: nothing that so few gave that they can be recognised. Pure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

TENTH = Decimal("0.1")
LOWEST, HIGHEST = 1, 5


class OpinionVoice(StrEnum):
    """Who gives an opinion, as they say themselves."""

    RESIDENT = "resident"
    ENTERPRISE = "enterprise"
    GRASSROOTS = "grassroots"
    OTHER = "other"


def shares_of(counts: Mapping[OpinionVoice, int], least: int) -> dict[OpinionVoice, Decimal] | None:
    """Return the share of each voice in per cent, whole; None where it would expose somebody.

    Every voice that spoke has to have at least `least` opinions; else one could be told from the
    others.
    """
    spoke = {voice: count for voice, count in counts.items() if count}
    if not spoke or min(spoke.values()) < least:
        return None
    total = sum(spoke.values())
    return {
        voice: (Decimal(100 * spoke.get(voice, 0)) / total).quantize(Decimal(1), ROUND_HALF_UP)
        for voice in OpinionVoice
    }


def mean_of(marks: int, total: int, least: int) -> Decimal | None:
    """Return the mean of so many marks from 1 to 5 and their sum, one decimal.

    None for fewer marks than `least`.
    """
    if not marks or marks < least:
        return None
    return (Decimal(total) / marks).quantize(TENTH, ROUND_HALF_UP)


def count_words(count: int, least: int) -> str:
    """Return a count as it may be printed: <10 instead of a small one, never told from 0."""
    return str(count) if count >= least else f"<{least}"
