"""Pages of the counter: issue tickets, print slips, show the rotating code of a window."""

from collections.abc import Iterable, Sequence

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError, NotHere
from evalsys.core.forms import SelectChoice, given
from evalsys.core.guards import current_actor, public, requires
from evalsys.core.permissions import Action
from evalsys.core.qr import qr_svg
from evalsys.ratings.codes import read_code
from evalsys.ratings.forms import CounterForm
from evalsys.ratings.issuing import (
    EventProblem,
    EventsRefused,
    IssuedTicket,
    ServiceEvent,
    issue_from_screen,
    issue_tickets,
)
from evalsys.ratings.issuing_queries import (
    Colleague,
    find_number,
    list_colleagues,
    list_issuing_sections,
)
from evalsys.ratings.models import Channel, RaterGroup
from evalsys.ratings.phone import keep_ticket
from evalsys.ratings.queries import get_tickets
from evalsys.ratings.rules import SLOT_SECONDS, StaleSlot, read_slot, write_slot
from evalsys.ratings.slips import Slip, slip_of, write_pdf
from evalsys.ratings.views import bp
from evalsys.ratings.words import RATER_GROUP_WORDS

MOST_ON_PAGE = 1000  # slips; longer lists go through the command


class TooManySlips(DomainError):
    """More slips than a page can show at once."""

    message = N_("At most %(most)s slips at once; please divide the list.")
    status = 422


@bp.route("/tickets", methods=["GET", "POST"])
@requires(Action.TICKET_ISSUE)
def tickets() -> ResponseReturnValue:
    """Issue one ticket at the counter; link to lists and screens."""
    actor, today = current_actor(), pages.today()
    sections = list_issuing_sections(actor, today)
    section_id = request.args.get("section", type=int) or (sections[0][0] if sections else None)
    colleagues = list_colleagues(actor, today, section_id)
    form = CounterForm()
    form.staff.choices = [SelectChoice(c.number, c.name) for c in colleagues]
    form.rater_group.choices = [
        SelectChoice(group.value, _l(words)) for group, words in RATER_GROUP_WORDS.items()
    ]
    if not form.is_submitted():
        form.served_on.data = today
    problems: Sequence[str] = ()
    if form.validate_on_submit():
        try:
            with unit_of_work(actor) as unit:
                issued = issue_tickets(unit, [_event(form)], on=today)
        except EventsRefused as error:
            problems = [_in_words(problem) for problem in error.problems]
        else:
            return show_slips(issued)
    html = render_template(
        "ratings/tickets.html",
        form=form,
        problems=problems,
        sections=sections,
        section_id=section_id,
        colleagues=colleagues,
        has_lists="ticket_lists.upload" in current_app.view_functions,
    )
    return html, 422 if form.is_submitted() else 200


def _in_words(problem: EventProblem) -> str:
    words = str(_(problem.message, **problem.params))
    return _("%(column)s: ", column=problem.value) + words if problem.value else words


def _event(form: CounterForm) -> ServiceEvent:
    return ServiceEvent(
        given(form.served_on.data),
        tuple(given(form.staff.data)),
        form.service_type.data,
        Channel.COUNTER,
        RaterGroup(form.rater_group.data),
    )


def show_slips(issued: Iterable[IssuedTicket]) -> ResponseReturnValue:
    """Show new tickets as slips to scan or print. The codes exist on this page only."""
    codes = [ticket.code for ticket in issued]
    return render_template("ratings/slips.html", slips=_slips(codes), codes=codes, qr_svg=qr_svg)


@bp.post("/tickets/slips.pdf")
@requires(Action.TICKET_ISSUE)
def slips_pdf() -> ResponseReturnValue:
    """Turn the codes that the page hands back into a PDF."""
    codes = request.form.get("codes", "").split()
    answer = Response(write_pdf(_slips(codes)), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename="slips.pdf")
    return answer


def _slips(codes: Sequence[str]) -> list[Slip]:
    if len(codes) > MOST_ON_PAGE:
        raise TooManySlips(most=MOST_ON_PAGE)
    return [slip_of(ticket) for ticket in get_tickets([read_code(code) for code in codes])]


@bp.get("/tickets/screen/<number>")
@requires(Action.TICKET_ISSUE)
def screen(number: str) -> ResponseReturnValue:
    """Show the code of this minute for somebody's window; the page turns to the next by itself."""
    person = _colleague(number)
    now = int(pages.now().timestamp())
    token = write_slot(_key(), person.staff_id, now)
    link = current_app.config["PUBLIC_URL"] + url_for(".from_screen", token=token)
    return render_template(
        "ratings/screen.html",
        person=person,
        qr=qr_svg(link),
        seconds=SLOT_SECONDS - now % SLOT_SECONDS,
    )


def _colleague(number: str) -> Colleague:
    for person in list_colleagues(current_actor(), pages.today()):
        if person.number == number:
            return person
    raise NotHere


@bp.route("/s/<token>", methods=["GET", "POST"])
@public
def from_screen(token: str) -> ResponseReturnValue:
    """Offer the ticket of a screen's code; give it to the first phone that taps for it.

    The tap is a POST: whatever only looks at the link, a preview or a prefetch, uses nothing up.
    """
    now, is_tap = int(pages.now().timestamp()), request.method == "POST"
    staff_id = read_slot(_key(), token, now, grace=1 if is_tap else 0)
    number = find_number(staff_id)
    if number is None:
        raise StaleSlot
    if not is_tap:
        return render_template("ratings/scanned.html", token=token)
    issued = issue_from_screen(token, number, on=pages.today())
    return keep_ticket(make_response(redirect(url_for(".rate"), 303)), read_code(issued.code))


def _key() -> bytes:
    return str(current_app.config["SECRET_KEY"]).encode()
