"""Who may do what, as one table. Pure.

An Action names both the permission a view requires and the audit line a change leaves.
"""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """`FEATURE_VERB = "feature:verb"`, in alphabetical order."""

    ACCOUNT_AGREE = "account:agree"
    ACCOUNT_CREATE = "account:create"
    ACCOUNT_DISABLE = "account:disable"
    ACCOUNT_FACTOR = "account:factor"
    ACCOUNT_FACTOR_RESET = "account:factor-reset"
    ACCOUNT_GRANT = "account:grant"
    ACCOUNT_LOCK = "account:lock"
    ACCOUNT_MAIL = "account:mail"
    ACCOUNT_PASSWORD = "account:password"  # noqa: S105  # The name of an action, no secret.
    ACCOUNT_SIGN_IN = "account:sign-in"
    ACCOUNT_SIGN_OUT = "account:sign-out"
    ACCOUNT_VIEW = "account:view"
    AUDIT_VIEW = "audit:view"
    BENCHMARK_EXPORT = "benchmark:export"
    BENCHMARK_KEEP = "benchmark:keep"
    CALENDAR_IMPORT = "calendar:import"
    CASE_ANSWER = "case:answer"
    CASE_COMPARE = "case:compare"
    CASE_DECIDE = "case:decide"
    CASE_HANDLE = "case:handle"
    CASE_NOTE = "case:note"
    CASE_OPEN = "case:open"
    CASE_PROPOSE = "case:propose"
    CASE_VIEW = "case:view"
    CLOSING_CORRECT = "closing:correct"
    CLOSING_LEAVE = "closing:leave"
    CLOSING_PUBLISH = "closing:publish"
    CLOSING_RUN = "closing:run"
    COMMENT_REVIEW = "comment:review"
    CONSULTATION_KEEP = "consultation:keep"
    CONTACT_CALL = "contact:call"
    CONTACT_DELETE = "contact:delete"
    CONTACT_REVEAL = "contact:reveal"
    COORDINATION_LEAD = "coordination:lead"
    COORDINATION_VIEW = "coordination:view"
    DATABASE_RESTORE = "database:restore"
    DEADLINE_AGREE = "deadline:agree"
    DEADLINE_ASK = "deadline:ask"
    DEMO_LOAD = "demo:load"
    EXCHANGE_EXPORT = "exchange:export"
    EXCHANGE_IMPORT = "exchange:import"
    EXCHANGE_UNDO = "exchange:undo"
    EXCHANGE_WRITE = "exchange:write"
    EXPORT_ASK = "export:ask"
    EXPORT_DECIDE = "export:decide"
    HANDLED_ENTER = "handled:enter"
    HANDLED_EXPORT = "handled:export"
    HANDLED_VIEW = "handled:view"
    HOME_VIEW = "home:view"
    HOTLINE_CALL = "hotline:call"
    HOTLINE_EXCLUDE = "hotline:exclude"
    HOTLINE_IMPORT = "hotline:import"
    HOTLINE_LEAGUE = "hotline:league"
    HOTLINE_VIEW = "hotline:view"
    JOB_CANCEL = "job:cancel"
    JOB_START = "job:start"
    JOB_VIEW = "job:view"
    LIGHTS_VIEW = "lights:view"
    MATTER_ANSWER = "matter:answer"
    MATTER_HANDLE = "matter:handle"
    ORG_CHANGE = "org:change"
    PERIOD_OPEN = "period:open"
    PERIOD_VIEW = "period:view"
    PERSONNEL_VIEW = "personnel:view"
    POLICY_ADOPT = "policy:adopt"
    POLICY_DRAFT = "policy:draft"
    POLICY_VIEW = "policy:view"
    POLICY_WITHDRAW = "policy:withdraw"
    PRESSURE_VIEW = "pressure:view"
    RANKING_VIEW = "ranking:view"
    RATING_COUNT = "rating:count"
    RATING_IMPORT = "rating:import"
    RATING_SET_ASIDE = "rating:set-aside"
    RATING_VOID = "rating:void"
    REDUCTION_ENTER = "reduction:enter"
    REDUCTION_EXPORT = "reduction:export"
    REFERRAL_DECIDE = "referral:decide"
    REFORM_VIEW = "reform:view"
    REGISTER_EXPORT = "register:export"
    RESULT_OWN = "result:own"
    RESULT_VIEW = "result:view"
    SECRET_ADOPT = "secret:adopt"  # noqa: S105  # The name of an action, no secret.
    SYSTEM_VIEW = "system:view"
    TICKET_COLLEAGUE = "ticket:colleague"
    TICKET_HOTLINE = "ticket:hotline"
    TICKET_INVITE = "ticket:invite"
    TICKET_ISSUE = "ticket:issue"
    TICKET_LIFT = "ticket:lift"
    VISIT_LOG = "visit:log"
    VISIT_VIEW = "visit:view"


