"""The term within which the head of an organ decides first. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import WORKING_DAYS, Limit, LimitSection

DECIDE = Limit(
    "coordinate_wd",
    N_("First decision in a coordination"),
    3,
    (1, 15),
    WORKING_DAYS,
)
LIMITS = LimitSection(NP_("policy", "Top-level coordination"), (DECIDE,))
