"""Response, solution and satisfaction rate of the hotline, by organ."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.sheets.registers import add_register
from evalsys.supervision.hotline.rates import limits, sheets, views
from evalsys.supervision.matters.links import BESIDE_MATTERS


def init_app(app: Flask) -> None:
    """Register the limits, the page and the register."""
    add_limits(app, limits.LIMITS)
    add_register(app, sheets.REGISTER)
    app.register_blueprint(views.bp)
    add_entries(app, ENTRY)


def _has_no_list(actor: Actor) -> bool:
    """Show the entry to who does not come from the list of tickets."""
    return not actor.may(Action.HOTLINE_VIEW)


ENTRY = MenuEntry(
    20,
    "rates.table",
    N_("Hotline rates of organs"),
    Action.HOTLINE_LEAGUE,
    _has_no_list,
    menu=BESIDE_MATTERS,
)
