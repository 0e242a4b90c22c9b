"""How people say a period and its state, on every page and in every chart."""

from flask_babel import get_locale
from flask_babel import gettext as _

from evalsys.core.city import say
from evalsys.core.errors import N_, Dated, Message, Text
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.rules import parse_period

QUARTERS = (N_("Q1 %(year)s"), N_("Q2 %(year)s"), N_("Q3 %(year)s"), N_("Q4 %(year)s"))
HALVES = (N_("first half of %(year)s"), N_("second half of %(year)s"))
YEAR, MONTH = N_("the year %(year)s"), N_("MMM y")
STATES = {
    PeriodState.OPEN: N_("open"),
    PeriodState.COUNTING: N_("being counted"),
    PeriodState.CLOSED: N_("closed"),
    PeriodState.PUBLISHED: N_("published"),
}


def period_message(code: str, month: Message = MONTH) -> Text:
    """Name a period in full: 2026年第三季度, Q3 2026. `month` is the pattern of a single month."""
    span = parse_period(code)
    year, number = code[:4], int(code[-1])
    if span.kind == "quarter":
        return QUARTERS[number - 1].filled(year=year)
    if span.kind == "half":
        return HALVES[number - 1].filled(year=year)
    if span.kind == "month":
        return Dated(span.starts_on, month)
    return YEAR.filled(year=year)


def period_words(code: str) -> str:
    """Name a period in full, in the visitor's language."""
    return say(period_message(code), str(get_locale()))


def period_short(code: str) -> str:
    """Name a period in a chart: 2026 Q3."""
    return code.replace("-", " ", 1)


def state_words(state: PeriodState) -> str:
    """Name the state of a period."""
    return str(_(STATES[state]))
