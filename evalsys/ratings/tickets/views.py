"""Pages of the hall office: issue tickets, print slips."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.forms import SelectChoice, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.core.sendings import ShownOnce
from evalsys.foundation.qr import qr_svg
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.ratings.ballots.models import Channel
from evalsys.ratings.ballots.queries import get_tickets
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.tickets.checks import EventsRefused, ServiceEvent
from evalsys.ratings.tickets.forms import CounterForm
from evalsys.ratings.tickets.queries import (
    Colleague,
    list_colleagues,
    list_issuing_sections,
    may_issue_at_all,
    namesakes,
)
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import IssuedTicket, issue_tickets
from evalsys.ratings.tickets.slips import Slip, slip_of

MOST_ON_PAGE = 1000  # slips; longer lists go through the command


@bp.route("/tickets", methods=["GET", "POST"])
@requires(Action.TICKET_ISSUE)
def tickets() -> ResponseReturnValue:
    """Issue one ticket at the counter; link to lists, screens and invitations."""
    return _counter()


@bp.route("/tickets/colleagues", methods=["GET", "POST"])
@requires(Action.TICKET_COLLEAGUE)
def colleagues() -> ResponseReturnValue:
    """Issue a ticket for a colleague, if the policy allows it."""
    if not may_issue_at_all(current_actor()):
        abort(404)
    return _counter()


def _counter() -> ResponseReturnValue:
    actor, today = current_actor(), pages.today()
    people = People(today)
    form = CounterForm()
    form.staff.choices = people.choices
    if not form.is_submitted():
        form.served_on.data = today
    problems: Sequence[str] = ()
    if form.validate_on_submit():
        try:
            with unit_of_work(actor) as unit:
                issued = issue_tickets(unit, [_event(form)], on=today)
        except EventsRefused as error:
            problems = in_words(error.problems)
        else:
            return show_slips(issued)
    return form_page(
        "ratings/tickets.html",
        form=form,
        problems=problems,
        people=people,
    )


class People:
    """The sections for which the visitor may issue tickets, and the members of one."""

    def __init__(self, today: date) -> None:
        actor = current_actor()
        self.sections = list_issuing_sections(actor, today)
        first = self.sections[0][0] if self.sections else None
        self.section_id = request.args.get("section", type=int) or first
        self.rows: list[Colleague] = list_colleagues(actor, today, self.section_id)
        self.has_namesake = bool(namesakes(actor))
        self.choices = [SelectChoice(row.number, row.name) for row in self.rows]


def in_words(problems: Iterable[CellProblem]) -> list[str]:
    """Return the message of each problem."""
    return [_in_words(problem) for problem in problems]


def _in_words(problem: CellProblem) -> str:
    words = str(_(problem.message, **problem.params))
    return _("%(column)s: ", column=problem.value) + words if problem.value else words


def _event(form: CounterForm) -> ServiceEvent:
    return ServiceEvent(
        given(form.served_on.data),
        tuple(given(form.staff.data)),
        form.service_type.data,
        Channel.COUNTER,
        event_no=form.event_no.data,
    )


def show_slips(issued: Iterable[IssuedTicket], back: str | None = None) -> ShownOnce:
    """Show new tickets as slips to scan or print; the codes exist on this page only.

    `back` is the address of the page before, by default that of its form.
    """
    tickets = list(issued)
    codes = [ticket.code for ticket in tickets]
    names = [ticket.event.addressee or "" for ticket in tickets]
    own = next((one for one in _OWN_PAGES if one == request.endpoint), "ratings.tickets")
    page = render_template(
        "ratings/slips.html",
        slips=_slips(codes, names),
        codes=codes,
        names=names,
        qr_svg=qr_svg,
        is_one=back is not None,
        back=back or url_for(own),
        may_save=current_actor().may(Action.TICKET_ISSUE),
    )
    return ShownOnce(page)


_OWN_PAGES = {"ratings.tickets", "ratings.colleagues", "ratings.invite"}


@bp.post("/tickets/slips.pdf")
@requires(Action.TICKET_ISSUE)
def slips_pdf() -> ResponseReturnValue:
    """Return the slips of posted codes as PDF."""
    from evalsys.ratings.tickets.pdf import write_pdf

    codes = request.form.get("codes", "").split()
    names = request.form.get("names", "").split("\n")
    answer = Response(write_pdf(_slips(codes, names)), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename="slips.pdf")
    return answer


def _slips(codes: Sequence[str], names: Sequence[str]) -> list[Slip]:
    if len(codes) > MOST_ON_PAGE:
        raise DomainError(
            N_("At most %(most)s slips at once; please divide the list."),
            most=MOST_ON_PAGE,
            status=422,
        )
    tickets = get_tickets([read_code(code) for code in codes])
    padded = [*names, *[""] * len(codes)]
    pairs = zip(tickets, padded, strict=False)
    return [slip_of(ticket, name.strip()[:80]) for ticket, name in pairs]
