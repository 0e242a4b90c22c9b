"""Pages of citizens: open a ticket, rate, and be thanked.

Their forms carry no CSRF token: the secret of the ticket is the token. It comes with the form, and
no other site can guess it. No GET changes anything.
"""

import functools
from collections.abc import Mapping
from datetime import date

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.routing import PathConverter

from evalsys.core import pages
from evalsys.core.city import section_word
from evalsys.core.errors import N_
from evalsys.core.guards import public
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.forms import is_ballot, read_ballot
from evalsys.ratings.ballots.phone import (
    forget_ticket,
    held_code,
    held_hand,
    is_shared,
    keep_key,
    keep_ticket,
    key_for,
)
from evalsys.ratings.ballots.queries import HeldTicket, Served, find_receipts, get_ticket
from evalsys.ratings.ballots.rules import (
    COMMENT_LENGTH,
    REASONS,
    Hand,
    Problem,
    RatedBefore,
    RatingDraft,
    read_reference,
)
from evalsys.ratings.ballots.service import submit_rating
from evalsys.ratings.ballots.thanking import show_thanks
from evalsys.ratings.ballots.throttle import check_tries, count_try
from evalsys.ratings.ballots.words import LEVEL_WORDS, QUESTIONS
from evalsys.ratings.tickets.rules.codes import read_code, write_code

bp = Blueprint("ratings", __name__)


class Tail(PathConverter):
    """A path with whatever was sent along with it, a line break among it."""

    regex = r"(?s:[^/].*?)"


@bp.get("/R/<tail:code>")
@bp.get("/r/<tail:code>")
@public
def open_link(code: str) -> ResponseReturnValue:
    """Take the code out of the address, so that neither history nor a screenshot shows it.

    A browser that keeps no cookies comes back without one: it gets the form here.
    """
    check_tries()
    secret = read_code(code)
    if held_code() == write_code(secret):
        return redirect(url_for(".rate"), 303)
    if "kept" in request.args:
        return _open_form(get_ticket(secret))
    again = url_for(".open_link", code=write_code(secret), kept=1)
    return keep_ticket(make_response(redirect(again, 303)), secret)


@bp.get("/r/")
@bp.get("/R")
@bp.get("/R/")
@public
def open_other() -> ResponseReturnValue:
    """Mend an address in capitals or with a slash; the browser keeps what stands behind its #."""
    return redirect(url_for(".rate"), 303)


@bp.get("/r")
@public
def rate() -> ResponseReturnValue:
    """Show the form of the ticket that this phone holds; ask for a code if there is none."""
    code = held_code()
    if not code or "other" in request.args:
        return _ask_for_code()
    check_tries()
    return _open_form(get_ticket(read_code(code)))


@bp.post("/r")
@public
def hand_in() -> ResponseReturnValue:
    """Show the form of the ticket whose code was typed or scanned; take a ballot.

    An empty code is asked for again: it never means the ticket that was held before.
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
    return _show_form(ticket, person, form, problems)


@bp.get("/r/thanks")
@public
def thanks() -> ResponseReturnValue:
    """Show the references of a ticket: the same page whatever was chosen.

    The phone forgets the ticket: who comes next to a shared tablet finds no form.
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
    """Store a ballot and thank: on a page that can be reloaded, or at once without cookies.

    Raises RatedBefore.
    """
    key, form = key_for(ticket, request.form.get("key", "")), request.form
    known = read_reference(form.get("reference", ""))
    reference = submit_rating(ticket, person, draft, Hand(key, known), on=today)
    if reference == known:  # From another phone: this one cannot work the reference out again.
        return show_thanks([ticket.receipt(person, reference)], ticket)
    if held_code() == write_code(ticket.secret) and not is_shared():
        answer = make_response(redirect(url_for(".thanks"), 303))
    else:
        answer = show_thanks(find_receipts(ticket.hash, key), ticket)
    return keep_key(answer, ticket, key, today)


def _ask_for_reference(error: RatedBefore) -> Problem:
    """Ask who wants to change a rating for its reference; a wrong one is a guess at a code."""
    if not request.form.get("reference", "").strip():
        return Problem("reference", error.message, {})
    count_try()
    return Problem("reference", N_("This is not the reference of the first rating"), {})


def _ask_for_code(problem: str | None = None) -> Response:
    answer = make_response(render_template("ratings/open.html", typed="", problem=problem))
    if "other" in request.args:
        forget_ticket(answer)
    return answer


def _open_form(ticket: HeldTicket) -> Response:
    ticket.check_open(pages.today())
    return _show_form(ticket, ticket.served[0], MultiDict(), [])


def _show_form(
    ticket: HeldTicket, person: Served, answers: MultiDict[str, str], problems: list[Problem]
) -> Response:
    errors = {p.field: _(p.message, **p.params) for p in problems}
    is_filled = is_ballot(answers)
    key = key_for(ticket, answers.get("key", ""))
    html = render_template(
        "ratings/form.html",
        ticket=ticket,
        person=person,
        code=write_code(ticket.secret),
        key=key.hex(),
        errors=errors,
        is_filled=is_filled,
        typed=answers.get("reference", "")[:20],
        fields=_draw(answers, errors)
        if is_filled
        else _draw_blank(str(get_locale()), section_word()),
        min_n=rules_in_force().min_n_display,
    )
    answer = make_response(html, 422 if problems else 200)
    if not is_shared():
        answer.headers["Cache-Control"] = pages.MAY_COME_BACK
    for name, value in _choices().items():
        pages.remember(answer, name, value)
    return keep_key(keep_ticket(answer, ticket.secret), ticket, key, pages.today())


def _draw(answers: MultiDict[str, str], errors: Mapping[str, str]) -> Markup:
    html = render_template(
        "ratings/fields.html",
        answers=answers,
        errors=errors,
        questions=QUESTIONS,
        levels=LEVEL_WORDS,
        reasons=REASONS,
        comment_length=COMMENT_LENGTH,
    )
    return Markup(html)  # noqa: S704  # A template escaped it.


@functools.cache
def _draw_blank(locale: str, city: str) -> Markup:
    """Return the fields with nothing in them: the same for everybody, and half of the work."""
    return _draw(MultiDict(), {})


def _choices() -> dict[str, str]:
    """Use the language or the size of print that the form carries, and return it."""
    known = {"lang": set(pages.LANGUAGES), "size": {"normal", "large"}}
    choices = {n: request.form[n] for n, values in known.items() if request.form.get(n) in values}
    if choices:
        pages.choose(**choices)
    return choices
