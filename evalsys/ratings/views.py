"""Pages of citizens: open a ticket, rate, thanks, look a reference up.

`rate` and `check` carry no CSRF token. For `rate` the secret of the ticket is the token: it comes
with the form, and no other site can guess it. `check` changes nothing. Neither does any GET here.
"""

import functools
from collections.abc import Mapping
from datetime import timedelta

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

from evalsys.calendars.queries import working_days
from evalsys.core import pages
from evalsys.core.errors import NotHere
from evalsys.core.extensions import limiter
from evalsys.core.guards import public
from evalsys.policies.queries import rules_in_force
from evalsys.ratings.codes import (
    read_code,
    write_code,
)
from evalsys.ratings.forms import is_ballot, read_ballot
from evalsys.ratings.phone import forget_ticket, held_code, keep_ticket
from evalsys.ratings.queries import HeldTicket, Served, get_ticket, look_up
from evalsys.ratings.rules import (
    CALLBACK_WD,
    COMMENT_LENGTH,
    REASONS,
    Problem,
)
from evalsys.ratings.service import submit_rating
from evalsys.ratings.throttle import check_tries
from evalsys.ratings.words import EXCLUSION_WORDS, LEVEL_WORDS, QUESTIONS

bp = Blueprint("ratings", __name__)


@bp.get("/R/<path:code>")
@bp.get("/r/<path:code>")
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
    person = _person(ticket, form.get("person"))
    problems: list[Problem] = []
    if is_ballot(form) and not choices:
        draft = read_ballot(form)
        problems = draft.problems()
        if not problems:
            submit_rating(ticket, person, draft, on=today)
            return _after(ticket)
    ticket.check_open(today)
    return _show_form(ticket, person, form, problems)


@bp.get("/r/thanks")
@public
def thanks() -> ResponseReturnValue:
    """Show the references of a ticket: the same page whatever was chosen."""
    code = held_code()
    if not code:
        return redirect(url_for(".rate"), 303)
    ticket = get_ticket(read_code(code))
    ticket.check_open(pages.today())  # Afterwards nothing can be changed "until" any more.
    return _show_thanks(ticket) if ticket.rated() else redirect(url_for(".rate"), 303)


@bp.route("/check", methods=["GET", "POST"])
@public
@limiter.limit("60 per minute", methods=["POST"])
def check() -> ResponseReturnValue:
    """Say where the ballot of a reference is; never what it says."""
    typed = request.form.get("reference", "").strip()[:40]
    finding = look_up(typed) if typed else None
    return render_template(
        "ratings/check.html", typed=typed, finding=finding, exclusion_words=EXCLUSION_WORDS
    )


def _after(ticket: HeldTicket) -> ResponseReturnValue:
    """Thank: on a page that can be reloaded, or at once if the browser keeps no cookies."""
    if held_code() == write_code(ticket.secret):
        return redirect(url_for(".thanks"), 303)
    return _show_thanks(ticket)


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
    html = render_template(
        "ratings/form.html",
        ticket=ticket,
        person=person,
        code=write_code(ticket.secret),
        errors=errors,
        is_filled=is_filled,
        fields=_draw(answers, errors) if is_filled else _draw_blank(str(get_locale())),
        min_n=rules_in_force().min_n_display,
    )
    answer = make_response(html, 422 if problems else 200)
    answer.headers["Cache-Control"] = pages.MAY_COME_BACK
    for name, value in _choices().items():
        pages.remember(answer, name, value)
    return keep_ticket(answer, ticket.secret)


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
def _draw_blank(locale: str) -> Markup:
    """Return the fields with nothing in them: the same for everybody, and half of the work."""
    return _draw(MultiDict(), {})


def _show_thanks(ticket: HeldTicket) -> ResponseReturnValue:
    rated = ticket.rated()
    rules = rules_in_force()
    counted_by = ticket.valid_until + timedelta(days=rules.count_longest_wait_d)
    return render_template(
        "ratings/thanks.html",
        ticket=ticket,
        code=write_code(ticket.secret),
        rated=rated,
        others=[person for person in ticket.served if person not in rated],
        counted_by=counted_by,
        call_by=working_days().add(counted_by, CALLBACK_WD),
        rules=rules,
    )


def _person(ticket: HeldTicket, number: str | None) -> Served:
    """Return who is rated: the one who was chosen, else the first. Raises NotHere."""
    if number is None:
        return ticket.served[0]
    for person in ticket.served:
        if person.number == number:
            return person
    raise NotHere


def _choices() -> dict[str, str]:
    """Use the language or the size of print that the form carries, and return it."""
    known = {"lang": set(pages.LANGUAGES), "size": {"normal", "large"}}
    choices = {n: request.form[n] for n, values in known.items() if request.form.get(n) in values}
    if choices:
        pages.choose(**choices)
    return choices
