"""Terms of supervised matters, by source. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import DAYS, WORKING_DAYS, Limit, LimitSection

ASSIGN = Limit(
    "assign_wd",
    N_("Assignment of a matter"),
    3,
    (1, 10),
    WORKING_DAYS,
    basis="企业诉求3个工作日内交办",
)
SIGN = Limit(
    "sign_wd",
    N_("Signing for an assigned matter, or refusing it as misrouted"),
    1,
    (1, 3),
    WORKING_DAYS,
    basis="不属于职责范围的24小时内退回，退回一次后由热线机构指定承办",
)
HOTLINE = Limit(
    "hotline_wd",
    N_("Hotline ticket"),
    5,
    (1, 15),
    WORKING_DAYS,
    basis="12345工单5个工作日办结，经批准可延长5个工作日",
)
ENTERPRISE = Limit(
    "enterprise_wd",
    N_("Enterprise problem: owner"),
    7,
    (1, 30),
    WORKING_DAYS,
    basis="企业问题主办单位7个工作日、协办单位3个工作日",
)
CO_OWNER = Limit(
    "co_owner_wd",
    N_("Contribution of co-owning sections"),
    3,
    (1, 15),
    WORKING_DAYS,
    basis="企业问题主办单位7个工作日、协办单位3个工作日",
)
REVIEW = Limit(
    "matter_review_wd",
    N_("Matter from a bad review"),
    5,
    (1, 30),
    WORKING_DAYS,
)
COORDINATION = Limit(
    "coordination_wd",
    N_("Matter of top-level coordination"),
    15,
    (1, 60),
    WORKING_DAYS,
)
VISIT = Limit(
    "visit_wd",
    N_("Matter from a front-line visit"),
    10,
    (1, 60),
    WORKING_DAYS,
)
INSPECTION = Limit(
    "inspection_wd",
    N_("Matter from an inspection"),
    15,
    (1, 60),
    WORKING_DAYS,
)
REWORK = Limit(
    "rework_wd",
    N_("Handling again what was sent back"),
    3,
    (1, 15),
    WORKING_DAYS,
)
CHECK = Limit(
    "check_wd",
    N_("Check with the petitioner"),
    5,
    (1, 15),
    WORKING_DAYS,
)
STUDY = Limit(
    "study_wd",
    N_("Study of a question before a task is given"),
    10,
    (1, 60),
    WORKING_DAYS,
)
LOOK = Limit(
    "look_wd",
    N_("Look of the head at what was reported"),
    3,
    (1, 15),
    WORKING_DAYS,
)
OBJECT = Limit(
    "conclusion_object_d",
    N_("Objection to a conclusion"),
    30,
    (30, 60),
    DAYS,
    basis="自收到督查结论之日起30日内申请复核（政府督查工作条例第十七条）",
)
OBJECT_DECIDE = Limit(
    "conclusion_review_d",
    N_("Decision on an objection to a conclusion"),
    30,
    (10, 30),
    DAYS,
    basis="30日内作出复核决定（政府督查工作条例第十七条）",
)
LIMITS = LimitSection(
    NP_("policy", "Supervised matters"),
    (
        ASSIGN,
        SIGN,
        HOTLINE,
        ENTERPRISE,
        CO_OWNER,
        REVIEW,
        COORDINATION,
        VISIT,
        INSPECTION,
        REWORK,
        CHECK,
        STUDY,
        LOOK,
        OBJECT,
        OBJECT_DECIDE,
    ),
)
