"""The league table of organs by what callers say, for the supervision office."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate_list, today
from evalsys.core.permissions import Action
from evalsys.organisation.periods.spans import read_span
from evalsys.supervision.hotline.rates.queries import count_by_organ, list_excluded, weights_now
from evalsys.supervision.hotline.rates.rules import league, total_of
from evalsys.supervision.hotline.rates.words import rate_words

bp = Blueprint("rates", __name__, url_prefix="/hotline")

PER_PAGE = 50  # organs
MOST_EXCLUDED = 20  # named on the page; the register has all


@bp.get("/league")
@requires(Action.HOTLINE_VIEW)
def table() -> ResponseReturnValue:
    """Show the rates of each organ for the tickets received in some days."""
    actor, on = current_actor(), today()
    asked = (request.args.get("since", ""), request.args.get("until", ""))
    since, until = read_span(*asked, on, on.replace(day=1))
    weights, least = weights_now()
    counts = count_by_organ(actor, since, until)
    excluded = list_excluded(actor, since, until)
    total = total_of(counts)
    return render_template(
        "rates/table.html",
        rows=paginate_list(league(counts, weights, least), PER_PAGE),
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
