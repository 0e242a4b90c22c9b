"""Limits of returns, and of stays in the pool. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import (
    DAYS,
    MONTHS,
    PERCENT,
    WORKING_DAYS,
    Limit,
    LimitSection,
)

STATEMENT = Limit(
    "statement_wd",
    N_("Statement of the person concerned"),
    5,
    (5, 30),
    WORKING_DAYS,
    basis="听取本人陈述申辩",
)
VERIFY = Limit(
    "verify_wd",
    N_("Verification of a return"),
    10,
    (5, 60),
    WORKING_DAYS,
)
RETURN_CAP = Limit(
    "return_cap",
    N_("Returns of a chief in 12 months, of the section at most"),
    10,
    (1, 50),
    PERCENT,
    basis="每名负责人十二个月内提出退人的上限，防止借机清人；至少1件",
)
SAME_FACTS = Limit(
    "same_facts_months",
    N_("Lock for the same facts"),
    12,
    (6, 36),
    MONTHS,
    basis="不属实或不同意的，同一事实不得再次提出",
)
NEWCOMER = Limit(
    "newcomer_months",
    N_("A newcomer is protected for"),
    6,
    (3, 12),
    MONTHS,
    basis="到岗未满期限的不得提出",
)
HANDOVER = Limit(
    "handover_d",
    N_("Handover of the post"),
    10,
    (1, 30),
    DAYS,
    basis="离岗前办理交接",
)
RETURNS = LimitSection(
    NP_("policy", "Returns"), (STATEMENT, VERIFY, RETURN_CAP, SAME_FACTS, NEWCOMER, HANDOVER)
)
STAY = Limit(
    "pool_months",
    N_("Time in the pool"),
    3,
    (1, 6),
    MONTHS,
    basis="管理期一般3个月（青岛市不胜任现职公务员管理试行办法，2020年）",
)
EXTENSION = Limit(
    "extension_months",
    N_("Extension of the time in the pool"),
    3,
    (1, 3),
    MONTHS,
    basis="未达标的一般再延长3个月，限一次",
)
ASSESS = Limit(
    "assess_wd",
    N_("Assessment after training"),
    10,
    (5, 30),
    WORKING_DAYS,
)
REASSIGN = Limit(
    "reassign_wd",
    N_("Reassignment after a passed assessment"),
    20,
    (5, 60),
    WORKING_DAYS,
)
RECHECK = Limit(
    "recheck_months",
    N_("Check in the new post after"),
    3,
    (3, 6),
    MONTHS,
    basis="重新安排后3至6个月适岗考核",
)
STAYS = LimitSection(NP_("policy", "The pool"), (STAY, EXTENSION, ASSESS, REASSIGN, RECHECK))
