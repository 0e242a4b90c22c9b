"""Pages of citizens: open a ticket, rate, thanks.

The forms carry no CSRF token: the ticket's secret serves as one. It comes with the form, and no
other site can guess it. No GET changes anything.
"""

from datetime import date

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.routing import PathConverter

from evalsys.core import pages
from evalsys.core.errors import N_
from evalsys.core.guards import public
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.forms import is_ballot, read_ballot
from evalsys.ratings.ballots.phone import (
    forget_ticket,
    held_code,
    held_hand,
    is_shared,
    keep_form,
    keep_key,
    keep_ticket,
    key_for,
)
from evalsys.ratings.ballots.queries import HeldTicket, Served, find_receipts, get_form, get_ticket
from evalsys.ratings.ballots.rules import (
    Hand,
    Problem,
    RatedBefore,
    RatingDraft,
    read_reference,
)
from evalsys.ratings.ballots.service import submit_rating
from evalsys.ratings.ballots.skeleton import OpenForm, draw_form
from evalsys.ratings.ballots.thanking import show_thanks
from evalsys.ratings.ballots.throttle import check_tries, count_try
from evalsys.ratings.tickets.rules.codes import read_code, write_code

bp = Blueprint("ratings", __name__)


class Tail(PathConverter):
    """A path with everything after it, line breaks included."""

    regex = r"(?s:[^/].*?)"


@bp.get("/R/<tail:code>")
@bp.get("/R#<tail:code>")
@bp.get("/r＃<tail:code>")
@bp.get("/r#<tail:code>")
@bp.get("/r/<tail:code>")
@public
def open_link(code: str) -> ResponseReturnValue:
    """Move the code from the URL into a cookie: neither history nor screenshots show it.

    Messengers write a fragment with %23, people type it in full width: it arrives as a path. A
    browser without cookies comes back without one, and gets the form here.
    """
    check_tries()
    secret = read_code(code)
    code = write_code(secret)
    if held_code() == code:
        return redirect(url_for(".rate"), 303)
    if "kept" in request.args:
        return _open_form(secret)
    again = url_for(".open_link", code=code, kept=1)
    return keep_ticket(make_response(redirect(again, 303)), code)


@bp.get("/r/")
@bp.get("/R")
@bp.get("/R/")
@public
def open_other() -> ResponseReturnValue:
    """Redirect a URL in capitals or with a slash; the browser keeps the fragment."""
    return redirect(url_for(".rate"), 303)


@bp.get("/r")
@public
def rate() -> ResponseReturnValue:
    """Show the form of the ticket in the cookie; ask for a code if there is none."""
    if named := request.args.get("code"):
        check_tries()
        return redirect(url_for(".open_link", code=write_code(read_code(named))), 303)
    code = held_code()
    if not code or "other" in request.args:
        return _ask_for_code()
    check_tries()
    return _open_form(read_code(code))


@bp.post("/r")
@public
def hand_in() -> ResponseReturnValue:
    """Show the form of a typed or scanned code, or take a ballot.

    An empty code is asked for again: it never means the ticket in the cookie.
    """
    form, today = request.form, pages.today()
    choices = _choices()
    if not form.get("code", "").strip():
        return _ask_for_code(problem="empty"), 422
    check_tries()
    ticket = get_ticket(read_code(form["code"]))
    person = ticket.person(form.get("person"))
    problems: list[Problem] = []
    if is_ballot(form) and not choices:
        draft = read_ballot(form)
        problems = draft.problems()
        if not problems:
            try:
                return _take(ticket, person, draft, today)
            except RatedBefore as error:
                problems = [_ask_for_reference(error)]
    ticket.check_open(today)
    answer = _show_form(OpenForm(ticket, person, form, problems), rules_in_force(), today)
    for name, value in choices.items():
        pages.remember(answer, name, value)
    return answer


@bp.get("/r/thanks")
@public
def thanks() -> ResponseReturnValue:
    """Show the references of a ticket; the page is the same whatever was chosen.

    The ticket cookie is deleted: the next user of a shared tablet finds no form.
    """
    hand, code = held_hand(), held_code()
    receipts = find_receipts(*hand) if hand else []
    if not hand or not receipts or receipts[0].valid_until < pages.today():
        return redirect(url_for(".rate"), 303)  # Nothing can be changed "until" any more.
    ticket = get_ticket(read_code(code)) if code else None
    return show_thanks(receipts, ticket if ticket and ticket.hash == hand[0] else None)


def _take(
    ticket: HeldTicket, person: Served, draft: RatingDraft, today: date
) -> ResponseReturnValue:
    """Store a ballot and thank: by redirect, or directly without cookies.

    Raises RatedBefore.
    """
    key, form = key_for(ticket, request.form.get("key", "")), request.form
    known = read_reference(form.get("reference", ""))
    reference = submit_rating(ticket, person, draft, Hand(key, known), on=today)
    if reference == known:  # From another phone: this key cannot derive the reference.
        return show_thanks([ticket.receipt(person, reference)], ticket)
    if held_code() == ticket.code and not is_shared():
        answer = _lead_to_thanks()
    else:
        answer = show_thanks(find_receipts(ticket.hash, key), ticket)
    return keep_key(answer, ticket, key, today)


def _lead_to_thanks() -> Response:
    """Return the redirect after a ballot, cached per root path."""
    cached = current_app.extensions.setdefault("thanks_redirects", {})
    if request.root_path not in cached:
        answer = redirect(url_for(".thanks"), 303)
        cached[request.root_path] = answer.get_data(), list(answer.headers)
    body, headers = cached[request.root_path]
    return Response(body, 303, headers)


def _ask_for_reference(error: RatedBefore) -> Problem:
    """Return the problem of a missing or wrong reference; a wrong one counts as a guess."""
    if not request.form.get("reference", "").strip():
        return Problem("reference", error.message, {})
    count_try()
    return Problem("reference", N_("This is not the reference of the first rating"), {})


def _ask_for_code(problem: str | None = None) -> Response:
    answer = make_response(render_template("ratings/open.html", typed="", problem=problem))
    if "other" in request.args:
        forget_ticket(answer)
    return answer


def _open_form(secret: bytes) -> Response:
    (ticket, rules), today = get_form(secret), pages.today()
    ticket.check_open(today)
    return _show_form(OpenForm(ticket, ticket.served[0]), rules, today)


def _show_form(opened: OpenForm, rules: PolicyRules, today: date) -> Response:
    ticket, answers = opened.ticket, opened.answers
    key = key_for(ticket, answers.get("key", ""))
    html = draw_form(opened, key, rules.min_n_display)
    answer = Response(html, 422 if opened.problems else 200)
    return answer if is_shared() else keep_form(answer, ticket, key, today)


def _choices() -> dict[str, str]:
    """Apply and return the language or print size sent with the form."""
    known = {"lang": set(pages.LANGUAGES), "size": {"normal", "large"}}
    choices = {n: request.form[n] for n, values in known.items() if request.form.get(n) in values}
    if choices:
        pages.choose(**choices)
    return choices
