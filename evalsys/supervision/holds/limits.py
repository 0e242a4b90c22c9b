"""Terms of holds. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import WORKING_DAYS, Limit, LimitSection

LOOK = Limit(
    "hold_wd",
    N_("Looking into what seems strange"),
    10,
    (3, 30),
    WORKING_DAYS,
    basis="有异常迹象的应当及时核实，核实期间暂停建议",
)
LIMITS = LimitSection(NP_("policy", "Holds"), (LOOK,))
