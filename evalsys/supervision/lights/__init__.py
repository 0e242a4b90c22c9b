"""The light board (亮灯): open matters by their light, for a desk and for the hall."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.supervision.lights import views

BOARD = MenuEntry(12, "lights.board", N_("Lights"), Action.LIGHTS_VIEW)


def init_app(app: Flask) -> None:
    """Register the pages and their entry in the menu."""
    app.register_blueprint(views.bp)
    add_entries(app, BOARD)
