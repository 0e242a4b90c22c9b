"""Labels of periods and their states on pages and charts."""

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
    """Return the full name of a period in the visitor's language."""
    return say(period_message(code), str(get_locale()))


def period_short(code: str) -> str:
    """Return the short name of a period for charts: 2026 Q3."""
    return code.replace("-", " ", 1)


def state_words(state: PeriodState) -> str:
    """Return the label of a state in the visitor's language."""
    return str(_(STATES[state]))
