"""Reform (改革): what gets better, measured beside others and beside what it was."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.reform import views

ENTRY = MenuEntry(16, "reform.index", N_("Reform"), Action.REFORM_VIEW)


def init_app(app: Flask) -> None:
    """Register the entry of the room in the main menu, and the menu of its features."""
    app.register_blueprint(views.bp)
    add_entries(app, ENTRY)
    app.add_template_global(views.reform_links)
