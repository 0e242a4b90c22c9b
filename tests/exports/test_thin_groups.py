"""A rater group of few ballots, with a weight of its own, beside many: nobody solves for it."""

from itertools import product
from pathlib import Path

import pytest

from evalsys.core.permissions import SYSTEM
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.results.closing.service import close_period
from tests.exports.books import column, read
from tests.factories import make_ratings, make_staff
from tests.results.closing.city import CODE, NOW, TODAY, make_city

pytestmark = pytest.mark.usefixtures("app")
DIMENSION = "服务态度"
MANY, FEW = RaterGroup.RECIPIENT, RaterGroup.LEADER
RECIPIENTS = [(5, 5, 4, 5)] * 24 + [(4, 4, 4, 3)] * 9 + [(2, 3, 3, 2)] * 4


def solve(many: int, printed: float | str) -> set[int]:
    """Return each level of one leader beside `many` recipients that fits a printed mean."""
    weights = PolicyRules().group_weights
    value = float(str(printed).removeprefix("≈"))
    off = 0.005 if isinstance(printed, float) else 0.5
    return {
        level
        for level, total in product(range(1, 6), range(many, 5 * many + 1))
        if abs(_mean(weights[MANY], total / many, weights[FEW], level) - value) <= off
    }


def _mean(weight: int, mean: float, other: int, level: int) -> float:
    return 20 * (weight * mean + other * level) / (weight + other)


@pytest.mark.parametrize("level", [1, 3, 5])
def test_the_ballot_of_a_leader_does_not_follow_from_the_books(tmp_path: Path, level: int) -> None:
    low, _ = make_city()
    rated, beside = (make_staff(low, number=number) for number in ("0000888", "0000999"))
    make_ratings(rated, low, RECIPIENTS)
    make_ratings(rated, low, [(level,) * 4], rater_group=FEW)
    make_ratings(beside, low, [(4, 4, 4, 4)] * 12)
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    members = read(tmp_path, "members")["人员明细"]
    points = dict(zip(column(members, "工号"), column(members, DIMENSION), strict=True))
    ballots = read(tmp_path, "ratings")["评价明细"]
    assert rated.number not in column(ballots, "工号"), "the levels of all would tell his"
    assert beside.number in column(ballots, "工号")
    bad = read(tmp_path, "bad-reviews")
    assert rated.number in column(bad["差评台账"], "工号"), "the good ones are not listed there"
    assert len(solve(len(RECIPIENTS), points[rated.number])) > 3
    assert isinstance(points[beside.number], float), "one group alone is as fine as before"
