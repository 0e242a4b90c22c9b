"""Forms of the comparison: what is said of each who was chosen, and of the notice of all."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from evalsys.cases.forms import StepForm, step_form
from evalsys.cases.models import CaseFile
from evalsys.cases.rules import Field
from evalsys.chiefs.commendation import COMMENDATION
from evalsys.core.errors import N_

CHOOSE = next(move for move in COMMENDATION.moves if move.name == "choose")
OF_EACH, OF_ALL = CHOOSE.fields[:1], CHOOSE.fields[1:]


def choice_form(cases: Sequence[CaseFile]) -> StepForm:
    """Return a form with the deeds of each case, and what the notice of all of them says."""
    deeds = [
        Field(f"{field.name}_{case.id}", _(N_("What is commended: %(name)s"), name=case.staff.name))
        for case in cases
        for field in OF_EACH
    ]
    return step_form([*deeds, *OF_ALL])


def entries_of(form: StepForm, cases: Sequence[CaseFile]) -> dict[int, dict[str, Any]]:
    """Return case id -> the entry of its step."""
    filled = form.entry()
    common = {field.name: filled[field.name] for field in OF_ALL}
    return {
        case.id: {
            **common,
            **{field.name: filled[f"{field.name}_{case.id}"] for field in OF_EACH},
        }
        for case in cases
    }
