"""The buttons above the list of matters: links to pages of other features."""

from evalsys.core.frame.menus import Link, links_of

BESIDE_MATTERS = "matters"  # the menu


def ways_beside_matters() -> list[Link]:
    """Return the links above the list of matters for the visitor."""
    return links_of(BESIDE_MATTERS)
