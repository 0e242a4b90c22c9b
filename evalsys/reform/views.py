"""The way into the room: whoever opens "Reform" comes to its first feature.

The supervision office, leaders and chiefs open it to see where the city stands.
"""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from evalsys.core.frame.menus import Link, links_of
from evalsys.core.guards import requires
from evalsys.core.permissions import Action
from evalsys.reform.menu import REFORM

bp = Blueprint("reform", __name__)


def reform_links() -> list[Link]:
    """Return the links to the features of the room that the visitor may open."""
    return links_of(REFORM)


@bp.get("/reform")
@requires(Action.REFORM_VIEW)
def index() -> ResponseReturnValue:
    """Lead to the first feature of the room."""
    return redirect(reform_links()[0].url)
