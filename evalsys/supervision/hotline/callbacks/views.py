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
from evalsys.ratings.tickets.service import find_problems
from evalsys.ratings.tickets.views import in_words, show_slips
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.hotline.callbacks import service
from evalsys.supervision.hotline.callbacks.forms import CallBackForm, ExclusionForm
from evalsys.supervision.hotline.callbacks.slips import issue_for_caller, service_of, why_none
from evalsys.supervision.hotline.queries import get_ticket
from evalsys.supervision.hotline.rules import BadCallDay, NewerCall
from evalsys.supervision.hotline.words import answer_words, satisfaction_words

bp = Blueprint("callbacks", __name__, url_prefix="/hotline")


@bp.route("/<int:ticket_id>/call", methods=["GET", "POST"])
@requires(Action.HOTLINE_CALL)
def enter(ticket_id: int) -> ResponseReturnValue:
    """Enter what a caller answered."""
    actor, form, problem, newer = current_actor(), CallBackForm(), "", None
    ticket = service.get_ticket_to_judge(actor, ticket_id)
    form.shows(ticket.call.mark)
    if not form.is_submitted():
        form.fill(ticket.call)
        form.called_on.data = form.called_on.data or today()
    elif form.validate_on_submit():
        try:
            service.enter_call(actor, ticket_id, form.call, seen=form.saw, now=now())
        except NewerCall as error:
            problem, newer = words_of(error), get_ticket(actor, ticket_id).call
            form.shows(newer.mark, anew=True)
        except BadCallDay as error:
            form.called_on.errors = [words_of(error)]
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("The call-back is on file."), "success")
            return redirect(url_for("hotline.show", ticket_id=ticket_id), 303)
    facts = {"form": form, "ticket": ticket, "problem": problem, "newer": newer}
    words = {"answer_words": answer_words, "satisfaction_words": satisfaction_words}
    return form_page("callbacks/enter.html", **facts, **words)


@bp.route("/<int:ticket_id>/leave-out", methods=["GET", "POST"])
@requires(Action.HOTLINE_EXCLUDE)
def leave_out(ticket_id: int) -> ResponseReturnValue:
    """Leave a ticket out of the rates, for a reason."""
    actor, form = current_actor(), ExclusionForm()
    ticket = service.get_ticket_to_judge(actor, ticket_id)
    if service.find_exclusion(ticket) is not None:
        raise DomainError(service.OUT_ALREADY)
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
    if refusal := why_none(actor, ticket):
        raise DomainError(refusal)
    event = service_of(ticket)
    problems = in_words(find_problems(actor, [event], on=today()))
    if form.validate_on_submit():
        try:
            issued = issue_for_caller(actor, ticket, on=today())
        except EventsRefused as error:
            problems = in_words(error.problems)
        else:
            return show_slips(issued, url_for("hotline.show", ticket_id=ticket_id))
    handler = ticket.matter.named(MatterDuty.HANDLER) if ticket.matter else None
    facts = {"form": form, "ticket": ticket, "handler": handler, "problems": problems}
    return form_page("callbacks/slip.html", **facts)


@bp.route("/<int:ticket_id>/count-again", methods=["GET", "POST"])
@requires(Action.HOTLINE_EXCLUDE)
def count_again(ticket_id: int) -> ResponseReturnValue:
    """Let a ticket count again, for a reason."""
    actor, form = current_actor(), ExclusionForm()
    ticket = service.get_ticket_to_judge(actor, ticket_id)
    out = service.find_exclusion(ticket)
    if out is None:
        raise DomainError(service.COUNTS)
    if form.validate_on_submit():
        service.count_again(actor, ticket_id, given(form.reason.data), now=now())
        flash(_("The ticket counts again."), "success")
        return redirect(url_for("hotline.show", ticket_id=ticket_id), 303)
    return form_page("callbacks/count_again.html", form=form, ticket=ticket, out=out)
