"""The buttons above the list of cases: ways to the pages that features bring beside it."""

from evalsys.core.frame.menus import Link, links_of

BESIDE_CASES = "cases"  # the menu


def ways_beside() -> list[Link]:
    """Return the links that the visitor finds above the list of cases."""
    return links_of(BESIDE_CASES)
