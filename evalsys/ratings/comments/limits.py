"""The limit of comments: how many are released together. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import Limit, LimitSection

BATCH = Limit(
    "comment_batch",
    N_("Comments released together, at least"),
    5,
    (5, 100),
    N_("comments"),
)
LIMITS = LimitSection(NP_("policy", "Comments"), (BATCH,))
