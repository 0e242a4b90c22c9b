"""Labels of the kinds of sections. Pure."""

from evalsys.core.errors import N_
from evalsys.organisation.org.models import SectionKind

KINDS = {
    SectionKind.WINDOW: N_("Window"),
    SectionKind.APPROVAL: N_("Approval"),
    SectionKind.ENFORCEMENT: N_("Enforcement"),
    SectionKind.GENERAL: N_("General"),
}
