"""How sheets name a period: in the words of the pages, a month in figures alone. Pure."""

from evalsys.core.errors import NP_, Text
from evalsys.organisation.periods.rules import period_message

MONTH = NP_("sheet", "y-MM")


def period_words(code: str) -> Text:
    """Name a period in full: 2026年第三季度, Q3 2026, 2026-07."""
    return period_message(code, MONTH)
