"""The hotline 12345: its tickets, each open one a matter."""

from flask import Flask

from evalsys.cases.engine.models import Subject
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.guards import current_actor
from evalsys.core.permissions import Action
from evalsys.supervision.hooks import add_after_intake, add_organ_of_number
from evalsys.supervision.hotline import demo, intake, models, queries, views
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.links import BESIDE_MATTERS
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import MatterSource

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register pages, menu entry and scene."""
    add_scene(app, demo.SCENE)
    add_after_intake(app, intake.give_to_ticket)
    add_organ_of_number(app, intake.organ_of_ticket)
    app.register_blueprint(views.bp)
    label = N_("Hotline 12345")
    add_entries(
        app, MenuEntry(20, "hotline.index", label, Action.HOTLINE_VIEW, menu=BESIDE_MATTERS)
    )
    app.add_template_global(ticket_of)


def ticket_of(case: Subject) -> HotlineTicket | None:
    """Return the ticket that a matter came from, for its page; None if the visitor sees none."""
    actor = current_actor()
    if get_matter(case).source is not MatterSource.HOTLINE or not actor.may(Action.HOTLINE_VIEW):
        return None
    return queries.find_by_matter(actor, case)
