"""Sixty closings of the made-up city: who is proposed, and which interval holds the truth."""

import pytest

from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import ProposalKind
from evalsys.scores.rules.funnel import GroupStanding
from tests.simulation.found import Found, simulate

TIMES = 60


@pytest.fixture(scope="module")
def today() -> dict[str, Found]:
    return simulate(PolicyRules(), TIMES)


@pytest.fixture(scope="module")
def before() -> dict[str, Found]:
    return simulate(PolicyRules(own_spread=False, above_group=False), TIMES)


def test_no_average_chief_is_interviewed(today: dict[str, Found]) -> None:
    for name in ("average", "few ballots", "true 88"):
        assert today[name].proposals[ProposalKind.INTERVIEW] == 0


def test_the_own_spread_asks_more_and_still_finds_the_weak(
    today: dict[str, Found], before: dict[str, Found]
) -> None:
    interview = ProposalKind.INTERVIEW
    for name, found in today.items():
        assert found.proposals[interview] <= before[name].proposals[interview]
    assert today["true 60, 30 ballots"].proposals[interview] > 0.6 * TIMES
    assert today["true 72, 30 ballots"].proposals[interview] < 0.15 * TIMES


def test_the_own_interval_holds_the_truth_where_the_adjusted_one_does_not(
    today: dict[str, Found],
) -> None:
    for name, found in today.items():
        assert found.own_holds > 0.85 * found.seen, name
    low = today["true 60, 30 ballots"]
    assert low.adjusted_holds < 0.75 * low.seen


def test_near_the_ceiling_no_longer_nearly_everybody_is_commended(
    today: dict[str, Found], before: dict[str, Found]
) -> None:
    average, commended = "average", ProposalKind.COMMENDATION
    assert before[average].proposals[commended] > 0.95 * before[average].seen
    assert today[average].proposals[commended] < 0.8 * today[average].seen
    assert today["true 80"].proposals[commended] == 0


def test_the_words_tell_a_low_section_from_the_others(today: dict[str, Found]) -> None:
    low, average = today["true 60, 30 ballots"], today["average"]
    assert low.words[GroupStanding.SURELY_BELOW] > 0.9 * low.seen
    assert average.words[GroupStanding.USUAL] > 0.99 * average.seen
