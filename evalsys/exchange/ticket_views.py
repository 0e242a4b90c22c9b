"""The page on which a list of services becomes rating slips."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import FileField
from wtforms.validators import InputRequired

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.forms import Form, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.exchange.bad_files import BadFile
from evalsys.exchange.ticket_lists import CHANNELS, GROUPS, heading, issue_list
from evalsys.ratings.issuing import EventsRefused
from evalsys.ratings.ticket_views import MOST_ON_PAGE, show_slips

bp = Blueprint("ticket_lists", __name__)


class ListForm(Form):
    """A list of services."""

    file = FileField(_l("Excel or CSV file"), validators=[InputRequired(_l("Choose a file"))])


@bp.route("/tickets/list", methods=["GET", "POST"])
@requires(Action.TICKET_ISSUE)
def upload() -> ResponseReturnValue:
    """Issue a ticket for each row of a list, or show everything that is wrong with it."""
    form = ListForm()
    refused: EventsRefused | None = None
    if form.validate_on_submit():
        file, today = given(form.file.data), pages.today()
        try:
            with unit_of_work(current_actor()) as unit:
                name = file.filename or ""
                issued = issue_list(unit, name, file.read(), on=today, most=MOST_ON_PAGE)
            return show_slips(issued)
        except BadFile as error:
            form.file.errors = [words_of(error)]
        except EventsRefused as error:
            refused = error
    html = render_template(
        "ratings/list.html",
        form=form,
        problems=refused.problems if refused else [],
        heading=heading,
        channels=list(CHANNELS)[:4],
        groups=[word for word in GROUPS if not word.isascii()],
        most=MOST_ON_PAGE,
    )
    return html, 422 if form.is_submitted() else 200
