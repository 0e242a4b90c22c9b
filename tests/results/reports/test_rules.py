from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.results.reports.charts import TrendPoint, interval_bar, stacked, trend, whole_percents
from evalsys.results.reports.rules import (
    Merging,
    ScoreInterval,
    add_up,
    agrees,
    batch_of,
    distribution,
    distribution_key,
    heat,
    members_missing,
    shown,
    voice_of,
)
from evalsys.results.reports.words import change_words, sum_words
from evalsys.scores.models import MemberScore

counts = st.integers(0, 60)
levels = st.fixed_dictionaries(dict.fromkeys(range(1, 6), counts))
histograms = st.fixed_dictionaries(dict.fromkeys(DIMENSIONS, levels))
scores = st.decimals(20, 100, places=2)


@pytest.mark.parametrize(
    ("points", "step"),
    [("100", 1), ("85", 1), ("84.95", 1), ("84.94", 2), ("80", 2), ("70", 3), ("60", 4), ("20", 5)],
)
def test_a_heat_cell_has_the_shade_of_the_figure_that_is_printed(points: str, step: int) -> None:
    assert heat(Decimal(points)) == step


def test_a_group_that_does_not_weigh_in_leaves_its_part_to_the_others() -> None:
    weights = {"recipient": 60, "grassroots": 20, "collaborator": 0, "leader": 20}
    rows = ["recipient,grassroots", "recipient,grassroots,leader", "recipient"]
    voice = voice_of("grassroots", rows, weights)
    assert (voice.members, voice.weight, voice.weights) == (2, 20, 100)
    assert voice.share == pytest.approx((0.25 + 0.2 + 0) / 3)
    assert voice_of("grassroots", [], weights).share == 0
    assert voice_of("collaborator", [None], weights).members == 0


@given(scores, scores)
def test_a_lower_figure_is_never_paler(one: Decimal, other: Decimal) -> None:
    assert (one < other) <= (heat(one) >= heat(other))


def test_a_score_never_stands_without_its_interval() -> None:
    one, two, three = Decimal("87.35"), Decimal("84.98"), Decimal("89.72")
    assert shown(one, two, three, Decimal("87.45"), 1.5) == ScoreInterval(
        one, two, three, is_adjusted=True
    )
    plain = shown(None, None, None, Decimal("87.45"), 4.0)
    assert plain == ScoreInterval(
        Decimal("87.45"), Decimal("83.53"), Decimal("91.37"), is_adjusted=False
    )
    assert shown(None, None, None, Decimal("87.45"), None) is None
    assert shown(None, None, None, None, 4.0) is None


@given(st.integers(0, 900), st.lists(st.integers(1, 92), max_size=12), st.integers(0, 100))
def test_so_many_more_members_and_the_coverage_is_reached(
    scored: int, unscored: list[int], line: int
) -> None:
    total, missing = scored + sum(unscored), members_missing(scored, unscored, line)
    most = sorted(unscored, reverse=True)
    assert 100 * (scored + sum(most[:missing])) >= line * total
    assert missing == 0 or 100 * (scored + sum(most[: missing - 1])) < line * total


@given(st.lists(st.integers()), st.integers(5, 100))
def test_comments_come_in_whole_batches_that_never_change(comments: list[int], size: int) -> None:
    shown_now = batch_of(comments, size)
    assert len(shown_now) % size == 0
    assert len(comments) - len(shown_now) < size
    assert list(batch_of([*comments, 1], size))[: len(shown_now)] == list(shown_now)


@given(histograms, st.integers(5, 20))
def test_no_part_of_a_bar_is_a_small_count(
    histogram: dict[str, dict[int, int]], min_n: int
) -> None:
    for bar in distribution(histogram, min_n):
        given_levels = histogram[bar.dimension]
        for part in bar.segments:
            inside = sum(given_levels[level] for level in range(part.bottom, part.top + 1))
            assert inside >= min_n
        if bar.segments:
            assert sum(part.percent for part in bar.segments) == 100
            assert len(bar.segments) > 1


@given(st.lists(histograms, max_size=4))
def test_histograms_add_up(several: list[dict[str, dict[int, int]]]) -> None:
    total = add_up(several)
    for name in DIMENSIONS:
        for level in range(1, 6):
            assert total[name][level] == sum(one[name][level] for one in several)


