"""The page that turns a list of services into rating slips."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.city import in_terms
from evalsys.core.forms import form_page
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.foundation.uploads.forms import ListForm
from evalsys.foundation.uploads.lists import Hidden
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.ratings.tickets.checks import EventsRefused
from evalsys.ratings.tickets.lists import (
    CHANNELS,
    LIMITS,
    ServiceList,
    groups_named,
    heading,
    issue_list,
    read_services,
)
from evalsys.ratings.tickets.views import MOST_ON_PAGE, show_slips

bp = Blueprint("ticket_lists", __name__)


@bp.route("/tickets/list", methods=["GET", "POST"])
@requires(Action.TICKET_ISSUE)
def upload() -> ResponseReturnValue:
    """Issue a ticket for each row of a list, or show all its problems."""
    form = ListForm()
    refused: EventsRefused | None = None
    if form.validate_on_submit():
        actor, today = current_actor(), pages.today()

        def reader(name: str, content: bytes, hidden: Hidden) -> ServiceList:
            limits = LIMITS.in_a_request
            return read_services(name, content, on=today, hidden=hidden, limits=limits)

        try:
            services = form.read(actor, reader)
            if services is not None:
                with unit_of_work(actor) as unit:
                    issued = issue_list(unit, services, on=today, most=MOST_ON_PAGE)
                for notice in services.notices:
                    flash(_(notice.message, **notice.params), pages.INFO)
                return show_slips(issued)
        except EventsRefused as error:
            refused = error
    return form_page(
        "ratings/list.html",
        form=form,
        problems=refused.problems if refused else [],
        heading=heading,
        channels=list(CHANNELS)[:4],
        groups=_group_words(),
        most=MOST_ON_PAGE,
    )


def _group_words() -> list[str]:
    """Return the city's word for each rater group."""
    first = {group: word for word, group in reversed(groups_named().items())}
    return [in_terms(first[group]) for group in RaterGroup]
