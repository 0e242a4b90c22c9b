"""Pages of hotline tickets: the supervision office looks where each of them stands."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.engine.models import Deadline
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate, today
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.supervision.hotline.callbacks.service import find_exclusion, list_recounts
from evalsys.supervision.hotline.callbacks.slips import why_none
from evalsys.supervision.hotline.queries import (
    STATES,
    count_tickets,
    get_ticket,
    list_earlier,
    may_judge,
    read_filter,
    select_tickets,
)
from evalsys.supervision.hotline.words import (
    CLOSED,
    OPEN,
    answer_words,
    open_words,
    satisfaction_words,
)
from evalsys.supervision.matters.filters import list_terms
from evalsys.supervision.matters.places import organ_choices
from evalsys.supervision.matters.queries import matters_among
from evalsys.supervision.matters.rules import MAIN

bp = Blueprint("hotline", __name__, url_prefix="/hotline")

PER_PAGE = 50  # tickets


@bp.get("")
@requires(Action.HOTLINE_VIEW)
def index() -> ResponseReturnValue:
    """List the tickets in the visitor's scope, the latest first."""
    actor, wanted = current_actor(), read_filter(request.args)
    rows = paginate(select_tickets(actor, wanted), PER_PAGE, count_tickets(actor, wanted))
    return render_template(
        "hotline/index.html",
        rows=rows,
        wanted=wanted,
        states=list(zip(STATES, (str(_(OPEN)), str(_(CLOSED))), strict=True)),
        organs=organ_choices(actor, today()),
        open_words=open_words,
        **_lights([row.matter_id for row in rows.items if row.matter_id is not None]),
    )


@bp.get("/<int:ticket_id>")
@requires(Action.HOTLINE_VIEW)
def show(ticket_id: int) -> ResponseReturnValue:
    """Show a ticket, and where its matter stands."""
    actor = current_actor()
    ticket = get_ticket(actor, ticket_id)
    may_issue, judges = actor.may(Action.TICKET_HOTLINE), may_judge(actor, ticket)
    ids = [ticket.matter_id] if ticket.matter_id is not None else []
    return render_template(
        "hotline/show.html",
        ticket=ticket,
        earlier=list_earlier(actor, ticket, on=today()),
        out=find_exclusion(ticket),
        recounts=list_recounts(ticket),
        may_judge=judges,
        may_issue=may_issue,
        no_slip=why_none(actor, ticket) if may_issue else None,
        open_words=open_words,
        answer_words=answer_words,
        satisfaction_words=satisfaction_words,
        **_lights(ids),
    )


def _lights(case_ids: list[int]) -> dict[str, object]:
    """Return what the lights of some matters follow from."""
    main = list_terms(
        Deadline.subject_id.in_(case_ids), Deadline.rule.in_(MAIN), Deadline.closed_on.is_(None)
    )
    return {
        "matters": matters_among(case_ids),
        "terms": {term.subject_id: term for term in main},
        "days": working_days(),
        "on": today(),
    }
