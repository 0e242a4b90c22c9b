"""Gap, rank, trend, target and the queue, for any figures."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.foundation.uploads.cells import Unreadable, read_number
from evalsys.reform.benchmarks.numbers import figure_words, read_year
from evalsys.reform.benchmarks.rules.comparing import (
    Direction,
    best_of,
    gap,
    gap_share,
    ranks,
    stand,
    trend,
)
from evalsys.reform.benchmarks.rules.drawing import draw_lines, draw_queue, scale_of
from evalsys.reform.benchmarks.rules.queue import Judged, in_order

FIGURES = st.decimals(-10_000, 10_000, places=2)
DIRECTIONS = st.sampled_from(Direction)
CITIES = st.dictionaries(st.integers(1, 9), FIGURES, min_size=1)
YEARS = st.dictionaries(st.integers(2000, 2030), FIGURES, min_size=1)
SERIES = st.dictionaries(st.tuples(st.integers(1, 4), st.integers(2020, 2026)), FIGURES)
MORE, LESS = Direction.MORE, Direction.LESS


def test_an_example_of_each_direction() -> None:
    assert gap(LESS, Decimal("1.6"), Decimal("1.0")) == Decimal("0.6")
    assert gap(MORE, Decimal("88.6"), Decimal("93.4")) == Decimal("4.8")
    assert gap_share(LESS, Decimal("1.5"), Decimal("1.0")) == Decimal("0.5")
    assert gap_share(MORE, Decimal(5), Decimal(0)) is None
    assert ranks(LESS, {1: Decimal(3), 2: Decimal(2), 3: Decimal(2)}) == {2: 1, 3: 1, 1: 3}
    assert best_of(MORE, {}) is None


@given(DIRECTIONS, FIGURES, FIGURES)
def test_a_gap_is_the_other_one_s_lead(direction: Direction, one: Decimal, two: Decimal) -> None:
    behind, ahead = gap(direction, one, two), gap(direction, two, one)
    assert behind is not None
    assert ahead is not None
    assert behind == -ahead
    assert gap(direction, None, two) is None
    assert gap(direction, one, None) is None
    assert gap_share(direction, None, two) is None


@given(DIRECTIONS, CITIES)
def test_ranks_follow_the_figures_and_ties_share_one(
    direction: Direction, figures: Mapping[int, Decimal]
) -> None:
    found = ranks(direction, figures)
    best = best_of(direction, figures)
    assert best is not None
    assert found[best[0]] == min(found.values()) == 1
    for one, value in figures.items():
        for other, beside in figures.items():
            assert (found[one] == found[other]) == (value == beside)
            behind = gap(direction, value, beside)
            assert behind is not None
            assert (found[one] > found[other]) == (behind > 0)
        assert found[one] == 1 + sum(found[other] < found[one] for other in figures)


@given(DIRECTIONS, YEARS, st.integers(2000, 2030))
def test_a_trend_reaches_back_to_the_latest_year_with_a_figure(
    direction: Direction, years: Mapping[int, Decimal], until: int
) -> None:
    found = trend(direction, years, until)
    if found is None:
        assert until not in years or not any(year < until for year in years)
        return
    assert not any(found.since < year < until for year in years)
    assert years[found.since] + found.change == years[until]
    if found.is_better is None:
        assert found.change == 0
    else:
        assert found.is_better == ((found.change > 0) == (direction is MORE))


@given(DIRECTIONS, SERIES, st.none() | st.integers(2020, 2026))
def test_only_figures_of_one_year_are_compared_and_none_is_no_zero(
    direction: Direction, series: Mapping[tuple[int, int], Decimal], year: int | None
) -> None:
    found = stand(direction, series, 1, year=year, reference=2)
    of_year = {city: value for (city, when), value in series.items() if when == found.year}
    assert found.own == of_year.get(1)
    assert found.reference == of_year.get(2)
    assert found.cities == len(of_year)
    assert (found.rank is None) == (found.own is None)
    assert (found.best is None) == (not of_year.keys() - {1})
    if year is None and any(city == 1 for city, _ in series):
        assert found.year == max(when for city, when in series if city == 1)
    assert (found.behind(direction, found.reference) is None) == (
        found.own is None or found.reference is None
    )


JUDGED = st.lists(
    st.builds(Judged, st.integers(), st.text("abc", max_size=3), *[st.integers(1, 5)] * 2)
)


@given(JUDGED)
def test_the_queue_is_urgent_first_and_easy_first(judged: list[Judged]) -> None:
    placed = in_order(judged)
    assert sorted(one.judged for one in placed) == sorted(judged)
    for one, after in pairwise(placed):
        first, second = one.judged, after.judged
        assert (first.priority, first.urgency) >= (second.priority, second.urgency)
        alike = (first.urgency, first.ease) == (second.urgency, second.ease)
        assert (one.place == after.place) == alike
    spots = draw_queue(placed)
    assert len({(spot.x, spot.y) for spot in spots}) == len(spots)
    assert sum(len(spot.names) for spot in spots) == len(judged)


def test_of_equal_priorities_the_more_urgent_comes_first() -> None:
    easy, urgent = Judged(1, "易", 3, 5), Judged(2, "急", 5, 3)
    assert [one.judged for one in in_order([easy, urgent])] == [urgent, easy]


@given(st.lists(FIGURES, min_size=1))
def test_a_scale_encloses_its_figures_in_equal_steps(values: list[Decimal]) -> None:
    scale = scale_of(values)
    assert scale[0] <= min(values) <= max(values) <= scale[-1]
    assert 2 <= len(scale) <= 7
    assert len({after - one for one, after in pairwise(scale)}) == 1


@given(YEARS)
def test_a_year_without_a_figure_interrupts_the_line(years: Mapping[int, Decimal]) -> None:
    chart = draw_lines([("甲市", years)], {})
    assert chart is not None
    [line] = chart.lines
    assert len(line.marks) == len(years)
    breaks = sum(year + 1 not in years for year in years)
    assert len(line.parts) == breaks
    assert draw_lines([("甲市", {})], {2026: Decimal(1)}) is None


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        ("1,234.5", "1234.5"),
        ("３．５", "3.5"),
        ("2.5 工作日", "2.5"),
        ("−4", "-4"),
        ("0", "0"),
    ],
)
def test_a_number_is_read_as_it_stands(cell: str | float, figure: str) -> None:
    assert read_number("工作日", 1)(cell).value == Decimal(figure)


@pytest.mark.parametrize(
    "cell", ["约3", "3天", "1,23", "3.14", "1e5", "九", "", True, "1234567890123", "3 %"]
)
def test_what_is_no_number_in_the_unit_is_refused(cell: str | bool) -> None:
    with pytest.raises(Unreadable):
        read_number("工作日", 1)(cell)


def test_years_are_read_with_their_word_and_none_of_the_future() -> None:
    read = read_year(2026)
    assert [read(cell).value for cell in ("2025", 2025, 2025.0, "2025年")] == [2025] * 4
    for cell in ("2027", "1999", "25", "去年", 2025.5):
        with pytest.raises(Unreadable):
            read(cell)


def test_a_missing_figure_is_written_as_none() -> None:
    assert figure_words(None, 2) == "—"
    assert figure_words(Decimal("1234.5"), 2) == "1\u202f234.50"
