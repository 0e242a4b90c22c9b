"""Labels of bad reviews."""

from flask_babel import gettext as _

from evalsys.personnel.feedback.rules.categories import ASIDES, ATTRIBUTIONS, CATEGORIES, RESULTS
from evalsys.personnel.feedback.rules.review import REVIEW

NONE = "—"


def category_words(category: str | None) -> str:
    """Return the label of a category; — for None."""
    return str(_(CATEGORIES[category])) if category else NONE


def attribution_words(attribution: str | None) -> str:
    """Return the label of an attribution; — for None."""
    return str(_(ATTRIBUTIONS[attribution])) if attribution else NONE


def aside_words(aside: str | None) -> str:
    """Return the label of why a rating does not count; — for None."""
    return str(_(ASIDES[aside])) if aside else NONE


def result_words(result: str | None) -> str:
    """Return the label of a follow-up rating; — for None."""
    return str(_(RESULTS[result])) if result else NONE


def state_choices() -> list[tuple[str, str]]:
    """Return (name, label) of every state."""
    return [(state, str(_(words))) for state, words in REVIEW.states.items()]


def category_choices() -> list[tuple[str, str]]:
    """Return (name, label) of every category."""
    return [(category, str(_(words))) for category, words in CATEGORIES.items()]
