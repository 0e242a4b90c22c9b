"""The registry of menus and their entries, contributed by features.

Entries are sorted by `place`, in steps of ten, so that a feature can insert one between two others.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from evalsys.core.guards import current_actor
from evalsys.core.permissions import Action, Actor

MAIN = "main"  # The menu above every page of the staff; at most 8 entries for a role.


@dataclass(frozen=True)
class Link:
    """A link of the layout, with whether it leads to the current page, or to one above it."""

    url: str
    label: str
    code: str = ""
    is_current: bool = False
    is_above: bool = False

    @property
    def is_here(self) -> bool:
        """Whether the current page is its own, or below it."""
        return self.is_current or self.is_above


def everybody(_actor: Actor) -> bool:
    """Show an entry to every actor who may open its page."""
    return True


@dataclass(frozen=True)
class MenuEntry:
    """An entry of a menu; `label` is a message id.

    It is shown to actors who may do `action` and for whom `shown` holds. `leads_to` is the menu on
    its page, whose pages are below it.
    """

    place: int
    endpoint: str
    label: str
    action: Action
    shown: Callable[[Actor], bool] = everybody
    menu: str = MAIN
    leads_to: str = ""


def init_app(app: Flask) -> None:
    """Create the registry of menu entries."""
    app.extensions["evalsys.menus"] = []
    app.add_template_global(navigation)


def add_entries(app: Flask, *entries: MenuEntry) -> None:
    """Register menu entries of a feature."""
    app.extensions["evalsys.menus"].extend(entries)


def links_of(menu: str) -> list[Link]:
    """Return the links of a menu that are shown to the current actor, in order."""
    return [_link(entry) for entry in _entries_of(menu)]


def _entries_of(menu: str) -> list[MenuEntry]:
    entries: list[MenuEntry] = current_app.extensions["evalsys.menus"]
    actor = current_actor()
    return [
        entry
        for entry in sorted(entries, key=lambda entry: entry.place)
        if entry.menu == menu and actor.may(entry.action) and entry.shown(actor)
    ]


def navigation() -> list[Link]:
    """Return the main navigation of the signed-in user.

    On a page that has no entry of its own, the one whose menu has it is above.
    """
    if current_user.is_anonymous:
        return []
    entries = _entries_of(MAIN)
    links = [_link(entry) for entry in entries]
    if any(link.is_here for link in links):
        return links
    return [
        replace(link, is_above=_has_here(entry.leads_to))
        for entry, link in zip(entries, links, strict=True)
    ]


def _has_here(menu: str) -> bool:
    """Return whether a menu has the current page, or one above it."""
    return bool(menu) and any(link.is_here for link in links_of(menu))


def _link(entry: MenuEntry) -> Link:
    url = url_for(entry.endpoint)
    return Link(
        url,
        _(entry.label),
        is_current=request.endpoint == entry.endpoint,
        is_above=url != "/" and request.path.startswith(f"{url}/"),
    )
