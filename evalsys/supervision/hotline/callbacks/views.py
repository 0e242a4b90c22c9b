"""Pages of call-backs, for the supervision office: what a caller answered, what counts."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, today
from evalsys.core.permissions import Action
from evalsys.supervision.hotline.callbacks import service
from evalsys.supervision.hotline.callbacks.forms import CallBackForm, ExclusionForm
from evalsys.supervision.hotline.queries import get_ticket

bp = Blueprint("callbacks", __name__, url_prefix="/hotline")


@bp.route("/<int:ticket_id>/call", methods=["GET", "POST"])
@requires(Action.HOTLINE_CALL)
def enter(ticket_id: int) -> ResponseReturnValue:
    """Enter what a caller answered."""
    actor, form, problem = current_actor(), CallBackForm(), ""
    ticket = get_ticket(actor, ticket_id)
    if not form.is_submitted():
        form.fill(ticket.call)
        form.called_on.data = form.called_on.data or today()
    elif form.validate_on_submit():
        try:
            service.enter_call(actor, ticket_id, form.call, now=now())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("The call-back is on file."), "success")
            return redirect(url_for("hotline.show", ticket_id=ticket_id), 303)
    return form_page("callbacks/enter.html", form=form, ticket=ticket, problem=problem)


@bp.route("/<int:ticket_id>/leave-out", methods=["GET", "POST"])
@requires(Action.HOTLINE_EXCLUDE)
def leave_out(ticket_id: int) -> ResponseReturnValue:
    """Leave a ticket out of the rates, for a reason."""
    actor, form = current_actor(), ExclusionForm()
    ticket = get_ticket(actor, ticket_id)
    if form.validate_on_submit():
        service.leave_out(actor, ticket_id, given(form.reason.data), now=now())
        flash(_("The ticket counts in no rate."), "success")
        return redirect(url_for("hotline.show", ticket_id=ticket_id), 303)
    return form_page("callbacks/leave_out.html", form=form, ticket=ticket)


@bp.post("/<int:ticket_id>/count-again")
@requires(Action.HOTLINE_EXCLUDE)
def count_again(ticket_id: int) -> ResponseReturnValue:
    """Let a ticket count again."""
    service.count_again(current_actor(), ticket_id)
    flash(_("The ticket counts again."), "success")
    return redirect(url_for("hotline.show", ticket_id=ticket_id), 303)
