"""Limits of chiefs' cases: the ladder of low scores, and commendations. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import (
    DAYS,
    MONTHS,
    PERCENT,
    WORKING_DAYS,
    Limit,
    LimitSection,
)

VERIFY = Limit(
    "verify_low_wd",
    N_("Verification of a low score"),
    10,
    (5, 60),
    WORKING_DAYS,
)
INTERVIEW_NOTICE = Limit(
    "interview_notice_wd",
    N_("Notice before an interview"),
    2,
    (1, 10),
    WORKING_DAYS,
    basis="约谈前书面通知本人",
)
PLAN = Limit(
    "plan_wd",
    N_("Rectification plan after an interview"),
    10,
    (5, 30),
    WORKING_DAYS,
    basis="约谈后提交整改方案",
)
FOLLOW_UP = Limit(
    "follow_up_d",
    N_("Follow-up after a plan"),
    90,
    (30, 180),
    DAYS,
)
ADMONITION = Limit(
    "admonition_months",
    N_("Effect of an admonition"),
    6,
    (3, 12),
    MONTHS,
    basis="诫勉影响期六个月",
)
LADDER = LimitSection(
    NP_("policy", "Low scores of chiefs"), (VERIFY, INTERVIEW_NOTICE, PLAN, FOLLOW_UP, ADMONITION)
)
NOTICE = Limit(
    "commend_notice_wd",
    N_("Public notice before a commendation"),
    5,
    (5, 30),
    WORKING_DAYS,
    basis="表彰前公示不少于5个工作日",
)
QUOTA = Limit(
    "commend_quota",
    N_("Chiefs commended in a period, at most"),
    20,
    (1, 100),
    PERCENT,
)
LAPSE = Limit(
    "commend_lapse_d",
    N_("A proposed commendation lapses after"),
    90,
    (30, 365),
    DAYS,
)
COMMENDATION = LimitSection(NP_("policy", "Commendations"), (NOTICE, QUOTA, LAPSE))