class Role(StrEnum):
    """The role of an account. Every account has exactly one."""

    CITIZEN = "citizen"
    STAFF = "staff"
    CHIEF = "chief"
    LEADER = "leader"
    HR = "hr"
    COUNTER = "counter"
    SUPERVISOR = "supervisor"
    DISCIPLINE = "discipline"
    SYSADMIN = "sysadmin"
    SECADMIN = "secadmin"
    AUDITOR = "auditor"
    SYSTEM = "system"


_SIGNED_IN = frozenset(
    {
        Action.ACCOUNT_FACTOR,
        Action.ACCOUNT_PASSWORD,
        Action.ACCOUNT_SIGN_IN,
        Action.ACCOUNT_SIGN_OUT,
        Action.HOME_VIEW,
    }
)
_JOBS = frozenset({Action.JOB_CANCEL, Action.JOB_START, Action.JOB_VIEW})
# Whoever can be rated can have a case, answer in it, be a mentor, be responsible for a matter, log
# visits to the front line (they are work of a post), and get notices by mail. Roles that get no
# notices have no mail address stored.
_CASES = frozenset(
    {
        Action.ACCOUNT_MAIL,
        Action.CASE_ANSWER,
        Action.CASE_NOTE,
        Action.CASE_OPEN,
        Action.CASE_VIEW,
        Action.MATTER_ANSWER,
        Action.PERSONNEL_VIEW,
        Action.VISIT_LOG,
        Action.VISIT_VIEW,
    }
)
# Tickets against services handled: for those who manage tickets, and for supervision.
_HANDLED = frozenset({Action.HANDLED_ENTER, Action.HANDLED_EXPORT, Action.HANDLED_VIEW})
_EXPORTS = frozenset({Action.EXCHANGE_EXPORT, Action.EXPORT_ASK, Action.REGISTER_EXPORT})
_CLOSING = frozenset(
    {Action.CLOSING_CORRECT, Action.CLOSING_LEAVE, Action.CLOSING_PUBLISH, Action.CLOSING_RUN}
)
_POLICY = frozenset({Action.POLICY_ADOPT, Action.POLICY_DRAFT, Action.POLICY_WITHDRAW})

ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.CITIZEN: frozenset(),
    Role.STAFF: _SIGNED_IN | _CASES | {Action.RESULT_OWN, Action.TICKET_COLLEAGUE},
    Role.CHIEF: _SIGNED_IN
    | _CASES
    | _JOBS
    | _EXPORTS
    | {
        Action.CASE_PROPOSE,
        Action.COORDINATION_VIEW,
        Action.DEADLINE_ASK,
        Action.HOTLINE_LEAGUE,
        Action.LIGHTS_VIEW,
        Action.REDUCTION_EXPORT,
        Action.REFORM_VIEW,
        Action.RESULT_OWN,
        Action.RESULT_VIEW,
    },
    Role.LEADER: _SIGNED_IN
    | _CASES
    | _JOBS
    | _EXPORTS
    | {Action.BENCHMARK_EXPORT, Action.REDUCTION_EXPORT, Action.REFORM_VIEW}
    | {
        *(Action.CASE_COMPARE, Action.CASE_DECIDE, Action.DEADLINE_AGREE, Action.LIGHTS_VIEW),
        *(Action.RESULT_OWN, Action.RESULT_VIEW, Action.RANKING_VIEW, Action.EXPORT_DECIDE),
        *(Action.PERIOD_VIEW, Action.POLICY_VIEW, Action.CLOSING_LEAVE, Action.CLOSING_PUBLISH),
        *(Action.COORDINATION_LEAD, Action.COORDINATION_VIEW, Action.HOTLINE_LEAGUE),
    },
    Role.HR: _SIGNED_IN
    | _CASES
    | _HANDLED
    | _JOBS
    | _CLOSING
    | _EXPORTS
    | _POLICY
    | {
        *(Action.CASE_COMPARE, Action.CASE_HANDLE, Action.CALENDAR_IMPORT, Action.DEADLINE_ASK),
        *(Action.COMMENT_REVIEW, Action.CONTACT_CALL, Action.CONTACT_REVEAL),
        *(Action.EXCHANGE_IMPORT, Action.EXCHANGE_UNDO, Action.EXCHANGE_WRITE),
        *(Action.EXPORT_DECIDE, Action.ORG_CHANGE, Action.PERIOD_OPEN, Action.PERIOD_VIEW),
        *(Action.POLICY_VIEW, Action.RANKING_VIEW, Action.RESULT_OWN, Action.RESULT_VIEW),
        *(Action.RATING_COUNT, Action.RATING_IMPORT, Action.RATING_SET_ASIDE),
        *(Action.TICKET_INVITE, Action.TICKET_ISSUE, Action.TICKET_LIFT),
    },
    # The hall office knows which services were delivered, and sees no results.
    Role.COUNTER: _SIGNED_IN | _CASES | {Action.RESULT_OWN, Action.TICKET_ISSUE},
    # The supervision offices (两办) see to matters, not to people.
    Role.SUPERVISOR: _SIGNED_IN
    | _HANDLED
    | _JOBS
    | {Action.HOTLINE_CALL, Action.HOTLINE_EXCLUDE, Action.HOTLINE_IMPORT, Action.HOTLINE_VIEW}
    | {Action.HOTLINE_LEAGUE, Action.TICKET_HOTLINE}
    | {Action.PERIOD_VIEW, Action.PRESSURE_VIEW, Action.RANKING_VIEW, Action.RESULT_VIEW}
    | {Action.BENCHMARK_EXPORT, Action.BENCHMARK_KEEP, Action.CONSULTATION_KEEP}
    | {Action.REDUCTION_ENTER, Action.REDUCTION_EXPORT, Action.REFORM_VIEW}
    | {Action.ACCOUNT_MAIL, Action.CASE_OPEN, Action.CASE_VIEW, Action.DEADLINE_AGREE}
    | {Action.LIGHTS_VIEW, Action.MATTER_HANDLE, Action.REGISTER_EXPORT, Action.VISIT_VIEW}
    | {Action.COORDINATION_VIEW, Action.RATING_VOID},
    # The discipline organ sees what was referred to it, and no score, rater or ballot.
    Role.DISCIPLINE: _SIGNED_IN
    | {Action.ACCOUNT_MAIL, Action.CASE_VIEW, Action.LIGHTS_VIEW}
    | {Action.PRESSURE_VIEW, Action.REFERRAL_DECIDE, Action.REGISTER_EXPORT},
    # One creates accounts, one grants roles, one watches; none sees ratings (GB/T 22239 8.1.4).
    Role.SYSADMIN: _SIGNED_IN | {Action.ACCOUNT_CREATE, Action.ACCOUNT_VIEW, Action.SYSTEM_VIEW},
    Role.SECADMIN: _SIGNED_IN
    | {
        Action.ACCOUNT_AGREE,
        Action.ACCOUNT_DISABLE,
        Action.ACCOUNT_FACTOR_RESET,
        Action.ACCOUNT_GRANT,
        Action.ACCOUNT_VIEW,
    },
    Role.AUDITOR: _SIGNED_IN | {Action.AUDIT_VIEW},
    Role.SYSTEM: frozenset(Action),
}


