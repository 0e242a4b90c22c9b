"""What the figures of a closed period propose; a named person decides. Pure.

Docs/formulas.md, "Proposals, never consequences". Ranks are not among the figures, so a rank cannot
be a ground. Every proposal lists all conditions, met or not, with figure and line.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.rules.formulas import MIN_BALLOTS, MIN_COVERAGE
from evalsys.scores.rules.shrinkage import probability_below


class Ground(StrEnum):
    """The conditions of a proposal."""

    COVERAGE = "coverage"
    BALLOTS = "ballots"
    RELIABILITY = "reliability"
    PROBABILITY = "probability"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The lines of a policy: points, percent of coverage, ballots, shares 0-1."""

    interview_line: Decimal = Decimal(70)
    commend_line: Decimal = Decimal(90)
    evidence_line: Decimal = Decimal(60)
    probability: Decimal = Decimal("0.9")
    reliability: Decimal = Decimal("0.7")
    coverage: Decimal = MIN_COVERAGE
    ballots: int = MIN_BALLOTS

    @classmethod
    def of(cls, policy: PolicyRules) -> Self:
        """Return the lines of a policy, which stores shares in percent."""
        return cls(
            interview_line=Decimal(policy.interview_line),
            commend_line=Decimal(policy.commend_line),
            evidence_line=Decimal(policy.evidence_line),
            probability=Decimal(policy.probability) / 100,
            reliability=Decimal(policy.reliability) / 100,
            coverage=Decimal(policy.min_coverage),
            ballots=policy.min_n_consequence,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """The published figures of a chief or a member.

    `theta`, `se` and `reliability` (F7) are None if the group is too small to adjust; no condition
    on them holds then. `coverage` is a percentage, None for a member.
    """

    ballots: int
    theta: Decimal | None
    se: Decimal | None
    reliability: Decimal | None
    coverage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition: the figure (None if missing) must be at least the line."""

    ground: Ground
    figure: Decimal | None
    line: Decimal
    holds: bool


@dataclass(frozen=True, slots=True)
class ProposalCheck:
    """A proposal with its conditions."""

    conditions: tuple[Criterion, ...]

    @property
    def holds(self) -> bool:
        """Whether every condition holds."""
        return all(condition.holds for condition in self.conditions)

    @property
    def failed(self) -> tuple[Ground, ...]:
        """The conditions that do not hold."""
        return tuple(condition.ground for condition in self.conditions if not condition.holds)


def propose_interview(figures: Figures, thresholds: Thresholds) -> ProposalCheck:
    """Return whether an interview with the chief is proposed, and why."""
    return ProposalCheck(
        (
            _at_least(Ground.COVERAGE, figures.coverage, thresholds.coverage),
            _at_least(Ground.BALLOTS, Decimal(figures.ballots), Decimal(thresholds.ballots)),
            _at_least(Ground.RELIABILITY, figures.reliability, thresholds.reliability),
            _surely_below(figures, thresholds.interview_line, thresholds),
        )
    )


def propose_commendation(figures: Figures, thresholds: Thresholds) -> ProposalCheck:
    """Return whether a commendation of the chief is proposed, and why.

    F7 draws an unreliable score to the mean, so reliability is not required.
    """
    below = _probability_below(figures, thresholds.commend_line)
    reached = None if below is None else 1 - below
    return ProposalCheck(
        (
            _at_least(Ground.COVERAGE, figures.coverage, thresholds.coverage),
            _at_least(Ground.BALLOTS, Decimal(figures.ballots), Decimal(thresholds.ballots)),
            _at_least(Ground.PROBABILITY, reached, thresholds.probability),
        )
    )


def evidence_available(figures: Figures, thresholds: Thresholds) -> ProposalCheck:
    """Return whether a member's ratings may be evidence for a return, and why."""
    return ProposalCheck(
        (
            _at_least(Ground.BALLOTS, Decimal(figures.ballots), Decimal(thresholds.ballots)),
            _at_least(Ground.RELIABILITY, figures.reliability, thresholds.reliability),
            _surely_below(figures, thresholds.evidence_line, thresholds),
        )
    )


def _at_least(ground: Ground, figure: Decimal | None, line: Decimal) -> Criterion:
    return Criterion(ground, figure, line, holds=figure is not None and figure >= line)


def _probability_below(figures: Figures, line: Decimal) -> Decimal | None:
    if figures.theta is None or figures.se is None:
        return None
    return probability_below(figures.theta, figures.se, line)


def _surely_below(figures: Figures, line: Decimal, thresholds: Thresholds) -> Criterion:
    below = _probability_below(figures, line)
    return _at_least(Ground.PROBABILITY, below, thresholds.probability)
