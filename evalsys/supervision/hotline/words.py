"""Texts of hotline tickets."""

from flask_babel import gettext as _

from evalsys.core.errors import NP_

OPEN, CLOSED = NP_("hotline", "Open"), NP_("hotline", "Closed")


def open_words(*, is_open: bool) -> str:
    """Return how a ticket stands at the hotline."""
    return str(_(OPEN if is_open else CLOSED))
