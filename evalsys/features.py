"""The features of the house, in the order in which they start: a new one gets its line here."""

from evalsys import cases, demo, exports, operations, ratings, reform, roster
from evalsys.foundation import accounts, calendars, jobs
from evalsys.organisation import periods, policies
from evalsys.personnel import archive, chiefs, feedback, pool, remedies
from evalsys.reform import benchmarks, consultations, reductions
from evalsys.reform.reductions import causes, filled, proofs
from evalsys.results import closing, reports
from evalsys.supervision import (
    coordination,
    escalation,
    holds,
    hotline,
    lights,
    matters,
    objections,
    referrals,
    visits,
)
from evalsys.supervision.hotline import callbacks, imports, rates
from evalsys.supervision.matters import many

FEATURES = (
    accounts,
    jobs,
    calendars,
    policies,
    periods,
    cases,
    ratings,
    roster,
    feedback,
    chiefs,
    pool,
    remedies,
    matters,
    many,
    lights,
    referrals,
    objections,
    holds,
    escalation,
    coordination,
    visits,
    hotline,
    imports,
    callbacks,
    rates,
    reform,
    reductions,
    causes,
    filled,
    proofs,
    benchmarks,
    consultations,
    closing,
    reports,
    archive,
    exports,
    demo,
    operations,
)
