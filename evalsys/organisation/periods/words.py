"""How people say a period and its state, on every page and in every chart."""

from flask_babel import get_locale
from flask_babel import gettext as _

from evalsys.core.city import say
from evalsys.core.errors import N_
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.rules import period_message

STATES = {
    PeriodState.OPEN: N_("open"),
    PeriodState.COUNTING: N_("being counted"),
    PeriodState.CLOSED: N_("closed"),
    PeriodState.PUBLISHED: N_("published"),
}


def period_words(code: str) -> str:
    """Name a period in full, in the visitor's language."""
    return say(period_message(code), str(get_locale()))


def period_short(code: str) -> str:
    """Name a period in a chart: 2026 Q3."""
    return code.replace("-", " ", 1)


def state_words(state: PeriodState) -> str:
    """Name the state of a period."""
    return str(_(STATES[state]))
