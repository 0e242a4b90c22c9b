"""Statuses in words."""

from evalsys.core.errors import N_
from evalsys.org.models import StatusKind

STATUSES = {
    StatusKind.SECONDED: N_("Seconded"),
    StatusKind.ON_LEAVE: N_("On leave"),
    StatusKind.MEDICAL: N_("Medical treatment"),
    StatusKind.MATERNITY: N_("Pregnancy, maternity or nursing"),
    StatusKind.STUDY: N_("Released for study"),
}


def status_words(kind: StatusKind) -> str:
    """Return the msgid of a status."""
    return STATUSES[kind]
