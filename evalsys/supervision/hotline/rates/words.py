"""Texts of rates."""

from fractions import Fraction

from evalsys.core.pages import percent


def rate_words(value: Fraction | None) -> str:
    """Return a rate as a percentage; — if there is none."""
    return percent(None if value is None else float(value))
