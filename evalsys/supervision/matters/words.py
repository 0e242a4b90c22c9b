"""Texts of matters."""

from datetime import date

from flask_babel import gettext as _

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.deadlines.words import light_words
from evalsys.cases.engine.models import Deadline
from evalsys.core.errors import N_
from evalsys.core.pages import short_day
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import SOURCES, MatterSource

# The groups of lights: the heads of the board, and the choices of the filter.
GROUPS = {
    "late": N_("Overdue"),
    "near": N_("Due today or near"),
    "green": N_("In time"),
    "apart": N_("Stopped or referred"),
}
LIGHTS = {**GROUPS, "today": N_("Due today"), "referred": N_("Referred to discipline")}


def source_words(source: MatterSource) -> str:
    """Return the label of a source."""
    return str(_(SOURCES[source]))


def matter_light(matter: Matter, term: Deadline, on: date, days: WorkingDays) -> tuple[Light, str]:
    """Return the light of an open matter, from its main term, and its text."""
    if matter.referred_on is not None:
        return Light.REFERRED, str(_("referred on %(day)s", day=short_day(matter.referred_on)))
    if term.paused_on is not None:
        return Light.PAUSED, str(_("stopped since %(day)s", day=short_day(term.paused_on)))
    return light_words(term, on, days)


def source_choices() -> list[tuple[str, str]]:
    """Return (value, label) of every source."""
    return [(source.value, source_words(source)) for source in SOURCES]
