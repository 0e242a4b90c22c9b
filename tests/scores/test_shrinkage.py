import math
from collections.abc import Sequence
from decimal import Decimal
from statistics import variance

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from evalsys.scores.rules.shrinkage import shrink
from evalsys.scores.rules.spread import Moments, member_variance, pooled_variance, rate_variance

Units = list[tuple[float, float]]

EIGHT_SCHOOLS: Units = list(
    zip(
        [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0],
        [float(se**2) for se in (15, 10, 16, 11, 9, 11, 10, 18)],
        strict=True,
    )
)
# Cases and others, vaccinated and not: thirteen trials of the BCG vaccine (Colditz 1994).
BCG = [
    (4, 119, 11, 128),
    (6, 300, 29, 274),
    (3, 228, 11, 209),
    (62, 13536, 248, 12619),
    (33, 5036, 47, 5761),
    (180, 1361, 372, 1079),
    (8, 2537, 10, 619),
    (505, 87886, 499, 87892),
    (29, 7470, 45, 7232),
    (17, 1699, 65, 1600),
    (186, 50448, 141, 27197),
    (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]

ballots = st.lists(st.integers(2000, 10000), max_size=30)
estimates = st.floats(20, 100)
variances = st.floats(0.01, 100)
units_of_any_size = st.lists(st.tuples(estimates, variances), min_size=5, max_size=40)


def moments(hundredths: Sequence[int]) -> Moments:
    return Moments(len(hundredths), sum(hundredths), sum(b * b for b in hundredths))


def log_risk_ratio(a: int, b: int, c: int, d: int) -> tuple[float, float]:
    return (
        math.log((a / (a + b)) / (c / (c + d))),
        1 / a - 1 / (a + b) + 1 / c - 1 / (c + d),
    )


# F6


@given(ballots)
def test_f6_variance_of_one_member_is_the_textbook_one(hundredths: list[int]) -> None:
    found = pooled_variance([moments(hundredths)])
    if len(hundredths) < 2:
        assert found is None
    else:
        assert found == pytest.approx(variance(b / 100 for b in hundredths), abs=1e-7)


def test_f6_loses_nothing_to_cancellation() -> None:
    n = 10**9
    assert pooled_variance([Moments(n, n * 9999 + 1, n * 9999**2 + 2 * 9999 + 1)]) == pytest.approx(
        1e-13
    )


@pytest.mark.parametrize(
    "wrong", [Moments(2, 20000, 1), Moments(0, 1, 0), Moments(0, 0, 1), Moments(-1, 0, 0)]
)
def test_f6_refuses_moments_that_no_ballots_have(wrong: Moments) -> None:
    with pytest.raises(ValueError, match="no ballots have"):
        pooled_variance([wrong])


def test_f6_pools_the_scatter_within_members_and_not_between_them() -> None:
    # Within: 90 and 100 (scatter 50), 40 and 50 (scatter 50), one ballot alone (scatter 0).
    members = [moments([9000, 10000]), moments([4000, 5000]), moments([2000]), moments([])]
    assert pooled_variance(members) == 50.0
    assert pooled_variance([moments([9000]), moments([])]) is None


@given(st.lists(ballots, max_size=8))
def test_f6_pooled_variance_is_the_analysis_of_variance_within_members(
    members: list[list[int]],
) -> None:
    found = pooled_variance(moments(member) for member in members)
    known = [(pooled_variance([moments(member)]), len(member) - 1) for member in members]
    freedom = sum(free for v, free in known if v is not None)
    if not freedom:
        assert found is None
        return
    mean = sum(v * free for v, free in known if v is not None) / freedom
    assert found == pytest.approx(mean, rel=1e-12, abs=1e-12)
    assert pooled_variance(moments(member) for member in reversed(members)) == found


def test_f6_variance_of_a_member_score() -> None:
    weights = {"recipient": 60, "grassroots": 20, "leader": 0}
    assert member_variance(200.0, {"recipient": 20}, weights) == 10.0
    assert member_variance(
        200.0, {"recipient": 20, "grassroots": 5, "leader": 3, "unknown": 4}, weights
    ) == pytest.approx(200 * (0.75**2 / 20 + 0.25**2 / 5))
    with pytest.raises(ValueError, match="no ballots"):
        member_variance(200.0, {"leader": 3}, weights)


def test_f6_variance_of_the_rate() -> None:
    assert rate_variance([(92, 10.0)]) == 10.0
    assert rate_variance([(92, 10.0), (46, 40.0)]) == pytest.approx(4 / 9 * 10 + 1 / 9 * 40)
    with pytest.raises(ValueError, match="no scored seats"):
        rate_variance([])


@given(st.lists(st.tuples(st.integers(1, 92), variances), min_size=1, max_size=30))
def test_f6_a_rate_is_never_less_sure_than_its_least_sure_member(
    seats: list[tuple[int, float]],
) -> None:
    found = rate_variance(seats)
    assert 0 < found <= max(v for _, v in seats) * (1 + 1e-12)
    assert found >= min(v for _, v in seats) / len(seats) * (1 - 1e-12)


# F7


def test_f7_eight_schools() -> None:
    found = shrink(EIGHT_SCHOOLS)
    assert found is not None
    figures = [found.q, found.tau2, found.mu, found.se_mu]
    assert [round(figure, 4) for figure in figures] == [4.7071, 0.0, 7.6856, 4.0719]
    # Without spread between the units nobody differs from the mean.
    assert {unit.theta for unit in found.units} == {Decimal("7.69")}
    assert {unit.reliability for unit in found.units} == {Decimal("0.000")}
    assert {unit.se for unit in found.units} == {Decimal("4.07")}


def test_f7_bcg_trials() -> None:
    found = shrink([log_risk_ratio(*trial) for trial in BCG])
    assert found is not None
    assert found.k == 13
    assert round(found.q, 2) == 152.23
    figures = [found.tau2, found.mu, found.se_mu]
    assert [round(figure, 4) for figure in figures] == [0.3088, -0.7141, 0.1787]


@given(units_of_any_size)
def test_f7_agrees_with_statsmodels(units: Units) -> None:
    found = shrink(units)
    assert found is not None
    y, v = np.array(units).T
    with np.errstate(all="ignore"):  # It does not stop tau2 at 0, and stumbles over what follows.
        other = combine_effects(y, v, method_re="dl")
    assert found.q == pytest.approx(other.q, rel=1e-7, abs=1e-7)
    assert found.tau2 == pytest.approx(max(0.0, other.tau2), rel=1e-7, abs=1e-7)
    mu, se = other.mean_effect_re, other.sd_eff_w_re
    if other.tau2 <= 0:  # Then random effects are fixed effects.
        mu, se = other.mean_effect_fe, other.sd_eff_w_fe
    assert found.mu == pytest.approx(mu, rel=1e-7)
    assert found.se_mu == pytest.approx(se, rel=1e-7)


@given(units_of_any_size)
def test_f7_draws_every_unit_towards_the_mean_but_never_past_it(units: Units) -> None:
    found = shrink(units)
    assert found is not None
    for (y, v), unit in zip(units, found.units, strict=True):
        pull = v / (found.tau2 + v)
        slack = 0.011 + 0.0005 * abs(y - found.mu)  # mu, lambda and theta are rounded.
        assert float(unit.theta) == pytest.approx(found.mu + (1 - pull) * (y - found.mu), abs=slack)
        assert min(y, found.mu) - 0.006 <= unit.theta <= max(y, found.mu) + 0.006
        se = math.sqrt(pull * found.tau2 + pull**2 * found.se_mu**2)
        assert float(unit.se) == pytest.approx(se, abs=0.006)
        assert float(unit.lo) == pytest.approx(float(unit.theta) - 1.96 * se, abs=0.016)
        assert float(unit.hi) == pytest.approx(float(unit.theta) + 1.96 * se, abs=0.016)
        assert unit.lo <= unit.theta <= unit.hi
        assert 0 <= unit.reliability <= 1
        assert unit.reliability + unit.pull == 1


@given(units_of_any_size)
def test_f7_trusts_the_surer_unit_more(units: Units) -> None:
    found = shrink(units)
    assert found is not None
    by_variance = sorted(zip(units, found.units, strict=True), key=lambda pair: pair[0][1])
    reliabilities = [unit.reliability for _, unit in by_variance]
    assert reliabilities == sorted(reliabilities, reverse=True)


@given(units_of_any_size.flatmap(lambda units: st.tuples(st.just(units), st.permutations(units))))
def test_f7_does_not_depend_on_the_order_of_the_units(pair: tuple[Units, Units]) -> None:
    units, shuffled = pair
    one, other = shrink(units), shrink(shuffled)
    assert one is not None
    assert other is not None
    assert (one.q, one.tau2, one.mu) == (other.q, other.tau2, other.mu)
    assert dict(zip(units, one.units, strict=True)) == dict(zip(shuffled, other.units, strict=True))


@given(units_of_any_size, st.integers(-20, 20))
def test_f7_moves_along_with_the_scale(units: Units, by: int) -> None:
    one, other = shrink(units), shrink([(y + by, v) for y, v in units])
    assert one is not None
    assert other is not None
    assert other.mu == pytest.approx(one.mu + by, abs=1e-6)
    assert other.tau2 == pytest.approx(one.tau2, rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(estimates, st.floats(0, 1e6)), min_size=5, max_size=12))
