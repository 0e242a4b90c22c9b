"""Terms of referrals, and whether one is sent without an approver. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import (
    DAYS,
    WORKING_DAYS,
    Limit,
    LimitSection,
    Switch,
)

RECEIVE = Limit(
    "receive_wd",
    N_("Receipt of a referral by the discipline organ"),
    3,
    (1, 10),
    WORKING_DAYS,
)
DECIDE = Limit(
    "referral_decide_d",
    N_("Decision of the discipline organ on a referral"),
    30,
    (10, 60),
    DAYS,
)
AT_ONCE = Switch(
    "refer_at_once",
    N_("Referrals of overdue matters are sent at once, without an approver"),
    default=False,
    basis="提出追究责任的建议须经批准，问题线索应当移送（政府督查工作条例第二十一条、第二十三条）",
)
LIMITS = LimitSection(
    NP_("policy", "Referrals to the discipline organ"), (RECEIVE, DECIDE, AT_ONCE)
)