def test_the_key_says_what_a_shade_stands_for() -> None:
    plain = {5: 30, 4: 30, 3: 30, 2: 30, 1: 30}
    merged = {5: 30, 4: 30, 3: 8, 2: 1, 1: 1}
    exact = distribution(dict.fromkeys(DIMENSIONS, plain), 10)
    assert distribution_key(exact) == tuple((level, Merging.EXACT) for level in (5, 4, 3, 2, 1))
    below = distribution(dict.fromkeys(DIMENSIONS, merged), 10)
    assert distribution_key(below)[-1] == (3, Merging.AND_BELOW)
    mixed = distribution({**dict.fromkeys(DIMENSIONS, plain), "attitude": merged}, 10)
    assert dict(distribution_key(mixed))[3] is Merging.MIXED


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=5))
def test_whole_percents_add_up_and_are_near(given_counts: list[int]) -> None:
    percents = whole_percents(given_counts)
    total = sum(given_counts)
    assert sum(percents) == (100 if total else 0)
    for count, percent in zip(given_counts, percents, strict=True):
        assert abs(percent - (100 * count / total if total else 0)) < 1


def test_a_stacked_bar_has_no_gap() -> None:
    bar = stacked([(5, 5, 61), (4, 4, 20), (3, 1, 19)])
    assert [(part.left, part.percent) for part in bar] == [(0, 61), (61, 20), (81, 19)]
    assert bar[-1].shade == 3


@given(scores, scores, scores)
def test_an_interval_bar_stays_on_its_scale(one: Decimal, two: Decimal, three: Decimal) -> None:
    lo, value, hi = sorted((one, two, three))
    bar = interval_bar(value, lo, hi)
    assert 4 <= bar.left <= bar.left + bar.width <= 159
    assert 4 <= bar.dot <= 156
    assert bar.width >= 3


points = st.builds(
    lambda value, half, mean: TrendPoint(
        "2026 Q3",
        value,
        None if value is None else value - half,
        None if value is None else value + half,
        mean,
    ),
    st.none() | st.floats(0, 100),
    st.floats(0, 20),
    st.none() | st.floats(0, 100),
)


@given(st.lists(points, max_size=8))
def test_a_trend_stays_in_its_frame_and_never_bridges_a_gap(several: list[TrendPoint]) -> None:
    drawn = trend(several)
    values = [point.value for point in several]
    if drawn is None:
        assert all(value is None for value in values)
        return
    assert len(drawn.dots) == sum(value is not None for value in values)
    for dot in drawn.dots:
        assert 52 <= dot.x <= 480
        assert 22 <= dot.y <= 190
    joined = sum(len(line.split()) - 1 for line in drawn.lines)
    assert joined == sum(None not in pair for pair in pairwise(values))


def test_a_change_of_the_rules_is_marked_between_two_periods() -> None:
    drawn = trend(
        [TrendPoint("a", 80.0, 78, 82, change=""), TrendPoint("b", 81.0, 79, 83, change="2")]
    )
    assert drawn is not None
    assert [words for _, words in drawn.changes] == ["2"]


@pytest.mark.parametrize(
    ("printed", "recounted", "sign"),
    [("87.35", 87.3512, "="), ("87.35", 87.36, "≈"), ("40.73", Decimal("40.7289"), "=")],
)
def test_a_recount_says_whether_it_is_exact(
    printed: str, recounted: Decimal | float, sign: str
) -> None:
    assert agrees(Decimal(printed), recounted) == sign


@pytest.mark.parametrize(
    ("change", "words"),
    [(None, "—"), ("1.70", "↑ 1.7"), ("-0.90", "↓ 0.9"), ("0.19", "→ 0.2"), ("-0.10", "→ 0.1")],
)
def test_a_change_is_an_arrow_and_a_figure(change: str | None, words: str) -> None:
    assert change_words(None if change is None else Decimal(change)) == words


def seat(score: str, days: int = 92) -> MemberScore:
    return MemberScore(score=Decimal(score), days=days, period_days=92)


def test_a_sum_is_written_out_and_a_long_one_keeps_a_partial_share() -> None:
    assert sum_words([seat("66.43"), seat("61.43", 61)]) == "66.43 + 61÷92×61.43"
    many = [seat(f"{80 + n}.00") for n in range(8)]
    assert sum_words(many) == "80.00 + 81.00 + 82.00 + … + 87.00"
    assert sum_words([*many[:5], seat("70.00", 46), *many[5:]]).count("46÷92×70.00") == 1
