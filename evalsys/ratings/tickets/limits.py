"""Limits of tickets: their validity, and who issues for whom. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import WORKING_DAYS, Limit, LimitSection, Switch

VALID = Limit(
    "window_wd",
    N_("Days on which a slip is valid after the service"),
    5,
    (1, 30),
    WORKING_DAYS,
    basis="现场服务后5个工作日内可以补评（鲁政办发〔2020〕10号）",
)
COLLEAGUES = Switch(
    "window_for_colleagues",
    N_("Windows may issue tickets for colleagues"),
    default=False,
    basis="评价单由大厅窗口办发放；任何人不得为本人发放",
)
LIMITS = LimitSection(NP_("policy", "Tickets"), (VALID, COLLEAGUES))
