"""Pages of citizens whose ticket opens no form: wrong code, closed window, counted ballot.

None of them is a bare error: each says what is so, why, and the way on.
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
    """Let a citizen mend the code, and say where if one slip explains it."""
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
    """Say that the window is over, and why on this day."""
    ticket = error.params["ticket"]
    if ticket is None:
        return _show_spent(error, is_counted=False)
    assert isinstance(ticket, HeldTicket)
    days = _counted_days(ticket.served_on, ticket.valid_until)
    return render_template("ratings/expired.html", ticket=ticket, days=days), error.status


@bp.errorhandler(UsedTicket)
def _show_used(error: UsedTicket) -> ResponseReturnValue:
    """Say that the ballot is counted, and how to look it up: its reference is its rater's alone."""
    ticket = error.params["ticket"]
    if ticket is None:
        return _show_spent(error, is_counted=True)
    assert isinstance(ticket, HeldTicket)
    hand = held_hand()
    key = hand[1] if hand and hand[0] == ticket.hash else b""
    own = [
        (person, ticket.counted[person.staff_id])
        for person in ticket.served
        if ticket.counted.get(person.staff_id) == kept_reference(key, ticket.hash, person.number)
    ]
    return render_template("ratings/used.html", ticket=ticket, own=own), error.status


def _show_spent(error: DomainError, *, is_counted: bool) -> ResponseReturnValue:
    """Say what became of a slip of which nothing but its last day is known any more."""
    day = error.params["day"]
    return render_template("ratings/spent.html", day=day, is_counted=is_counted), error.status


@bp.errorhandler(StaleSlot)
def _show_stale(error: StaleSlot) -> ResponseReturnValue:
    """Ask for the next code of the screen."""
    return render_template("ratings/stale.html"), error.status


def _counted_days(start: date, end: date) -> list[date]:
    """Return the working days that were counted."""
    calendar = working_days()
    return calendar.counted(start, calendar.between(start, end))
