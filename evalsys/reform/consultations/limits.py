"""How much of a consultation may come with the slips of one section, unremarked. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import PERCENT, Limit, LimitSection

SHARE = Limit(
    "opinion_share",
    N_("Share of opinions with slips of one section that is stated"),
    20,
    (1, 100),
    PERCENT,
)
LEAST = Limit(
    "opinion_least",
    N_("Opinions with slips of one section that are stated, at least"),
    5,
    (2, 100),
    N_("opinions"),
)
LIMITS = LimitSection(NP_("policy", "Consultations"), (SHARE, LEAST))
