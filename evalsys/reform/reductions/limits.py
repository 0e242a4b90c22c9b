"""The targets of the five reductions. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import PERCENT, Limit, LimitSection

TIME = Limit(
    "reduce_time",
    N_("Promised time of a service matter, shorter by at least"),
    30,
    (0, 100),
    PERCENT,
    basis="减环节、减时限：办理时限压减30%、环节压减40%（潍坊市五减）",
)
STEPS = Limit(
    "reduce_steps",
    N_("Steps of a service matter, fewer by at least"),
    40,
    (0, 100),
    PERCENT,
    basis="减环节、减时限：办理时限压减30%、环节压减40%（潍坊市五减）",
)
LIMITS = LimitSection(NP_("policy", "Five reductions"), (TIME, STEPS))
