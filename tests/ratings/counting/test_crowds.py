from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.ratings.counting.crowds import CROWD, kept_kinds, places_to_coarsen

COUNTS = st.dictionaries(st.integers(0, 9), st.integers(1, 40), max_size=8)


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ({"a": 10}, {"a"}),
        ({"a": 9}, set()),
        ({"a": 20, "b": 12}, {"a", "b"}),
        ({"a": 20, "b": 9}, set()),  # Nine in the rest would be told apart.
        ({"a": 20, "b": 12, "c": 1}, {"a"}),  # The smaller crowd joins the one.
        ({"a": 20, "b": 5, "c": 5}, {"a"}),
        ({}, set()),
    ],
)
def test_a_kind_is_kept_in_a_crowd_beside_a_crowd(counts: dict[str, int], kept: set[str]) -> None:
    assert kept_kinds(counts) == kept


@given(COUNTS)
def test_every_kind_that_can_be_told_apart_has_a_crowd(counts: dict[int, int]) -> None:
    kept = kept_kinds(counts)
    rest = sum(number for kind, number in counts.items() if kind not in kept)
    assert all(counts[kind] >= CROWD for kind in kept)
    assert not kept or rest == 0 or rest >= CROWD


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=80))
def test_each_person_is_a_crowd_of_their_own(ballots: list[tuple[int, int]]) -> None:
    coarse = places_to_coarsen(ballots)
    kept = Counter(one for one, is_coarse in zip(ballots, coarse, strict=True) if not is_coarse)
    assert all(number >= CROWD for number in kept.values())
