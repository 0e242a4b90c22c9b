"""Texts of benchmarks: directions, gaps, changes."""

from decimal import Decimal

from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.core.pages import percent
from evalsys.reform.benchmarks.models import Indicator
from evalsys.reform.benchmarks.numbers import figure_words
from evalsys.reform.benchmarks.rules.comparing import Direction, Standing, gap_share

DIRECTIONS = {Direction.MORE: N_("More is better"), Direction.LESS: N_("Less is better")}
PERCENT = {"%", "％"}


def direction_words(direction: Direction) -> str:
    """Return the label of a direction."""
    return str(_(DIRECTIONS[direction]))


def amount_words(value: Decimal | None, indicator: Indicator) -> str:
    """Return a figure with its unit; "no figure" for None, never 0."""
    if value is None:
        return str(_("no figure"))
    space = "" if indicator.unit in PERCENT else " "
    return f"{figure_words(value, indicator.places)}{space}{indicator.unit}"


def plain_figure(value: Decimal) -> str:
    """Return a figure of a scale, with the decimals that it needs."""
    return figure_words(value, max(0, -int(value.normalize().as_tuple().exponent)))


def difference_words(value: Decimal, indicator: Indicator) -> str:
    """Return the size of a difference: percentages differ by percentage points."""
    unit = _("percentage points") if indicator.unit in PERCENT else indicator.unit
    return f"{figure_words(abs(value), indicator.places)} {unit}"


def gap_words(
    standing: Standing, other: Decimal | None, indicator: Indicator, *, with_share: bool = True
) -> str:
    """Return how far the own city is behind another figure; "no figure" without both."""
    behind = standing.behind(indicator.direction, other)
    if behind is None:
        return str(_("no figure"))
    if not behind:
        return str(_("level"))
    size = difference_words(behind, indicator)
    share = gap_share(indicator.direction, standing.own, other)
    if with_share and share is not None and indicator.unit not in PERCENT:
        size = _("%(size)s (%(share)s)", size=size, share=percent(abs(share)))
    if behind > 0:
        return str(_("behind by %(size)s", size=size))
    return str(_("ahead by %(size)s", size=size))


def rank_words(standing: Standing) -> str:
    """Return the rank among the cities that have a figure; — for none."""
    if standing.rank is None:
        return "—"
    return str(_("%(rank)s of %(cities)s", rank=standing.rank, cities=standing.cities))


def trend_words(standing: Standing, indicator: Indicator) -> str:
    """Return the change since the year before, and whether it is for the better."""
    trend = standing.trend
    if trend is None:
        return str(_("no earlier figure"))
    if trend.is_better is None:
        return str(_("as in %(year)s", year=trend.since))
    size = difference_words(trend.change, indicator)
    words = {
        (True, True): N_("up by %(size)s since %(year)s: better"),
        (True, False): N_("up by %(size)s since %(year)s: worse"),
        (False, True): N_("down by %(size)s since %(year)s: better"),
        (False, False): N_("down by %(size)s since %(year)s: worse"),
    }
    return str(_(words[trend.change > 0, trend.is_better], size=size, year=trend.since))


def target_words(standing: Standing, indicator: Indicator) -> str:
    """Return whether the target of the year is reached, and what is missing."""
    if standing.target is None:
        return str(_("no target"))
    missing = standing.behind(indicator.direction, standing.target)
    if missing is None:
        return str(_("target %(size)s", size=amount_words(standing.target, indicator)))
    if missing <= 0:
        return str(_("reached"))
    return str(_("%(size)s missing", size=difference_words(missing, indicator)))
