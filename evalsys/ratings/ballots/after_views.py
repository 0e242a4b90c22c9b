"""Pages for after a rating: look it up, forget it here, say that somebody else gave it."""

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
    """Say where the ballot of a reference is; never what it says."""
    typed = request.form.get("reference", "").strip()[:40]
    finding = look_up(typed) if typed else None
    return render_template(
        "ratings/check.html", typed=typed, finding=finding, exclusion_words=EXCLUSION_WORDS
    )


@bp.post("/r/taken")
@public
def report_taken() -> ResponseReturnValue:
    """Note that somebody else has rated with a slip before its holder could."""
    check_tries()
    ticket = get_ticket(read_code(request.form.get("code", "")))
    ticket.check_open(pages.today())
    mark_interference(ticket, ticket.person(request.form.get("person")))
    count_try()
    return render_template("ratings/taken.html")


@bp.post("/r/forget")
@public
def forget() -> ResponseReturnValue:
    """Take everything of a rating from this device, for good if several people share it."""
    answer = forget_all(make_response(redirect(url_for(".rate"), 303)))
    if "shared" in request.form:
        share(answer, is_shared=request.form["shared"] == "1")
    return answer
