"""Limits of callback contacts: days until the call, and days of retention. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import DAYS, WORKING_DAYS, Limit, LimitSection

CALL = Limit(
    "contact_wd",
    N_("Contact after a bad review"),
    2,
    (1, 10),
    WORKING_DAYS,
    basis="评价次日提取号码，1个工作日内联系核实（安阳市政务服务条例第五十二条）",
)
KEPT = Limit(
    "contact_kept_d",
    N_("A contact is kept after the follow-up"),
    90,
    (30, 365),
    DAYS,
    basis="个人信息保存期限应当为最短时间（个人信息保护法第十九条）",
)
LIMITS = LimitSection(NP_("policy", "Numbers to call"), (CALL, KEPT))
