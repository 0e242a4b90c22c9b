"""The league table of organs by what callers say.

The supervision office and leaders open it, and chiefs for the organ of their section: numbers of
organs, about nobody. What was left out, and by whom, is for the office alone; others read
months that are over, of each organ those with enough callers: one day's numbers, or the difference
of two views, could be the answer of one caller.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate_list, today
from evalsys.core.permissions import Action
from evalsys.organisation.periods.spans import read_span
from evalsys.supervision.hotline.rates.queries import (
    count_by_month,
    count_of_city,
    list_excluded,
    list_shown,
    weights_now,
)
from evalsys.supervision.hotline.rates.rules import (
    among,
    enough_by_month,
    last_month,
    league,
    total_of,
    whole_months,
)
from evalsys.supervision.hotline.rates.words import rate_words

bp = Blueprint("rates", __name__, url_prefix="/hotline")

PER_PAGE = 50  # organs
MOST_EXCLUDED = 20  # named on the page; the register has all


@bp.get("/league")
@requires(Action.HOTLINE_LEAGUE)
def table() -> ResponseReturnValue:
    """Show the rates of each organ for the tickets received in some days."""
    actor, on = current_actor(), today()
    asked = (request.args.get("since", ""), request.args.get("until", ""))
    is_office, (weights, least) = actor.may(Action.HOTLINE_VIEW), weights_now()
    if is_office:
        since, until = read_span(*asked, on, on.replace(day=1))
        counts = count_of_city(since, until)
    else:
        first, last = last_month(on)
        since, until = whole_months(*read_span(*asked, last, first), on)
        counts = enough_by_month(count_by_month(since, until), least)
    shown = list_shown(actor, counts, on)
    excluded = list_excluded(actor, since, until) if is_office else ()
    rows = among(league(counts, weights, least), shown)
    total = total_of([row.counts for row in rows if is_office or row.place])
    return render_template(
        "rates/table.html",
        rows=paginate_list(rows, PER_PAGE),
        organs=len(counts),
        is_office=is_office,
        total=total,
        overall=total.overall(weights) if total else None,
        excluded=excluded[:MOST_EXCLUDED],
        left=len(excluded),
        weights=weights,
        least=least,
        since=since,
        until=until,
        shown=rate_words,
    )
