"""What s2 of all sections and s2 of a kind tell together: the spread of whoever is left over."""

import pytest

from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.service import close_period
from evalsys.scores.regrouping import ComparisonGroup, comparison_groups
from tests.factories import make_chief, make_period, make_ratings, make_section
from tests.results.closing.city import CODE, NOW, TODAY

pytestmark = pytest.mark.usefixtures("app")
BEST, GOOD, WORST = (5,) * 4, (4,) * 4, (1,) * 4
ODD = [BEST] * 11 + [WORST]  # With M, the spread of these says that one is the worst.


def groups(alone: int) -> dict[str, ComparisonGroup]:
    """Return the groups of five windows, and of some sections of another kind."""
    make_period(CODE)
    for _ in range(5):
        window = make_section(kind=SectionKind.WINDOW)
        make_ratings(make_chief(window), window, [BEST] * 20 + [GOOD] * 11)
    for _ in range(alone):
        other = make_section(kind=SectionKind.GENERAL)
        make_ratings(make_chief(other), other, ODD)
    result = close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    return comparison_groups(result, PolicyRules.from_json(result.policy.rules))


@pytest.mark.parametrize("alone", [1, 2])
def test_the_spread_of_few_does_not_follow_by_subtraction(alone: int) -> None:
    found = groups(alone)
    windows, everybody = found["window"], found["all"]
    assert (everybody.s2, everybody.freedom) == (windows.s2, windows.freedom)


def test_three_are_in_it_and_tell_their_spread_together_only() -> None:
    found = groups(3)
    windows, everybody = found["window"], found["all"]
    assert everybody.freedom == windows.freedom + 3 * 11
    assert windows.s2 is not None
    assert everybody.s2 is not None
    assert everybody.s2 > windows.s2


def test_a_city_without_another_group_has_its_own() -> None:
    make_period(CODE)
    section = make_section(kind=SectionKind.GENERAL)
    make_ratings(make_chief(section), section, ODD)
    result = close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    found = comparison_groups(result, PolicyRules.from_json(result.policy.rules))
    assert found["all"].freedom == 11
