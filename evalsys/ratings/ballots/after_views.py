"""Pages after a rating: look it up, forget it on this device, report a rated slip."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from evalsys.core import pages
from evalsys.core.extensions import limiter
from evalsys.core.guards import public
from evalsys.ratings.ballots.phone import forget_all, share
from evalsys.ratings.ballots.queries import get_ticket, look_up
from evalsys.ratings.ballots.service import mark_interference
from evalsys.ratings.ballots.throttle import check_tries, count_try
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.ballots.words import EXCLUSION_WORDS
from evalsys.ratings.tickets.rules.codes import read_code


@bp.route("/check", methods=["GET", "POST"])
@public
@limiter.limit("60 per minute", methods=["POST"])
def check() -> ResponseReturnValue:
    """Show where the ballot of a reference is, never its content."""
    typed = request.form.get("reference", "").strip()[:40]
    finding = look_up(typed) if typed else None
    return render_template(
        "ratings/check.html", typed=typed, finding=finding, exclusion_words=EXCLUSION_WORDS
    )


@bp.post("/r/taken")
@public
def report_taken() -> ResponseReturnValue:
    """Mark a ballot as interfered with: its slip was rated before its holder could."""
    check_tries()
    ticket = get_ticket(read_code(request.form.get("code", "")))
    ticket.check_open(pages.today())
    mark_interference(ticket, ticket.person(request.form.get("person")))
    count_try()
    return render_template("ratings/taken.html")


@bp.post("/r/forget")
@public
def forget() -> ResponseReturnValue:
    """Delete the rating cookies of this device, and keep none if several people share it."""
    answer = forget_all(make_response(redirect(url_for(".rate"), 303)))
    if "shared" in request.form:
        share(answer, is_shared=request.form["shared"] == "1")
    return answer
