"""The page for lifting ceilings, with a list of those lifted."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.forms import SelectChoice, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.tickets.ceilings.forms import LiftForm
from evalsys.ratings.tickets.ceilings.limits import CEILING
from evalsys.ratings.tickets.ceilings.service import (
    Lift,
    NotLifted,
    lift_ceiling,
    list_issuers,
    select_lifts,
)
from evalsys.ratings.tickets.models import COMMAND_LINE

PER_PAGE = 20


@bp.route("/tickets/ceiling", methods=["GET", "POST"])
@requires(Action.TICKET_LIFT)
def ceiling() -> ResponseReturnValue:
    """Lift the ceiling of one person, issuer and day; list those lifted."""
    actor, form = current_actor(), LiftForm()
    form.issuer.choices = [
        SelectChoice(str(key), name if key != COMMAND_LINE else _("the command line"))
        for key, name in list_issuers(actor)
    ]
    if not form.is_submitted():
        form.served_on.data = pages.today()
    problem = ""
    if form.validate_on_submit():
        try:
            with unit_of_work(actor) as unit:
                lift_ceiling(unit, _asked(form), now=pages.now())
        except NotLifted as error:
            problem = words_of(error)
        else:
            flash(_("The ceiling is lifted for this day; it is written down with your reason."))
            return redirect(url_for(".ceiling"), 303)
    return form_page(
        "ratings/ceiling.html",
        form=form,
        problems=[problem] if problem else [],
        rows=paginate(select_lifts(actor, pages.today()), PER_PAGE),
        most=rules_in_force()[CEILING],
    )


def _asked(form: LiftForm) -> Lift:
    day, most = given(form.served_on.data), given(form.most.data)
    number, reason = given(form.number.data), given(form.reason.data)
    return Lift(number, form.issuer.data, day, most, reason)
