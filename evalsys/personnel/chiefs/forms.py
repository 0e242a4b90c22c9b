"""Forms of the comparison: the entry of each chosen chief, and the notice of all."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from evalsys.cases.engine.forms import StepForm, step_form
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.machine import Field
from evalsys.core.errors import N_
from evalsys.organisation.periods.words import period_words
from evalsys.personnel.chiefs.rules.commendation import COMMENDATION

CHOOSE = next(move for move in COMMENDATION.moves if move.name == "choose")
OF_EACH = {
    "deeds": N_("What is commended: %(name)s"),
    "left_out_reasons": N_("%(name)s: why without %(periods)s"),
}
OF_ALL = tuple(field for field in CHOOSE.fields if field.name in {"where", "contact"})


def choice_form(cases: Sequence[Subject], full: Mapping[int, Sequence[str]]) -> StepForm:
    """Return a form with the deeds of each case and the common fields of the notice.

    `full` maps a case to its periods without a place, for which a reason is asked.
    """
    own = []
    for case in cases:
        params = {
            "name": case.staff.name,
            "periods": _(", ").join(map(period_words, full[case.id])),
        }
        names = OF_EACH if full[case.id] else ["deeds"]
        own += [Field(f"{name}_{case.id}", _(OF_EACH[name], **params)) for name in names]
    return step_form([*own, *OF_ALL])


def entries_of(form: StepForm, cases: Sequence[Subject]) -> dict[int, dict[str, Any]]:
    """Return case id -> the entry of its step."""
    filled = form.entry()
    common = {field.name: filled[field.name] for field in OF_ALL}
    return {
        case.id: {**common, **{name: filled.get(f"{name}_{case.id}") for name in OF_EACH}}
        for case in cases
    }
