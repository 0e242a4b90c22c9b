"""Archives in words: statuses, what a step came to, which page was looked at."""

from collections.abc import Mapping

from flask_babel import gettext as _

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Looked, Subject
from evalsys.cases.engine.words import entry_words
from evalsys.core.errors import N_
from evalsys.organisation.org.models import StatusKind

STATUSES = {
    StatusKind.SECONDED: N_("Seconded"),
    StatusKind.ON_LEAVE: N_("On leave"),
    StatusKind.MEDICAL: N_("Medical treatment"),
    StatusKind.MATERNITY: N_("Pregnancy, maternity or nursing"),
    StatusKind.STUDY: N_("Released for study"),
}
LOOKED_AT: Mapping[str, str] = {
    Looked.ARCHIVE: N_("archive"),
    Looked.WORKBOOK: N_("archive as a workbook"),
    Looked.REGISTER: N_("a workbook of cases"),
    Looked.CASE: N_("a case"),
    Looked.LETTER: N_("a letter"),
}


def status_words(kind: StatusKind) -> str:
    """Return the msgid of a status."""
    return STATUSES[kind]


def looked_at_words(page: str) -> str:
    """Say what was looked at, not which case: `page` is as it was noted.

    Earlier versions noted pages of several cases under names of their own.
    """
    return str(_(LOOKED_AT.get(page.partition(" ")[0], LOOKED_AT[Looked.CASE])))


def kind_tag(case: Subject) -> str:
    """Return how the stage of a case stands out: a kind of tag, or nothing."""
    return kind_of(case).tag


def told_words(case: Subject, step: CaseStep) -> list[tuple[str, str]]:
    """Return what a step came to as (label, value) pairs."""
    fields = next(m.fields for m in kind_of(case).machine.moves if m.name == step.name)
    told = {str(_(field.label)) for field in fields if field.is_outcome}
    return [(label, value) for label, value in entry_words(case, step) if label in told]
