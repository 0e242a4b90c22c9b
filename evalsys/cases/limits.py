"""Limits shared by all kinds of cases. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import WORKING_DAYS, Limit, LimitSection

DECIDE = Limit(
    "decide_wd",
    N_("Collective decision"),
    15,
    (5, 60),
    WORKING_DAYS,
)
LIMITS = LimitSection(NP_("policy", "All cases"), (DECIDE,))
