from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.scores.rules.disclosure import (
    LevelRow,
    display_n,
    is_small,
    may_publish_share,
    merge_small_levels,
    suppress,
)

distributions = st.fixed_dictionaries({level: st.integers(0, 60) for level in range(1, 6)})


@pytest.mark.parametrize(("n", "shown"), [(0, "<10"), (9, "<10"), (10, "10"), (3118, "3118")])
def test_a_small_count_never_prints_its_value(n: int, shown: str) -> None:
    assert display_n(n) == shown
    assert display_n(n, min_n=0) == str(n)


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [
        ({"a": 40, "b": 20, "c": 15}, ""),
        ({"a": 40, "b": 20, "c": 4}, "bc"),  # 64 - 60 would show c
        ({"a": 40, "b": 7, "c": 4}, "bc"),  # 11 = 2 + 9 ... 9 + 2
        ({"a": 40, "b": 2, "c": 4}, "abc"),  # 6 together is a small cell itself
        ({"a": 40, "b": 9, "c": 9}, "abc"),  # 18 is only 9 + 9
        ({"a": 40, "b": 10, "c": 0}, "abc"),  # 10 is only 10 + 0
        ({"a": 4}, "a"),
        ({}, ""),
    ],
)
def test_a_hidden_cell_is_no_difference_of_printed_numbers(
    cells: dict[str, int], hidden: str
) -> None:
    assert suppress(cells) == set(hidden)


def test_without_a_minimum_nothing_is_hidden() -> None:
    assert suppress({"a": 0, "b": 1}, min_n=1) == frozenset()


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        suppress({"a": -1})


@given(st.dictionaries(st.integers(), st.integers(0, 200), max_size=12), st.integers(2, 15))
def test_a_hidden_cell_is_never_alone_beside_a_printed_total(
    cells: dict[int, int], min_n: int
) -> None:
    hidden = suppress(cells, min_n)
    assert {key for key, n in cells.items() if is_small(n, min_n)} <= hidden
    assert len(hidden) != 1 or len(cells) == 1
    if hidden != cells.keys():
        assert not hidden or sum(cells[key] for key in hidden) >= min_n


@given(st.lists(st.integers(0, 12), min_size=2, max_size=5), st.integers(2, 4))
def test_no_reader_can_work_out_a_hidden_cell(counts: list[int], min_n: int) -> None:
    cells = dict(enumerate(counts))
    hidden = sorted(suppress(cells, min_n))
    if len(hidden) in (0, len(cells)):
        return
    # The reader knows the sum of the hidden cells, and which of them are small.
    rest = sum(cells[key] for key in hidden)
    ranges = [
        range(min_n) if is_small(cells[key], min_n) else range(min_n, rest + 1) for key in hidden
    ]
    possible = [guess for guess in product(*ranges) if sum(guess) == rest]
    for place, key in enumerate(hidden):
        if is_small(cells[key], min_n):
            assert len({guess[place] for guess in possible}) > 1


@pytest.mark.parametrize(
    ("counts", "rows"),
    [
        ((50, 40, 30, 20, 10), [(5, 5, 50), (4, 4, 40), (3, 3, 30), (2, 2, 20), (1, 1, 10)]),
        ((50, 40, 30, 9, 3), [(5, 5, 50), (4, 4, 40), (3, 3, 30), (2, 1, 12)]),
        ((50, 40, 3, 2, 0), [(5, 5, 50), (4, 1, 45)]),
        ((50, 40, 3, 20, 0), [(5, 5, 50), (4, 3, 43), (2, 1, 20)]),
        ((4, 40, 30, 20, 10), [(5, 4, 44), (3, 3, 30), (2, 2, 20), (1, 1, 10)]),
        ((60, 2, 1, 0, 0), [(5, 1, 63)]),
        ((3, 2, 1, 0, 0), [(5, 1, 6)]),
        ((0, 0, 0, 0, 0), [(5, 1, 0)]),
    ],
)
def test_small_levels_join_the_level_above(
    counts: tuple[int, ...], rows: list[tuple[int, int, int]]
) -> None:
    from_five_down = dict(zip(range(5, 0, -1), counts, strict=True))
    assert merge_small_levels(from_five_down) == tuple(LevelRow(*row) for row in rows)


@given(distributions, st.integers(0, 15))
def test_merged_levels_keep_the_total_and_every_level_once(
    counts: dict[int, int], min_n: int
) -> None:
    rows = merge_small_levels(counts, min_n)
    assert sum(row.count for row in rows) == sum(counts.values())
    covered = [level for row in rows for level in range(row.top, row.bottom - 1, -1)]
    assert covered == [5, 4, 3, 2, 1]
    for row in rows:
        assert row.count == sum(counts[level] for level in range(row.bottom, row.top + 1))
        assert not is_small(row.count, min_n) or len(rows) == 1


@pytest.mark.parametrize("wrong", [{0: 3}, {6: 3}, {5: -1}])
def test_what_is_no_distribution_is_refused(wrong: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="not a distribution"):
        merge_small_levels(wrong)


@pytest.mark.parametrize(
    ("hits", "n", "allowed"),
    [(20, 30, True), (19, 29, False), (21, 30, False), (9, 100, False), (90, 100, True)],
)
def test_a_public_share_needs_ballots_on_both_sides(hits: int, n: int, allowed: bool) -> None:
    assert may_publish_share(hits, n) is allowed
