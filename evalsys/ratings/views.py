"""Pages of citizens: open a ticket, rate, thanks, look a reference up.

`rate` and `check` carry no CSRF token. For `rate` the secret of the ticket is the token: no other
site can guess it, and the cookie that also holds it is SameSite=Lax, so that it never comes from
one. `check` changes nothing.
"""

import functools
from collections.abc import Mapping
from datetime import date, timedelta

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
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from evalsys.calendars.queries import working_days
from evalsys.core import pages
from evalsys.core.errors import DomainError, NotHere
from evalsys.core.extensions import limiter
from evalsys.core.guards import public
from evalsys.policies.queries import rules_in_force
from evalsys.ratings.forms import is_ballot, read_ballot
from evalsys.ratings.queries import HeldTicket, Served, get_ticket, look_up
from evalsys.ratings.rules import (
    CALLBACK_WD,
    COMMENT_LENGTH,
    REASONS,
    ExpiredTicket,
    MistypedTicket,
    Problem,
    StaleSlot,
    UnknownTicket,
    UsedTicket,
    read_code,
    write_code,
)
from evalsys.ratings.service import submit_rating
from evalsys.ratings.words import EXCLUSION_WORDS, LEVEL_WORDS, QUESTIONS

bp = Blueprint("ratings", __name__)

TICKET_AGE = 3600  # seconds: how long a phone, or the next user of a terminal, finds the form open


@bp.get("/r/<code>")
@public
def open_link(code: str) -> ResponseReturnValue:
    """Take the code out of the address, so that neither history nor a screenshot shows it."""
    return keep_ticket(make_response(redirect(url_for(".rate"), 303)), read_code(code))


@bp.route("/r", methods=["GET", "POST"])
@public
def rate() -> ResponseReturnValue:
    """Ask for a code; show the form of a ticket; take a ballot."""
    form, today = request.form, pages.today()
    code = form.get("code") or request.cookies.get(_cookie(), "")
    choices = _choices()
    if not code or "other" in request.args:
        return _ask_for_code()
    ticket = get_ticket(read_code(code))
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
    code = request.cookies.get(_cookie())
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
    if request.cookies.get(_cookie()) == write_code(ticket.secret):
        return redirect(url_for(".thanks"), 303)
    return _show_thanks(ticket)


def _ask_for_code() -> ResponseReturnValue:
    answer = make_response(render_template("ratings/open.html", typed="", problem=None))
    if "other" in request.args:
        answer.delete_cookie(_cookie(), secure=_is_secure())
    return answer


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


def _cookie() -> str:
    return "__Host-ticket" if _is_secure() else "ticket"


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def keep_ticket(answer: Response, secret: bytes) -> Response:
    """Let the phone keep the ticket, so that the form survives a reload."""
    answer.set_cookie(
        _cookie(),
        write_code(secret),
        max_age=TICKET_AGE,
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


@bp.errorhandler(MistypedTicket)
@bp.errorhandler(UnknownTicket)
def _show_wrong_code(error: DomainError) -> ResponseReturnValue:
    """Let a citizen mend the code."""
    typed = request.form.get("code", (request.view_args or {}).get("code", ""))[:60]
    known = isinstance(error, MistypedTicket)
    html = render_template("ratings/open.html", typed=typed, problem="typed" if known else "known")
    return html, error.status


@bp.errorhandler(ExpiredTicket)
def _show_expired(error: ExpiredTicket) -> ResponseReturnValue:
    """Say that the window is over, and why on this day."""
    ticket = error.params["ticket"]
    assert isinstance(ticket, HeldTicket)
    days = _counted_days(ticket.served_on, ticket.valid_until)
    return render_template("ratings/expired.html", ticket=ticket, days=days), error.status


@bp.errorhandler(UsedTicket)
def _show_used(error: UsedTicket) -> ResponseReturnValue:
    """Say that the ballot is counted, and how to look it up."""
    ticket = error.params["ticket"]
    assert isinstance(ticket, HeldTicket)
    rated = [person for person in ticket.served if person.staff_id in ticket.counted]
    return render_template("ratings/used.html", ticket=ticket, rated=rated), error.status


@bp.errorhandler(StaleSlot)
def _show_stale(error: StaleSlot) -> ResponseReturnValue:
    """Ask for the next code of the screen."""
    return render_template("ratings/stale.html"), error.status


def _counted_days(start: date, end: date) -> list[date]:
    """Return the working days that were counted."""
    calendar = working_days()
    return calendar.counted(start, calendar.between(start, end))
