"""Labels of archives: statuses, outcomes of steps, pages viewed."""

from collections.abc import Mapping

from flask_babel import gettext as _

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Looked, Subject
from evalsys.cases.engine.words import entry_words
from evalsys.core.errors import N_, NP_
from evalsys.organisation.org.models import StatusKind
from evalsys.organisation.org.words import STATUSES
from evalsys.personnel.archive.rules import Bearing

LOOKED_AT: Mapping[str, str] = {
    Looked.ARCHIVE: N_("archive"),
    Looked.REFERENCE: N_("reference for appointment"),
    Looked.WORKBOOK: N_("archive as a workbook"),
    Looked.REGISTER: N_("a workbook of cases"),
    Looked.CASE: N_("a case"),
    Looked.LETTER: N_("a letter"),
}

BEARINGS = {
    Bearing.GOOD: NP_("how a figure bears", "for"),
    Bearing.BAD: NP_("how a figure bears", "against"),
    Bearing.NEUTRAL: NP_("how a figure bears", "neither"),
}


def status_words(kind: StatusKind) -> str:
    """Return the msgid of a status."""
    return STATUSES[kind]


def looked_at_words(page: str) -> str:
    """Return the label of a recorded page, without the case it names."""
    return str(_(LOOKED_AT.get(page.partition(" ")[0], LOOKED_AT[Looked.CASE])))


def bearing_words(bearing: Bearing) -> str:
    """Return the msgid of how a figure bears."""
    return BEARINGS[bearing]


def kind_tag(case: Subject) -> str:
    """Return the CSS kind of the tag for a case's stage, or ""."""
    return kind_of(case).tag


def outcome_words(case: Subject, step: CaseStep) -> list[tuple[str, str]]:
    """Return the outcome of a step as (label, value) pairs."""
    fields = next(m.fields for m in kind_of(case).machine.moves if m.name == step.name)
    labels = {str(_(field.label)) for field in fields if field.is_outcome}
    return [(label, value) for label, value in entry_words(case, step) if label in labels]
