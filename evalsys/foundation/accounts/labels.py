"""Labels of the actions on the audit page; a test checks that none is missing."""

from flask_babel import gettext

from evalsys.core.errors import N_
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.models import RequestKind

# What was done to an account: in a list, and as shown at the next sign-in.
DONE = {
    RequestKind.LINK: N_("New link for the password"),
    RequestKind.FACTOR: N_("Second factor taken off"),
    RequestKind.GRANT: N_("Role or owner of an account set"),
    RequestKind.ENABLE: N_("Account enabled again"),
}
TOLD = {
    RequestKind.LINK: N_(
        "%(time)s: %(who)s gave out a link that sets the password of %(person)s; agreed by: "
        "%(agreed)s. If that was not wanted, tell the audit administrator."
    ),
    RequestKind.FACTOR: N_(
        "%(time)s: %(who)s had the second factor of %(person)s taken off; agreed by: %(agreed)s. "
        "If that was not wanted, tell the audit administrator."
    ),
    RequestKind.GRANT: N_(
        "%(time)s: %(who)s set role or owner of the account %(account)s: %(person)s. If that was "
        "not wanted, tell the audit administrator."
    ),
    RequestKind.ENABLE: N_(
        "%(time)s: %(who)s enabled the account %(account)s again: %(person)s. If that was not "
        "wanted, tell the audit administrator."
    ),
}

