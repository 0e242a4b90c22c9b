"""The limit of corrections: days until one is due. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import WORKING_DAYS, Limit, LimitSection

CORRECT = Limit(
    "correct_wd",
    N_("Correction after a rating is set aside"),
    5,
    (1, 30),
    WORKING_DAYS,
    basis="封账后认定不计入的评价，以更正生效；超过此期限的提示逾期",
)
LIMITS = LimitSection(NP_("policy", "Corrections"), (CORRECT,))
