"""Pages of call-backs, for the supervision office: what a caller answered, what counts."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError
from evalsys.core.forms import Form, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, today
from evalsys.core.permissions import Action
from evalsys.ratings.tickets.checks import EventsRefused
from evalsys.ratings.tickets.views import in_words, show_slips
from evalsys.supervision.hotline.callbacks import service
from evalsys.supervision.hotline.callbacks.forms import CallBackForm, ExclusionForm
from evalsys.supervision.hotline.callbacks.slips import NO_REPLY, handler_of, issue_for_caller
from evalsys.supervision.hotline.queries import get_ticket
from evalsys.supervision.hotline.rules import BadCallDay

bp = Blueprint("callbacks", __name__, url_prefix="/hotline")


@bp.route("/<int:ticket_id>/call", methods=["GET", "POST"])
@requires(Action.HOTLINE_CALL)
def enter(ticket_id: int) -> ResponseReturnValue:
    """Enter what a caller answered."""
    actor, form, problem = current_actor(), CallBackForm(), ""
    ticket = service.get_ticket_to_judge(actor, ticket_id)
    if not form.is_submitted():
        form.fill(ticket.call)
        form.called_on.data = form.called_on.data or today()
    elif form.validate_on_submit():
        try:
            service.enter_call(actor, ticket_id, form.call, now=now())
        except BadCallDay as error:
            form.called_on.errors = [words_of(error)]
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
    ticket = service.get_ticket_to_judge(actor, ticket_id)
    if form.validate_on_submit():
        service.leave_out(actor, ticket_id, given(form.reason.data), now=now())
        flash(_("The ticket counts in no rate."), "success")
        return redirect(url_for("hotline.show", ticket_id=ticket_id), 303)
    return form_page("callbacks/leave_out.html", form=form, ticket=ticket)


@bp.route("/<int:ticket_id>/slip", methods=["GET", "POST"])
@requires(Action.TICKET_HOTLINE)
def slip(ticket_id: int) -> ResponseReturnValue:
    """Issue a rating ticket for the caller: its code stands on one page, for who sends it on."""
    actor, form = current_actor(), Form()
    ticket = get_ticket(actor, ticket_id)
    handler = handler_of(ticket)
    if handler is None:
        raise DomainError(NO_REPLY)
    problems: list[str] = []
    if form.validate_on_submit():
        try:
            issued = issue_for_caller(actor, ticket, on=today())
        except EventsRefused as error:
            problems = in_words(error.problems)
        else:
            return show_slips(issued, url_for("hotline.show", ticket_id=ticket_id))
    return form_page(
        "callbacks/slip.html", form=form, ticket=ticket, handler=handler, problems=problems
    )


@bp.post("/<int:ticket_id>/count-again")
@requires(Action.HOTLINE_EXCLUDE)
def count_again(ticket_id: int) -> ResponseReturnValue:
    """Let a ticket count again."""
    service.count_again(current_actor(), ticket_id)
    flash(_("The ticket counts again."), "success")
    return redirect(url_for("hotline.show", ticket_id=ticket_id), 303)
