"""Texts of matters."""

from flask_babel import gettext as _

from evalsys.supervision.matters.rules import SOURCES, MatterSource


def source_words(source: MatterSource) -> str:
    """Return the label of a source."""
    return str(_(SOURCES[source]))
