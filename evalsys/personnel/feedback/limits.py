"""Limits of bad reviews: rectification and objection. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import WORKING_DAYS, Limit, LimitSection

RECTIFY = Limit(
    "rectify_wd",
    N_("Rectification of a simple matter"),
    5,
    (1, 30),
    WORKING_DAYS,
    basis="情况清楚、诉求合理的立行立改",
)
RECTIFY_COMPLEX = Limit(
    "rectify_complex_wd",
    N_("Rectification of a complex matter"),
    15,
    (5, 60),
    WORKING_DAYS,
    basis="情况复杂的说明理由、建立台账、限期整改",
)
OBJECTION = Limit(
    "objection_wd",
    N_("Objection of the person rated"),
    3,
    (3, 30),
    WORKING_DAYS,
    basis="被评价人可以申诉，由其他部门复核（国办发〔2019〕51号）",
)
OBJECTION_DECIDE = Limit(
    "objection_decide_wd",
    N_("Decision on an objection"),
    5,
    (1, 30),
    WORKING_DAYS,
)
LIMITS = LimitSection(
    NP_("policy", "Bad reviews"), (RECTIFY, RECTIFY_COMPLEX, OBJECTION, OBJECTION_DECIDE)
)
