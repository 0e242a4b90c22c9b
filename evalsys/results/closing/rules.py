"""The proposals of a closing for one chief, as data. Pure."""

from collections.abc import Iterator
from typing import Any

from evalsys.scores.rules.proposals import (
    Figures,
    ProposalCheck,
    Thresholds,
    propose_commendation,
    propose_interview,
)


def proposals_for(
    figures: Figures, lines: Thresholds, *, policy_version: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, grounds) of the proposal for a chief's figures, at most one."""
    findings = {
        "interview": propose_interview(figures, lines),
        "commendation": propose_commendation(figures, lines),
    }
    for kind, finding in findings.items():
        if finding.holds:
            yield kind, {"policy": policy_version, "conditions": conditions_of(finding)}


def conditions_of(finding: ProposalCheck) -> list[dict[str, Any]]:
    """Return every condition with figure and line, as JSON values."""
    return [
        {
            "ground": condition.ground.value,
            "figure": None if condition.figure is None else str(condition.figure),
            "line": None if condition.line is None else str(condition.line),
            "holds": condition.holds,
        }
        for condition in finding.conditions
    ]
