"""Limits of counting: the smallest batch, and the longest wait for it. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import DAYS, Limit, LimitSection

BATCH = Limit(
    "count_min_batch",
    N_("Slips counted together, at least"),
    20,
    (5, 1000),
    N_("slips"),
)
LONGEST_WAIT = Limit(
    "count_longest_wait_d",
    N_("Longest wait for such a batch"),
    7,
    (1, 30),
    DAYS,
)
LIMITS = LimitSection(NP_("policy", "Counting"), (BATCH, LONGEST_WAIT))
