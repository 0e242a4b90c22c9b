"""What the figures of a closed period propose; a named person decides. Pure.

Docs/formulas.md, "Proposals, never consequences". Ranks are not among the figures, so a rank cannot
be a ground. Every proposal lists all conditions, met or not, with figure and line.
"""

from collections.abc import Iterator
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
    OWN_PROBABILITY = "own_probability"
    ABOVE_MEAN = "above_mean"
    TOP_BOX = "top_box"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The lines of a policy: points, percent of coverage, ballots, shares 0-1.

    `own_spread` asks for F10b too, `above_group` for F11 in place of the commendation line.
    """

    interview_line: Decimal = Decimal(70)
    commend_line: Decimal = Decimal(90)
    evidence_line: Decimal = Decimal(60)
    probability: Decimal = Decimal("0.9")
    reliability: Decimal = Decimal("0.7")
    coverage: Decimal = MIN_COVERAGE
    ballots: int = MIN_BALLOTS
    own_spread: bool = True
    above_group: bool = True

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
            own_spread=policy.own_spread,
            above_group=policy.above_group,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The published figures of a chief or a member.

    `theta`, `se` and `reliability` (F7) are None if the group is too small to adjust; no condition
    on them holds then. `score` is R or M, `own_se` its own standard error (F6b). `coverage` is a
    percentage, None for a member, as are the mean of the group, the lower limit of the `top` box
    and the group's share of it, both in percent (F11).
    """

    ballots: int
    theta: Decimal | None
    se: Decimal | None
    reliability: Decimal | None
    score: Decimal | None = None
    own_se: Decimal | None = None
    coverage: Decimal | None = None
    mean: Decimal | None = None
    top: Decimal | None = None
    group_top: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition: the figure (None if missing) must be at least the line, or above it (F11)."""

    ground: Ground
    figure: Decimal | None
    line: Decimal | None
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
            *_surely_below(figures, thresholds.interview_line, thresholds),
        )
    )


def propose_commendation(figures: Figures, thresholds: Thresholds) -> ProposalCheck:
    """Return whether a commendation of the chief is proposed, and why.

    F7 draws an unreliable score to the mean, so reliability is not required.
    """
    return ProposalCheck(
        (
            _at_least(Ground.COVERAGE, figures.coverage, thresholds.coverage),
            _at_least(Ground.BALLOTS, Decimal(figures.ballots), Decimal(thresholds.ballots)),
            *_surely_good(figures, thresholds),
        )
    )


def _surely_good(figures: Figures, thresholds: Thresholds) -> Iterator[Criterion]:
    """Yield what a commendation asks of the score: to be above the group, or above a line.

    The best of a weak group is not commended where an interview is near.
    """
    line = thresholds.interview_line if thresholds.above_group else thresholds.commend_line
    below = _probability_below(figures, line)
    yield _at_least(Ground.PROBABILITY, _rest(below), thresholds.probability)
    if thresholds.above_group:
        under = None if figures.mean is None else _probability_below(figures, figures.mean)
        yield _at_least(Ground.ABOVE_MEAN, _rest(under), thresholds.probability)
        top, share = figures.top, figures.group_top
        is_above = top is not None and share is not None and top > share
        yield Criterion(Ground.TOP_BOX, top, share, holds=is_above)


def _rest(share: Decimal | None) -> Decimal | None:
    return None if share is None else 1 - share


def evidence_available(figures: Figures, thresholds: Thresholds) -> ProposalCheck:
    """Return whether a member's ratings may be evidence for a return, and why."""
    return ProposalCheck(
        (
            _at_least(Ground.BALLOTS, Decimal(figures.ballots), Decimal(thresholds.ballots)),
            _at_least(Ground.RELIABILITY, figures.reliability, thresholds.reliability),
            *_surely_below(figures, thresholds.evidence_line, thresholds),
        )
    )


def _at_least(ground: Ground, figure: Decimal | None, line: Decimal) -> Criterion:
    return Criterion(ground, figure, line, holds=figure is not None and figure >= line)


def _probability_below(figures: Figures, line: Decimal) -> Decimal | None:
    if figures.theta is None or figures.se is None:
        return None
    return probability_below(figures.theta, figures.se, line)


def _surely_below(figures: Figures, line: Decimal, thresholds: Thresholds) -> Iterator[Criterion]:
    """Yield F10 by the pooled spread and, where the policy asks for it, F10b by the own one."""
    below = _probability_below(figures, line)
    yield _at_least(Ground.PROBABILITY, below, thresholds.probability)
    if thresholds.own_spread:
        own = None
        if figures.score is not None and figures.own_se is not None:
            own = probability_below(figures.score, figures.own_se, line)
        yield _at_least(Ground.OWN_PROBABILITY, own, thresholds.probability)
