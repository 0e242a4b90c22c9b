"""Pages of the window screens: the office queues events, phones scan them."""

from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_
from evalsys.core.forms import form_page
from evalsys.core.guards import current_actor, public, requires
from evalsys.core.permissions import Action
from evalsys.core.sealing import signing_key
from evalsys.foundation.qr import qr_svg
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.ratings.ballots.phone import keep_ticket
from evalsys.ratings.ballots.rules import StaleSlot
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.tickets.checks import EventsRefused
from evalsys.ratings.tickets.forms import ScreenForm
from evalsys.ratings.tickets.queries import (
    Colleague,
    find_at_window,
    find_turn,
    get_colleague,
    is_waiting,
    list_turns,
)
from evalsys.ratings.tickets.rules.events import NO_NUMBER, RANGE_MOST, read_event_numbers
from evalsys.ratings.tickets.rules.screens import (
    SLOT_SECONDS,
    read_display,
    read_slot,
    write_display,
    write_slot,
)
from evalsys.ratings.tickets.service import issue_from_screen, put_on_screen
from evalsys.ratings.tickets.views import in_words

LOOKS_AGAIN = 10  # seconds between reloads of a screen
TOO_MANY = N_("At most %(most)s numbers at once")


@bp.route("/tickets/screen/<number>", methods=["GET", "POST"])
@requires(Action.TICKET_ISSUE)
def screen(number: str) -> ResponseReturnValue:
    """Queue the events a person serves today on the window's screen."""
    today = pages.today()
    person = get_colleague(current_actor(), number, today)
    form = ScreenForm()
    problems: list[str] = []
    if form.validate_on_submit():
        try:
            _put(person, form)
        except EventsRefused as error:
            problems = in_words(error.problems)
        else:
            return redirect(url_for(".screen", number=number), 303)
    path = url_for(".display", token=write_display(signing_key(), person.staff_id))
    return form_page(
        "ratings/screen_office.html",
        person=person,
        form=form,
        problems=problems,
        turns=list_turns(person.staff_id, today),
        path=path,
    )


def _put(person: Colleague, form: ScreenForm) -> None:
    numbers, wrong = read_event_numbers(form.numbers.data or "")
    if wrong:
        raise EventsRefused([CellProblem(0, "event_no", part, NO_NUMBER) for part in wrong])
    if len(numbers) > RANGE_MOST:
        params: dict[str, Any] = {"most": RANGE_MOST}
        raise EventsRefused([CellProblem(0, "event_no", "", TOO_MANY, params)])
    with unit_of_work(current_actor()) as unit:
        put_on_screen(unit, person, numbers, form.service_type.data, on=pages.today())
    words = ngettext("%(num)s code was put on", "%(num)s codes were put on", len(numbers))
    flash(words)


@bp.get("/w/<token>")
@public
def display(token: str) -> ResponseReturnValue:
    """Show the code of the latest event; the page reloads by itself."""
    today, now = pages.today(), int(pages.now().timestamp())
    person = find_at_window(read_display(signing_key(), token), today)
    if person is None:
        raise StaleSlot
    turn = find_turn(person.staff_id, today)
    link = ""
    if turn:
        slot = write_slot(signing_key(), turn.id, now)
        link = current_app.config["PUBLIC_URL"] + url_for(".from_screen", token=slot)
    return render_template(
        "ratings/screen.html",
        person=person,
        turn=turn,
        qr=qr_svg(link) if turn else "",
        seconds=min(LOOKS_AGAIN, SLOT_SECONDS - now % SLOT_SECONDS),
    )


@bp.route("/s/<token>", methods=["GET", "POST"])
@public
def from_screen(token: str) -> ResponseReturnValue:
    """Offer the ticket of a screen's code; issue it to the first phone that taps.

    The tap is a POST: previews and prefetches issue nothing.
    """
    now, is_tap = int(pages.now().timestamp()), request.method == "POST"
    turn_id = read_slot(signing_key(), token, now, grace=1 if is_tap else 0)
    if not is_waiting(turn_id, pages.today()):
        raise StaleSlot
    if not is_tap:
        return render_template("ratings/scanned.html", token=token)
    issued = issue_from_screen(turn_id, on=pages.today())
    return keep_ticket(make_response(redirect(url_for(".rate"), 303)), issued.code)
