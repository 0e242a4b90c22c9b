"""The limit of reports of pressure. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import Limit, LimitSection

PRESSURE = Limit(
    "pressure_line",
    N_("Reports of pressure that make a task for supervision"),
    5,
    (1, 100),
    N_("reports"),
    basis="被要求好评达到此数的，由监督部门核查",
)
LIMITS = LimitSection(NP_("policy", "Reports of pressure"), (PRESSURE,))
