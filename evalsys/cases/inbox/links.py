"""The buttons above the list of cases: links to pages of other features."""

from evalsys.core.frame.menus import Link, links_of

BESIDE_CASES = "cases"  # the menu


def ways_beside() -> list[Link]:
    """Return the links above the list of cases for the visitor."""
    return links_of(BESIDE_CASES)
