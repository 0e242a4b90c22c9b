"""The menus of the house, and their entries: each feature brings its own.

Entries stand in the order of their places, wherever they come from: tens for what is there, so
that a feature finds room between two others.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from evalsys.core.guards import current_actor
from evalsys.core.permissions import Action, Actor

MAIN = "main"  # The menu above every page of the staff; at most 8 entries for a role.


@dataclass(frozen=True)
class Link:
    """A link in the frame of a page, which may lead to that page, or to one that it lies below."""

    url: str
    label: str
    code: str = ""
    is_current: bool = False
    is_above: bool = False


def everybody(_actor: Actor) -> bool:
    """Say that whoever may open a page is shown the way to it."""
    return True


@dataclass(frozen=True)
class MenuEntry:
    """An entry of a menu, at a `place` among its others; `label` is a message id.

    It is shown to whom `action` opens the page, and `shown` holds for.
    """

    place: int
    endpoint: str
    label: str
    action: Action
    shown: Callable[[Actor], bool] = everybody
    menu: str = MAIN


def init_app(app: Flask) -> None:
    """Give the application its menus, without an entry yet."""
    app.extensions["evalsys.menus"] = []
    app.add_template_global(navigation)


def add_entries(app: Flask, *entries: MenuEntry) -> None:
    """Let a feature bring entries of menus."""
    app.extensions["evalsys.menus"].extend(entries)


def links_of(menu: str) -> list[Link]:
    """Return the links of a menu that the visitor finds there, in their order."""
    entries: list[MenuEntry] = current_app.extensions["evalsys.menus"]
    actor = current_actor()
    return [
        _link(entry)
        for entry in sorted(entries, key=lambda entry: entry.place)
        if entry.menu == menu and actor.may(entry.action) and entry.shown(actor)
    ]


def navigation() -> list[Link]:
    """Return the main navigation of whoever is signed in."""
    return [] if current_user.is_anonymous else links_of(MAIN)


def _link(entry: MenuEntry) -> Link:
    url = url_for(entry.endpoint)
    return Link(
        url,
        _(entry.label),
        is_current=request.endpoint == entry.endpoint,
        is_above=url != "/" and request.path.startswith(f"{url}/"),
    )
