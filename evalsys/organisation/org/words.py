"""Labels of kinds of sections, statuses and employment. Pure."""

from evalsys.core.errors import N_
from evalsys.organisation.org.models import Employment, SectionKind, StatusKind

KINDS = {
    SectionKind.WINDOW: N_("Window"),
    SectionKind.APPROVAL: N_("Approval"),
    SectionKind.ENFORCEMENT: N_("Enforcement"),
    SectionKind.GENERAL: N_("General"),
}

STATUSES = {
    StatusKind.SECONDED: N_("Seconded"),
    StatusKind.ON_LEAVE: N_("On leave"),
    StatusKind.MEDICAL: N_("Medical treatment"),
    StatusKind.MATERNITY: N_("Pregnancy, maternity or nursing"),
    StatusKind.STUDY: N_("Released for study"),
}

EMPLOYMENTS = {
    Employment.CIVIL_SERVANT: N_("Civil servant"),
    Employment.MANAGED_AS_CIVIL_SERVANT: N_("Managed as a civil servant"),
    Employment.PUBLIC_INSTITUTION: N_("Public institution"),
    Employment.CONTRACT: N_("Contract"),
}
