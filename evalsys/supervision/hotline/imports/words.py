"""Texts of imports of tickets."""

from datetime import date
from typing import Any

from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.core.pages import day_words
from evalsys.supervision.hotline.imports.models import ImportStage
from evalsys.supervision.hotline.rules import SATISFACTIONS
from evalsys.supervision.hotline.words import open_words

STAGES = {
    ImportStage.RECEIVED: N_("Columns to be named"),
    ImportStage.MAPPED: N_("Trial run to come"),
    ImportStage.CHECKED: N_("Checked, nothing written"),
    ImportStage.WRITING: N_("Being written"),
    ImportStage.WRITTEN: N_("Written"),
}


def stage_words(stage: ImportStage) -> str:
    """Return the label of a stage."""
    return str(_(STAGES[stage]))


def change_value(key: str, value: Any) -> str:
    """Return a value of a field as stored in a report."""
    if key == "status":
        return open_words(is_open=bool(value))
    if key == "satisfaction" and value:
        return str(_(SATISFACTIONS[value]))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if key in {"received_on", "answer_by", "called_on"} and value:
        return day_words(date.fromisoformat(value), weekday=False)
    return str(value or "—")
