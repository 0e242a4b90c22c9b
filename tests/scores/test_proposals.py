from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.rules.proposals import (
    Figures,
    Ground,
    Thresholds,
    evidence_available,
    propose_commendation,
    propose_interview,
)

LINES = Thresholds()
WEAK = Figures(
    ballots=34,
    theta=Decimal("63.38"),
    se=Decimal("2.74"),
    reliability=Decimal("0.930"),
    score=Decimal("62.20"),
    own_se=Decimal("3.9"),
    coverage=Decimal("62.45"),
    mean=Decimal("81.00"),
    top=Decimal("20.00"),
    group_top=Decimal("41.00"),
)
STRONG = replace(
    WEAK,
    theta=Decimal("95.00"),
    score=Decimal("95.40"),
    own_se=Decimal("1.1"),
    top=Decimal("60.10"),
)
WEAK_MEMBER = replace(WEAK, theta=Decimal("55.00"), score=Decimal("54.00"), coverage=None)
BY_LINE = replace(LINES, own_spread=False, above_group=False)  # As before F6b and F11.

any_figures = st.builds(
    Figures,
    ballots=st.integers(0, 100),
    theta=st.none() | st.decimals(20, 100, places=2),
    se=st.none() | st.decimals(0, 10, places=2),
    reliability=st.none() | st.decimals(0, 1, places=3),
    score=st.none() | st.decimals(20, 100, places=2),
    own_se=st.none() | st.decimals(0, 10, places=1),
    coverage=st.none() | st.decimals(0, 100, places=2),
    mean=st.none() | st.decimals(20, 100, places=2),
    top=st.none() | st.decimals(0, 100, places=2),
    group_top=st.none() | st.decimals(0, 100, places=2),
)


def test_the_lines_are_those_of_the_policy() -> None:
    assert Thresholds.of(PolicyRules()) == LINES
    changed = PolicyRules().changed(
        interview_line=65, commend_line=95, evidence_line=55, probability=95, reliability=80
    )
    assert Thresholds.of(changed.changed(min_coverage=70, min_n_consequence=50)) == Thresholds(
        interview_line=Decimal(65),
        commend_line=Decimal(95),
        evidence_line=Decimal(55),
        probability=Decimal("0.95"),
        reliability=Decimal("0.8"),
        coverage=Decimal(70),
        ballots=50,
    )


def test_a_surely_low_section_is_proposed_for_an_interview() -> None:
    found = propose_interview(WEAK, LINES)
    assert found.holds
    assert [(c.ground, c.figure, c.line) for c in found.conditions] == [
        (Ground.COVERAGE, Decimal("62.45"), Decimal(60)),
        (Ground.BALLOTS, Decimal(34), Decimal(30)),
        (Ground.RELIABILITY, Decimal("0.930"), Decimal("0.7")),
        (Ground.PROBABILITY, Decimal("0.992"), Decimal("0.9")),
        (Ground.OWN_PROBABILITY, Decimal("0.977"), Decimal("0.9")),
    ]


@pytest.mark.parametrize(
    ("figures", "ground"),
    [
        (replace(WEAK, coverage=Decimal("59.99")), Ground.COVERAGE),
        (replace(WEAK, ballots=29), Ground.BALLOTS),
        (replace(WEAK, reliability=Decimal("0.699")), Ground.RELIABILITY),
        (replace(WEAK, theta=Decimal("68.00")), Ground.PROBABILITY),
        (replace(WEAK, own_se=Decimal("7.0")), Ground.OWN_PROBABILITY),
        (replace(WEAK, own_se=None), Ground.OWN_PROBABILITY),
    ],
)
def test_every_missing_condition_stops_the_interview_and_is_named(
    figures: Figures, ground: Ground
) -> None:
    found = propose_interview(figures, LINES)
    assert not found.holds
    assert found.failed == (ground,)


def test_a_surely_high_section_is_proposed_for_commendation() -> None:
    found = propose_commendation(STRONG, LINES)
    assert found.holds
    assert [(one.ground, one.figure, one.line) for one in found.conditions[2:]] == [
        (Ground.PROBABILITY, Decimal("1.000"), Decimal("0.9")),
        (Ground.ABOVE_MEAN, Decimal("1.000"), Decimal("0.9")),
        (Ground.TOP_BOX, Decimal("60.10"), Decimal("41.00")),
    ]


@pytest.mark.parametrize(
    ("figures", "ground"),
    [
        (replace(STRONG, mean=Decimal("92.00")), Ground.ABOVE_MEAN),
        (replace(STRONG, top=Decimal("41.00")), Ground.TOP_BOX),
        (replace(STRONG, group_top=None), Ground.TOP_BOX),
        (replace(STRONG, theta=Decimal("72.00"), mean=Decimal("60.00")), Ground.PROBABILITY),
    ],
)
def test_near_the_ceiling_only_who_is_above_the_group_is_commended(
    figures: Figures, ground: Ground
) -> None:
    assert propose_commendation(figures, LINES).failed == (ground,)


def test_a_policy_older_than_the_own_spread_and_the_group_keeps_its_lines() -> None:
    assert Thresholds.of(PolicyRules.from_json({})) == BY_LINE
    unsure = replace(WEAK, own_se=Decimal("7.0"))
    assert propose_interview(unsure, BY_LINE).holds
    found = propose_commendation(replace(STRONG, top=None), BY_LINE)
    assert found.holds
    assert found.conditions[2].figure == Decimal("0.966")
    assert propose_commendation(replace(STRONG, theta=Decimal(92)), BY_LINE).failed == (
        Ground.PROBABILITY,
    )


def test_a_surely_failing_member_gives_evidence() -> None:
    found = evidence_available(WEAK_MEMBER, LINES)
    assert found.holds
    assert Ground.COVERAGE not in {condition.ground for condition in found.conditions}
    assert not evidence_available(WEAK, LINES).holds


def test_a_group_too_small_to_adjust_proposes_nothing() -> None:
    bare = Figures(ballots=500, theta=None, se=None, reliability=None, coverage=Decimal(100))
    assert Ground.PROBABILITY in propose_interview(bare, LINES).failed
    assert propose_commendation(bare, BY_LINE).failed == (Ground.PROBABILITY,)
    assert Ground.ABOVE_MEAN in propose_commendation(bare, LINES).failed
    assert evidence_available(bare, BY_LINE).failed == (Ground.RELIABILITY, Ground.PROBABILITY)


def test_a_rank_cannot_be_a_ground() -> None:
    assert not any("rank" in field.name for field in (*fields(Figures), *fields(Thresholds)))
    assert not any("rank" in ground for ground in Ground)


@given(any_figures, st.sampled_from([LINES, BY_LINE]))
def test_nobody_is_proposed_for_interview_and_commendation_at_once(
    figures: Figures, lines: Thresholds
) -> None:
    interview, commendation = (
        propose_interview(figures, lines),
        propose_commendation(figures, lines),
    )
    assert not (interview.holds and commendation.holds)
    assert interview.holds == (not interview.failed)


@given(any_figures)
def test_a_stricter_policy_never_proposes_more(figures: Figures) -> None:
    strict = Thresholds(
        interview_line=Decimal(65),
        commend_line=Decimal(95),
        evidence_line=Decimal(50),
        probability=Decimal("0.95"),
        reliability=Decimal("0.8"),
        coverage=Decimal(80),
        ballots=50,
    )
    for find in (propose_interview, propose_commendation, evidence_available):
        assert find(figures, LINES).holds or not find(figures, strict).holds
