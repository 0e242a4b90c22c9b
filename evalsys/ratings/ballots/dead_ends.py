"""Error pages for tickets that open no form: wrong code, closed window, counted ballot.

Each says what happened, why, and what to do next.
"""

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from evalsys.core.errors import DomainError
from evalsys.foundation.calendars.queries import working_days
from evalsys.ratings.ballots.phone import held_hand
from evalsys.ratings.ballots.queries import HeldTicket
from evalsys.ratings.ballots.rules import (
    ExpiredTicket,
    StaleSlot,
    UnknownTicket,
    UsedTicket,
    kept_reference,
)
from evalsys.ratings.ballots.throttle import count_try
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.tickets.queries import find_slip
from evalsys.ratings.tickets.rules.codes import (
    CODE_LENGTH,
    LONGEST_TEXT,
    MistypedTicket,
    groups_of,
    typed_symbols,
)


@bp.errorhandler(MistypedTicket)
@bp.errorhandler(UnknownTicket)
def _show_wrong_code(error: DomainError) -> ResponseReturnValue:
    """Let the citizen correct the code, and mark the wrong group if a single slip explains it."""
    count_try()
    typed = request.form.get("code", (request.view_args or {}).get("code", ""))[:LONGEST_TEXT]
    is_mistyped = isinstance(error, MistypedTicket)
    symbols = typed_symbols(typed)
    html = render_template(
        "ratings/open.html",
        typed=typed,
        problem="typed" if is_mistyped else "known",
        group=find_slip(symbols) if is_mistyped else None,
        groups=groups_of(symbols),
        length=len(symbols),
        code_length=CODE_LENGTH,
    )
    return html, error.status


@bp.errorhandler(ExpiredTicket)
def _show_expired(error: ExpiredTicket) -> ResponseReturnValue:
    """Show that the window is over, with the working days that were counted."""
    ticket = error.params["ticket"]
    if ticket is None:
        return _show_spent(error, is_counted=False)
    assert isinstance(ticket, HeldTicket)
    days = _counted_days(ticket.served_on, ticket.valid_until)
    return render_template("ratings/expired.html", ticket=ticket, days=days), error.status


@bp.errorhandler(UsedTicket)
def _show_used(error: UsedTicket) -> ResponseReturnValue:
    """Show that the ballot is counted; its reference only to the device that rated."""
    ticket = error.params["ticket"]
    if ticket is None:
        return _show_spent(error, is_counted=True)
    assert isinstance(ticket, HeldTicket)
    held = held_hand()
    key = held[1] if held and held[0] == ticket.hash else b""
    own = [
        (person, ticket.counted[person.staff_id])
        for person in ticket.served
        if ticket.counted.get(person.staff_id) == kept_reference(key, ticket.hash, person.number)
    ]
    return render_template("ratings/used.html", ticket=ticket, own=own), error.status


def _show_spent(error: DomainError, *, is_counted: bool) -> ResponseReturnValue:
    """Show the state of a ticket that has been reduced to its hash and last day."""
    day = error.params["day"]
    return render_template("ratings/spent.html", day=day, is_counted=is_counted), error.status


@bp.errorhandler(StaleSlot)
def _show_stale(error: StaleSlot) -> ResponseReturnValue:
    """Ask for the next code on the screen."""
    return render_template("ratings/stale.html"), error.status


def _counted_days(start: date, end: date) -> list[date]:
    """Return the working days of the window."""
    calendar = working_days()
    return calendar.counted(start, calendar.between(start, end))
