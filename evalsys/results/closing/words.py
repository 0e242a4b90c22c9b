"""Labels of grounds and fields of a result, for the pages of closing."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.organisation.policies.words import PARTS
from evalsys.results.closing.models import ProposalKind

PROPOSALS = {
    ProposalKind.INTERVIEW: N_("Interview proposed"),
    ProposalKind.COMMENDATION: N_("Commendation proposed"),
}
GROUNDS = {
    "coverage": N_("coverage %(figure)s %% (needed %(line)s %%)"),
    "ballots": N_("ballots %(figure)s (needed %(line)s)"),
    "reliability": N_("reliability %(figure)s (needed %(line)s)"),
    "probability": N_("probability %(figure)s (needed %(line)s)"),
    "own_probability": N_("probability by the own spread %(figure)s (needed %(line)s)"),
    "above_mean": N_("probability of being above the group %(figure)s (needed %(line)s)"),
    "top_box": N_(
        "ballots of full points, lower limit %(figure)s %% (needed: above the group's %(line)s %%)"
    ),
    # In older results, stored as met without a check.
    "no_hold": N_("anomalies: not looked into"),
}
FIELDS = {
    "chief_id": N_("Chief"),
    "kind": N_("Kind"),
    "group_label": N_("Comparison group"),
    "total": N_("Sum S (F4)"),
    "maximum": N_("Maximum (F4)"),
    "rate": N_("Rate R (F5)"),
    "coverage": N_("Coverage"),
    "members": N_("Members"),
    "expected": N_("Members to be rated"),
    "scored": N_("Members with a score"),
    "ballots": N_("Ballots"),
    "excluded": N_("Excluded ballots"),
    "exclusion_reasons": N_("Reasons of exclusion"),
    "levels": N_("Distribution of levels"),
    "is_comparable": N_("Can be compared"),
    "size_band": N_("Size band"),
    "band_rank": N_("Place in the size band"),
    "variance": N_("Variance (F6)"),
    "own_se": N_("Standard error by the own spread (F6b)"),
    "top": N_("Ballots of full points (F11)"),
    "group_size": N_("Sections in the group"),
    "group_mean": N_("Mean of the group (F7)"),
    "group_tau2": N_("Variance between sections (F7)"),
    "group_alpha": N_("Reliability of the four dimensions in the group (F2e)"),
    "group_s2": N_("Spread of ballots in the group (F6)"),
    "group_top": N_("Ballots of full points in the group, %% (F11)"),
    "asked": N_("Ratings asked for (F13)"),
    "matched": N_("Tickets of days with a number of services (F13)"),
    "services": N_("Services handled (F13)"),
    "unscored_matched": N_("Tickets of members without a score (F13)"),
    "unscored_services": N_("Services of members without a score (F13)"),
    "issue_mean": N_("Issue rate of the group, %% (F13)"),
    "issue_phi": N_("Overdispersion of the issue rates (F13)"),
    "response_mean": N_("Response rate of the group, %% (F13)"),
    "response_phi": N_("Overdispersion of the response rates (F13)"),
    "not_compared": N_("Not compared because of its tickets (F13)"),
    "rank": N_("Place (F8)"),
    "rank_best": N_("Best place (F8)"),
    "rank_worst": N_("Worst place (F8)"),
    "p_below_interview": N_("Probability below the interview line (F10)"),
    "p_above_commend": N_("Probability from the commendation line on (F10)"),
    "theta": N_("Adjusted score (F7)"),
    "se": N_("Standard error (F7)"),
    "lo": N_("Lower bound (F7)"),
    "hi": N_("Upper bound (F7)"),
    "reliability": N_("Reliability (F7)"),
    "is_chief": N_("Is the chief"),
    "is_expected": N_("Is to be rated"),
    "days": N_("Days (F3)"),
    "period_days": N_("Days of the period"),
    "share": N_("Share (F3)"),
    "score": N_("Score (F2)"),
    "contribution": N_("Part of S (F4)"),
    "contribution_max": N_("Part of the maximum (F4)"),
    "weighed": N_("Rater groups that weigh in"),
    "group_sums": N_("Means of the rater groups (F2)"),
    "has_evidence": N_("Can serve as evidence"),
    "is_frozen": N_("Returned: the seat stays"),
    "extent": N_("What is printed"),
    "section_id": N_("Section"),
    "staff_id": N_("Staff member"),
}


CAUSES = {
    "set_aside": N_("mistaken or malicious: ratings set aside"),
    "kept": N_("returned: seats that stay"),
    "late": N_("late: ballots counted since"),
    "posting": N_("roster: seats or days mended"),
    "tickets": N_("tickets or services entered since"),
    "unknown": N_("no cause found"),
}


def cause_words(cause: str) -> str:
    """Return the label of a cause."""
    return str(_(CAUSES[cause]))


def ground_words(condition: Mapping[str, Any]) -> str:
    """Return the text of a condition with its figure and line."""
    figure, line = condition["figure"], condition["line"]
    if condition["ground"] in {"coverage", "ballots"}:
        line = f"{Decimal(line):f}"
    if figure is None and condition["holds"]:  # The figure is not printed, only that it suffices.
        figure = f">{line}" if condition["ground"] == "top_box" else f"≥{line}"
    return str(_(GROUNDS[condition["ground"]], figure=figure or "—", line=line))


def field_words(name: str) -> str:
    """Return the label of a column of a result."""
    return str(_(FIELDS[name] if name in FIELDS else PARTS[name]))


def figure_words(value: Any) -> str:
    """Return a value of a result as text; — for None."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
