"""Names of periods in sheets: as on pages, but a month in figures. Pure."""

from evalsys.core.errors import NP_, Text
from evalsys.organisation.periods.rules import period_message

MONTH = NP_("sheet", "y-MM")


def period_words(code: str) -> Text:
    """Return the full name of a period: 2026年第三季度, Q3 2026, 2026-07."""
    return period_message(code, MONTH)
