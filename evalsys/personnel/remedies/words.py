"""Texts of the terms of remedies."""

from flask_babel import gettext as _

from evalsys.cases.deadlines.rules import Due
from evalsys.cases.deadlines.words import end_words
from evalsys.core.pages import day_words
from evalsys.personnel.remedies.rules import Term


def term_words(term: Term) -> str:
    """Return when a term ends, or that it begins when the notice is opened."""
    end = end_words(Due(term.ends_on, term.is_provisional))
    if term.received_on is None:
        return str(
            _("The term begins on the day you open the case; opened today, until %(day)s", day=end)
        )
    received = day_words(term.received_on, weekday=False)
    return str(_("received on %(received)s, until %(day)s", received=received, day=end))
