"""The ways from the list of cases to the pages that features bring beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, url_for
from flask_babel import gettext as _

from evalsys.core.guards import current_actor
from evalsys.core.pages import Link
from evalsys.core.permissions import Action, Actor


def everybody(_actor: Actor) -> bool:
    """Say that whoever may open the page is shown the way to it."""
    return True


@dataclass(frozen=True)
class Way:
    """A button above the list, at a `place` among the others; `label` is a message id.

    It is shown to whom `action` opens the page, and `shown` holds for.
    """

    place: int
    endpoint: str
    label: str
    action: Action = Action.CASE_VIEW
    shown: Callable[[Actor], bool] = everybody


def add_way(app: Flask, way: Way) -> None:
    """Let a feature lead from the list of cases to a page of its own."""
    app.extensions.setdefault("evalsys.ways", []).append(way)


def ways_beside() -> list[Link]:
    """Return the links that the visitor finds above the list of cases."""
    actor = current_actor()
    ways: list[Way] = current_app.extensions.get("evalsys.ways", [])
    return [
        Link(url_for(way.endpoint), _(way.label))
        for way in sorted(ways, key=lambda way: way.place)
        if actor.may(way.action) and way.shown(actor)
    ]
