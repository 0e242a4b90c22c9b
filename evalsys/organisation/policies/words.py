"""The rules of a policy in words, for pages and commands."""

from typing import Any

from flask_babel import gettext as _

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.rules import DIMENSIONS, RATER_GROUPS, PolicyRules

# name of the rule: (what it is, its unit).
RULES = {
    "dimension_weights": (N_("Weights of the dimensions"), ""),
    "group_weights": (N_("Weights of the rater groups"), ""),
    "chief_counts": (N_("The chief counts as a member"), ""),
    "window_for_colleagues": (
        N_("Windows may issue tickets for colleagues"),
        "",
    ),
    "min_n_display": (N_("Ballots before a score is shown"), N_("ballots")),
    "min_n_group": (
        N_("Ballots for a rater group to weigh in (leader: 1)"),
        N_("ballots"),
    ),
    "min_n_consequence": (N_("Ballots before anything is proposed"), N_("ballots")),
    "min_coverage": (N_("Coverage before a section is compared"), "%"),
    "min_group": (N_("Sections that make a comparison group"), N_("sections")),
    "ticket_ceiling": (
        N_("Tickets of one issuer for one person's services of a day, at most"),
        N_("slips"),
    ),
    "window_wd": (N_("Days on which a slip is valid after the service"), N_("working days")),
    "count_min_batch": (N_("Slips counted together, at least"), N_("slips")),
    "count_longest_wait_d": (N_("Longest wait for such a batch"), N_("days")),
    "comment_batch": (N_("Comments released together, at least"), N_("comments")),
    "pressure_line": (N_("Reports of pressure that make a task for supervision"), N_("reports")),
    "interview_line": (N_("An interview is proposed below"), N_("points")),
    "commend_line": (N_("A commendation is proposed from"), N_("points")),
    "evidence_line": (N_("A member's ratings are evidence below"), N_("points")),
    "probability": (N_("Needed probability"), "%"),
    "reliability": (N_("Needed reliability"), "%"),
    "contact_wd": (N_("Contact after a bad review"), N_("working days")),
    "rectify_wd": (N_("Rectification of a simple matter"), N_("working days")),
    "rectify_complex_wd": (N_("Rectification of a complex matter"), N_("working days")),
    "objection_wd": (N_("Objection of the person rated"), N_("working days")),
    "objection_decide_wd": (N_("Decision on an objection"), N_("working days")),
    "contact_kept_d": (N_("A contact is kept after the follow-up"), N_("days")),
    "correct_wd": (N_("Correction after a rating is set aside"), N_("working days")),
    "verify_low_wd": (N_("Verification of a low score"), N_("working days")),
    "interview_notice_wd": (N_("Notice before an interview"), N_("working days")),
    "plan_wd": (N_("Rectification plan after an interview"), N_("working days")),
    "follow_up_d": (N_("Follow-up after a plan"), N_("days")),
    "admonition_months": (N_("Effect of an admonition"), N_("months")),
    "commend_notice_wd": (N_("Public notice before a commendation"), N_("working days")),
    "commend_quota": (N_("Chiefs commended in a period, at most"), "%"),
    "commend_lapse_d": (N_("A proposed commendation lapses after"), N_("days")),
    "statement_wd": (N_("Statement of the person concerned"), N_("working days")),
    "verify_wd": (N_("Verification of a return"), N_("working days")),
    "decide_wd": (N_("Collective decision on a return"), N_("working days")),
    "return_cap": (N_("Returns of a chief in 12 months, of the section at most"), "%"),
    "same_facts_months": (N_("Lock for the same facts"), N_("months")),
    "newcomer_months": (N_("A newcomer is protected for"), N_("months")),
    "handover_d": (N_("Handover of the post"), N_("days")),
    "pool_months": (N_("Time in the pool"), N_("months")),
    "extension_months": (N_("Extension of the time in the pool"), N_("months")),
    "assess_wd": (N_("Assessment after training"), N_("working days")),
    "reassign_wd": (N_("Reassignment after a passed assessment"), N_("working days")),
    "recheck_months": (N_("Check in the new post after"), N_("months")),
    "reconsider_d": (N_("Application for reconsideration"), N_("days")),
    "reconsider_decide_d": (N_("Decision on a reconsideration"), N_("days")),
    "appeal_d": (N_("Appeal after a reconsideration"), N_("days")),
    "appeal_direct_d": (NP_("rule", "Appeal without reconsideration"), N_("days")),
    "appeal_decide_d": (N_("Decision on an appeal"), N_("days")),
    "appeal_extend_d": (N_("Extension of the decision on an appeal"), N_("days")),
}
PARTS = {
    "attitude": N_("Service attitude"),
    "work_style": N_("Work style"),
    "efficiency": N_("Handling efficiency"),
    "competence": N_("Professional competence"),
    "recipient": N_("service recipients"),
    "grassroots": N_("grass-roots units"),
    "collaborator": N_("collaborating sections"),
    "leader": N_("leader in charge"),
}


def rule_words(name: str) -> str:
    """Say what a rule is."""
    return str(_("Legal basis")) if name == "basis" else str(_(RULES[name][0]))


def unit_words(name: str) -> str:
    """Say in what a rule is counted; empty for weights and choices."""
    unit = RULES[name][1]
    return str(_(unit)) if unit else ""


def part_words(name: str) -> str:
    """Name a dimension or a rater group."""
    return str(_(PARTS[name]))


def value_words(name: str, value: Any) -> str:
    """Write the value of a rule with its unit."""
    if name in {"dimension_weights", "group_weights"}:
        order = DIMENSIONS if name == "dimension_weights" else RATER_GROUPS
        return str(_(", ")).join(f"{part_words(key)} {value.get(key, 0)}" for key in order)
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    unit = unit_words(name)
    return f"{value} %" if unit == "%" else f"{value} {unit}".strip()


def difference_words(before: PolicyRules, after: PolicyRules) -> list[tuple[str, str, str]]:
    """Return (rule, value before, value after) for every rule that differs, in words."""
    found = []
    for name, (old, new) in before.differences(after).items():
        if name != "basis":
            found.append((rule_words(name), value_words(name, old), value_words(name, new)))
            continue
        for rule in RULES:
            was, is_now = old.get(rule, ""), new.get(rule, "")
            if was != is_now:
                label = str(_("Legal basis: %(rule)s", rule=rule_words(rule)))
                found.append((label, was or "—", is_now or "—"))
    return found
