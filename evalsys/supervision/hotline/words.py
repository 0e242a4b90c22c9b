"""Texts of hotline tickets."""

from flask_babel import gettext as _

from evalsys.core.errors import NP_
from evalsys.supervision.hotline.rules import SATISFACTIONS, Satisfaction

OPEN, CLOSED = NP_("hotline", "Open"), NP_("hotline", "Closed")


def open_words(*, is_open: bool) -> str:
    """Return how a ticket stands at the hotline."""
    return str(_(OPEN if is_open else CLOSED))


def answer_words(answer: bool | None) -> str:  # noqa: FBT001  # The answer itself.
    """Return an answer of a caller: yes, no, or not asked."""
    if answer is None:
        return str(_("not asked"))
    return str(_("yes")) if answer else str(_("no"))


def satisfaction_words(level: Satisfaction | None) -> str:
    """Return how satisfied a caller is."""
    return str(_("not asked")) if level is None else str(_(SATISFACTIONS[level]))
