"""Whose slips opinions came with: a section's, as a mark that the database alone cannot read. Pure.

A ticket tells no issuer (ADR 34), but the section that it is about, whose issuers give it out. Its
mark is keyed and of one consultation: opinions of one origin are seen to belong together, and which
section it is tells only who holds the key of the installation.
"""

import hmac
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

MARK = 8  # bytes


def origin_of(key: bytes, consultation: int, section: int) -> bytes:
    """Return the mark of a section whose slip opened the form."""
    return hmac.digest(key, f"origin/v1\0{consultation}\0{section}".encode(), "sha256")[:MARK]


def shares_stated(
    counts: Mapping[bytes | None, int], most: int, least: int
) -> dict[bytes, tuple[int, int]]:
    """Return how many opinions came of each origin that is to be stated, and their whole per cent.

    Of `least` opinions or more, and more than `most` per cent of all, the largest first. None in
    `counts` is no slip: a code by mail.
    """
    total = sum(counts.values())
    found = sorted(((count, origin) for origin, count in counts.items() if origin), reverse=True)
    return {
        origin: (count, int((Decimal(100 * count) / total).quantize(Decimal(1), ROUND_HALF_UP)))
        for count, origin in found
        if count >= least and 100 * count > most * total
    }
