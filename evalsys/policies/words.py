"""The rules of a policy in words, for pages and commands."""

from typing import Any

from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.policies.rules import DIMENSIONS, RATER_GROUPS, PolicyRules

# name of the rule: (what it is, its unit).
RULES = {
    "dimension_weights": (N_("Weights of the dimensions"), ""),
    "group_weights": (N_("Weights of the rater groups"), ""),
    "chief_counts": (N_("The chief counts as a member"), ""),
    "min_n_display": (N_("Ballots before a score is shown"), N_("ballots")),
    "min_n_consequence": (N_("Ballots before anything is proposed"), N_("ballots")),
    "min_coverage": (N_("Coverage before a section is compared"), "%"),
    "min_group": (N_("Sections that make a comparison group"), N_("sections")),
    "window_wd": (N_("Days on which a slip is valid after the service"), N_("working days")),
    "count_min_batch": (N_("Slips counted together, at least"), N_("slips")),
    "count_longest_wait_d": (N_("Longest wait for such a batch"), N_("days")),
    "comment_batch": (N_("Comments released together, at least"), N_("comments")),
    "interview_line": (N_("An interview is proposed below"), N_("points")),
    "commend_line": (N_("A commendation is proposed from"), N_("points")),
    "evidence_line": (N_("A member's ratings are evidence below"), N_("points")),
    "probability": (N_("Needed probability"), "%"),
    "reliability": (N_("Needed reliability"), "%"),
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
