"""The light board: what is late or near is seen first, on a desk and on the screen of the hall.

The supervision offices, chiefs and leaders in charge open it each morning.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from evalsys.core import pages
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.supervision.lights.queries import read_board
from evalsys.supervision.matters.filters import MatterFilter, read_filter
from evalsys.supervision.matters.places import organ_choices, section_choices
from evalsys.supervision.matters.words import GROUPS, source_choices

bp = Blueprint("lights", __name__)

CARDS = 5  # in a column of the board
ON_WALL = 6  # late matters on the screen of the hall
SECONDS = 60  # until that screen asks again


@bp.get("/lights")
@requires(Action.LIGHTS_VIEW)
def board() -> ResponseReturnValue:
    """Show open matters in columns by their light, those that end first on top."""
    actor, on, wanted = current_actor(), pages.today(), read_filter(request.args)
    columns = read_board(actor, wanted, on, CARDS)
    return render_template(
        "lights/board.html",
        columns=columns,
        number=sum(column.total for column in columns),
        heads=GROUPS,
        wanted=wanted,
        sources=source_choices(),
        organs=organ_choices(actor, on),
        sections=section_choices(actor, on, wanted.organ),
        days=working_days(),
        on=on,
    )


@bp.get("/lights/hall")
@requires(Action.LIGHTS_VIEW)
def hall() -> ResponseReturnValue:
    """Show the counts and what is late, large and without names; it asks again by itself."""
    actor, on = current_actor(), pages.today()
    columns = read_board(actor, MatterFilter(), on, ON_WALL)
    counts = {light: n for column in columns for light, n in column.counts.items()}
    return render_template(
        "lights/hall.html",
        counts=counts,
        late=columns[0],
        on=on,
        at=pages.now(),
        seconds=SECONDS,
    )
