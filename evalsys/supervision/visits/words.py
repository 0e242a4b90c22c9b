"""Texts of front-line visits."""

from flask import current_app
from flask_babel import gettext as _

from evalsys.cases.papers.rules import size_words
from evalsys.supervision.visits.rules import MOST_PHOTOS, OUTCOMES, VisitOutcome


def outcome_of_visit(outcome: VisitOutcome) -> str:
    """Return the label of what came of a visit."""
    return str(_(OUTCOMES[outcome]))


def outcome_choices() -> list[tuple[str, str]]:
    """Return (value, label) of everything that can come of a visit."""
    return [(one.value, outcome_of_visit(one)) for one in OUTCOMES]


def photos_hint() -> str:
    """Return the hint on the photos of a visit."""
    return str(
        _(
            "JPEG or PNG, at most %(count)s, each up to %(size)s, %(all)s together. Place and "
            "device are taken out. No faces, papers or screens with somebody's data.",
            count=MOST_PHOTOS,
            size=size_words(current_app.config["ATTACHMENT_LARGEST"]),
            all=size_words(current_app.config["MAX_CONTENT_LENGTH"]),
        )
    )
