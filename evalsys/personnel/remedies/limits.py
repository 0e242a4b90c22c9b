"""Limits of remedies (Civil Servants Law, articles 95 and 96). Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import DAYS, Limit, LimitSection

RECONSIDER = Limit(
    "reconsider_d",
    N_("Application for reconsideration"),
    30,
    (30, 60),
    DAYS,
    basis="知道该人事处理之日起三十日内（公务员法第九十五条）",
)
RECONSIDER_DECIDE = Limit(
    "reconsider_decide_d",
    N_("Decision on a reconsideration"),
    30,
    (10, 30),
    DAYS,
    basis="三十日内作出复核决定（公务员法第九十六条）",
)
APPEAL = Limit(
    "appeal_d",
    N_("Appeal after a reconsideration"),
    15,
    (15, 60),
    DAYS,
    basis="接到复核决定之日起十五日内（公务员法第九十五条）",
)
APPEAL_DIRECT = Limit(
    "appeal_direct_d",
    NP_("rule", "Appeal without reconsideration"),
    30,
    (30, 60),
    DAYS,
    basis="也可以不经复核，三十日内直接申诉（公务员法第九十五条）",
)
APPEAL_DECIDE = Limit(
    "appeal_decide_d",
    N_("Decision on an appeal"),
    60,
    (30, 60),
    DAYS,
    basis="六十日内作出处理决定（公务员法第九十六条）",
)
APPEAL_EXTEND = Limit(
    "appeal_extend_d",
    N_("Extension of the decision on an appeal"),
    30,
    (0, 30),
    DAYS,
    basis="案情复杂的可以适当延长，不超过三十日（公务员法第九十六条）",
)
LIMITS = LimitSection(
    NP_("policy", "Reconsideration and appeal"),
    (RECONSIDER, RECONSIDER_DECIDE, APPEAL, APPEAL_DIRECT, APPEAL_DECIDE, APPEAL_EXTEND),
)