def test_f7_never_fails_on_any_variance(units: Units) -> None:
    found = shrink(units)
    assert found is not None
    assert all(math.isfinite(x) for x in (found.q, found.tau2, found.mu, found.se_mu))


def test_f7_below_five_units_the_group_is_too_small() -> None:
    assert shrink(EIGHT_SCHOOLS[:4]) is None
    assert shrink(EIGHT_SCHOOLS[:5]) is not None
    assert shrink(EIGHT_SCHOOLS[:4], min_group=4) is not None
    assert shrink([(80.0, 1.0)], min_group=0) is None


def test_f7_without_variance_leaves_different_scores_as_they_are() -> None:
    found = shrink([(y, 0.0) for y in (70.0, 80.0, 90.0, 95.0, 100.0)])
    assert found is not None
    assert [unit.theta for unit in found.units] == [70, 80, 90, 95, 100]
    assert {unit.reliability for unit in found.units} == {Decimal("1.000")}
    assert {unit.se for unit in found.units} == {Decimal("0.00")}
    assert found.tau2 == pytest.approx(variance([70, 80, 90, 95, 100]))


def test_f7_without_variance_or_difference_is_sure_but_unreliable() -> None:
    found = shrink([(100.0, 0.0)] * 5)
    assert found is not None
    assert {(unit.theta, unit.se) for unit in found.units} == {(Decimal(100), Decimal(0))}
    assert {unit.reliability for unit in found.units} == {Decimal(0)}


def test_f7_a_single_unit_without_variance_keeps_its_score() -> None:
    found = shrink([(70.0, 0.0), (80.0, 4.0), (85.0, 4.0), (90.0, 4.0), (95.0, 4.0)])
    assert found is not None
    assert found.units[0].theta == Decimal("70.00")
    assert found.units[0].reliability == Decimal("1.000")


@pytest.mark.parametrize(
    "wrong", [(80.0, -1.0), (math.nan, 1.0), (80.0, math.inf), (80.0, math.nan)]
)
def test_f7_refuses_what_is_no_estimate(wrong: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        shrink([wrong] * 5)