ACTIONS = {
    Action.ACCOUNT_AGREE: N_("Request about an account decided"),
    Action.ACCOUNT_CREATE: N_("Account created or link given"),
    Action.ACCOUNT_DISABLE: N_("Account disabled or enabled"),
    Action.ACCOUNT_FACTOR: N_("Second factor used or set up"),
    Action.ACCOUNT_FACTOR_RESET: N_("Second factor taken off"),
    Action.ACCOUNT_GRANT: N_("Role granted"),
    Action.ACCOUNT_LOCK: N_("Account locked"),
    Action.ACCOUNT_MAIL: N_("Mail address set or removed"),
    Action.ACCOUNT_PASSWORD: N_("Password set"),
    Action.ACCOUNT_SIGN_IN: N_("Signed in"),
    Action.ACCOUNT_SIGN_OUT: N_("Signed out"),
    Action.ACCOUNT_VIEW: N_("Accounts viewed"),
    Action.AUDIT_VIEW: N_("Audit lines downloaded"),
    Action.BENCHMARK_EXPORT: N_("Workbook of benchmarks exported"),
    Action.BENCHMARK_KEEP: N_("Library of benchmarks kept"),
    Action.CALENDAR_IMPORT: N_("Working days imported"),
    Action.CASE_ANSWER: N_("Answer of the person in a case"),
    Action.CASE_COMPARE: N_("Comparison of candidates"),
    Action.CASE_DECIDE: N_("Decision in a case"),
    Action.CASE_HANDLE: N_("Step of the personnel office in a case"),
    Action.CASE_NOTE: N_("Note of a mentor"),
    Action.CASE_OPEN: N_("Case opened"),
    Action.CASE_PROPOSE: N_("Step of a chief in a case"),
    Action.CASE_VIEW: N_("Cases viewed"),
    Action.CLOSING_CORRECT: N_("Results corrected"),
    Action.CLOSING_LEAVE: N_("Results left as they are"),
    Action.CLOSING_PUBLISH: N_("Results published"),
    Action.CLOSING_RUN: N_("Period closed"),
    Action.COMMENT_REVIEW: N_("Comment reviewed"),
    Action.CONSULTATION_KEEP: N_("Step of the office in a consultation"),
    Action.CONTACT_CALL: N_("Call to a rater recorded"),
    Action.CONTACT_DELETE: N_("Old contacts deleted"),
    Action.CONTACT_REVEAL: N_("Number of a rater looked at"),
    Action.COORDINATION_LEAD: N_("Step of the head in a coordination"),
    Action.COORDINATION_VIEW: N_("Coordinations viewed"),
    Action.DATABASE_RESTORE: N_("Backup restored"),
    Action.DEADLINE_AGREE: N_("Change of a deadline agreed"),
    Action.DEADLINE_ASK: N_("Change of a deadline asked for"),
    Action.DEMO_LOAD: N_("Demo city loaded"),
    Action.EXCHANGE_EXPORT: N_("Workbook exported"),
    Action.EXCHANGE_IMPORT: N_("Roster imported"),
    Action.EXCHANGE_UNDO: N_("Import undone"),
    Action.EXCHANGE_WRITE: N_("Roster written"),
    Action.EXPORT_ASK: N_("Large export asked for"),
    Action.EXPORT_DECIDE: N_("Large export decided"),
    Action.HANDLED_ENTER: N_("Services handled entered"),
    Action.HANDLED_EXPORT: N_("Workbook of tickets against services handled exported"),
    Action.HANDLED_VIEW: N_("Tickets against services handled viewed"),
    Action.HOME_VIEW: N_("Start page viewed"),
    Action.HOTLINE_CALL: N_("Call-back of a hotline ticket entered"),
    Action.HOTLINE_EXCLUDE: N_("Hotline ticket left out of the rates or counted again"),
    Action.HOTLINE_IMPORT: N_("Hotline tickets imported"),
    Action.HOTLINE_LEAGUE: N_("Hotline rates of organs viewed"),
    Action.HOTLINE_VIEW: N_("Hotline tickets viewed"),
    Action.JOB_CANCEL: N_("Job cancelled"),
    Action.JOB_START: N_("Job started"),
    Action.JOB_VIEW: N_("Job viewed"),
    Action.LIGHTS_VIEW: N_("Lights viewed"),
    Action.MATTER_ANSWER: N_("Step of the owner in a matter"),
    Action.MATTER_HANDLE: N_("Step of the supervision office in a matter"),
    Action.ORG_CHANGE: N_("Organisation changed"),
    Action.PERIOD_OPEN: N_("Period opened"),
    Action.PERIOD_VIEW: N_("Periods viewed"),
    Action.PERSONNEL_VIEW: N_("Pages of personnel viewed"),
    Action.POLICY_ADOPT: N_("Rules adopted"),
    Action.POLICY_DRAFT: N_("Rules drafted"),
    Action.POLICY_VIEW: N_("Rules viewed"),
    Action.POLICY_WITHDRAW: N_("Draft of rules withdrawn"),
    Action.PRESSURE_VIEW: N_("Reports of pressure viewed"),
    Action.RANKING_VIEW: N_("Ranking viewed"),
    Action.RATING_COUNT: N_("Ballots counted"),
    Action.RATING_IMPORT: N_("Ratings imported"),
    Action.RATING_SET_ASIDE: N_("Rating set aside"),
    Action.RATING_VOID: N_("Ratings of a person voided"),
    Action.REDUCTION_ENTER: N_("Version of a service matter entered"),
    Action.REDUCTION_EXPORT: N_("Workbook of the five reductions exported"),
    Action.REFERRAL_DECIDE: N_("Step of the discipline organ in a referral"),
    Action.REFORM_VIEW: N_("Pages of reform viewed"),
    Action.REGISTER_EXPORT: N_("Register of cases exported"),
    Action.RESULT_OWN: N_("Own results viewed"),
    Action.RESULT_VIEW: N_("Results viewed"),
    Action.SECRET_ADOPT: N_("Another secret key taken on"),
    Action.SYSTEM_VIEW: N_("System state viewed"),
    Action.TICKET_COLLEAGUE: N_("Tickets issued for a colleague"),
    Action.TICKET_HOTLINE: N_("Tickets issued to callers of the hotline"),
    Action.TICKET_INVITE: N_("Raters invited"),
    Action.TICKET_ISSUE: N_("Tickets issued"),
    Action.TICKET_LIFT: N_("Ceiling of tickets lifted"),
    Action.VISIT_LOG: N_("Front-line visit logged"),
    Action.VISIT_VIEW: N_("Front-line visits viewed"),
}


def action_words(action: Action) -> str:
    """Return the label of an action in the user's language, or its value if there is none."""
    return str(gettext(ACTIONS[action])) if action in ACTIONS else action.value