# Irreversible actions, those that change who is rated or how much one hand issues, and exports out
# of the organ: the second factor is asked for again.
ASKED_AGAIN = _CLOSING | frozenset(
    {
        *(Action.ACCOUNT_AGREE, Action.ACCOUNT_CREATE, Action.ACCOUNT_DISABLE),
        *(Action.ACCOUNT_GRANT, Action.CASE_DECIDE, Action.DEADLINE_AGREE),
        *(Action.EXCHANGE_EXPORT, Action.EXCHANGE_UNDO, Action.EXCHANGE_WRITE),
        *(Action.EXPORT_DECIDE, Action.HANDLED_EXPORT, Action.POLICY_ADOPT),
        *(Action.REFERRAL_DECIDE, Action.REGISTER_EXPORT, Action.TICKET_LIFT),
    }
)

# Actions that affect every organ are not for an account whose scope is a single one.
CITY_WIDE = (
    _CLOSING
    | _POLICY
    | {Action.CALENDAR_IMPORT, Action.PERIOD_OPEN, Action.RATING_COUNT, Action.RATING_IMPORT}
    | {Action.BENCHMARK_KEEP, Action.CONSULTATION_KEEP}
    | {Action.HOTLINE_CALL, Action.HOTLINE_EXCLUDE}
)

# What only the head of an organ may do: a leader whose account has the whole organ as its scope. A
# leader in charge has sections by the roster instead, and no organ.
OF_HEADS = frozenset({Action.COORDINATION_LEAD})


@dataclass(frozen=True)
class Actor:
    """A signed-in user, an anonymous citizen, or the system itself (no user id).

    `staff_id` is whose account it is; `organ_id` and `section_id` are its scope: hr, supervisor and
    discipline without one see all organs.
    """

    role: Role
    user_id: int | None = None
    staff_id: int | None = None
    organ_id: int | None = None
    section_id: int | None = None
    name: str = ""

    def may(self, action: Action) -> bool:
        """Return whether the actor's role includes the action and its scope allows it."""
        is_narrowed = self.organ_id is not None or self.section_id is not None
        is_too_wide = is_narrowed and action in CITY_WIDE
        is_too_high = self.role is Role.LEADER and self.organ_id is None and action in OF_HEADS
        return action in ROLE_ACTIONS[self.role] and not (is_too_wide or is_too_high)


CITIZEN = Actor(Role.CITIZEN)
SYSTEM = Actor(Role.SYSTEM)
