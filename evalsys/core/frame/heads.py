"""Links in the heads of pages, contributed by features.

A head link leads from the page of a thing (a person, a result) to what a feature offers for it, so
that the page need not know the feature. They are sorted by `place`, in steps of ten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from flask import Flask, current_app, url_for
from flask_babel import gettext as _

from evalsys.core.frame.menus import Link
from evalsys.core.guards import current_actor
from evalsys.core.pages import today
from evalsys.core.permissions import Action, Actor

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class HeadLink(Generic[Thing]):
    """A link in the head of the pages of a thing; `label` is a message id.

    It is shown to actors who may do `action` and for whom `shown` holds today. `params` go into the
    URL.
    """

    place: int
    thing: type[Thing]
    endpoint: str
    label: str
    action: Action
    shown: Callable[[Actor, Thing, date], bool]
    params: Callable[[Thing], dict[str, Any]]


def init_app(app: Flask) -> None:
    """Create the registry of head links."""
    app.extensions["evalsys.head_links"] = []
    app.add_template_global(head_links)


def add_head_link(app: Flask, link: HeadLink[Any]) -> None:
    """Register a head link of a feature."""
    app.extensions["evalsys.head_links"].append(link)


def head_links(thing: object) -> list[Link]:
    """Return the head links of a thing that are shown to the current actor, in order."""
    offered: list[HeadLink[Any]] = current_app.extensions["evalsys.head_links"]
    actor, on = current_actor(), today()
    return [
        Link(url_for(link.endpoint, **link.params(thing)), _(link.label))
        for link in sorted(offered, key=lambda link: link.place)
        if isinstance(thing, link.thing) and actor.may(link.action) and link.shown(actor, thing, on)
    ]
