from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.errors import N_
from evalsys.personnel.archive.rules import (
    Achievement,
    Bearing,
    Event,
    Mark,
    Part,
    by_bearing,
    in_order,
    parts_of,
)

DAY = date(2026, 11, 24)


def test_the_latest_comes_first_and_one_day_has_its_order() -> None:
    days = [DAY - timedelta(days=n) for n in range(3)]
    events = [Event(day, mark, None) for day in days for mark in reversed(Mark)]
    ordered = in_order(events)
    assert [event.on for event in ordered] == sorted((e.on for e in events), reverse=True)
    assert [event.mark for event in ordered[: len(Mark)]] == list(Mark)


def test_of_one_day_and_kind_the_order_stays() -> None:
    events = [Event(DAY, Mark.CASE, n) for n in range(5)]
    assert [event.subject for event in in_order(events)] == list(range(5))


NAME = N_("Record")  # any text of ours


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from(Bearing))
def test_a_figure_is_at_most_what_it_is_out_of(figure: int, rest: int, leans: Bearing) -> None:
    row = Achievement(NAME, figure, NAME, leans, of=figure + rest)
    assert row.bearing is (leans if figure else Bearing.NEUTRAL)
    with pytest.raises(ValueError, match="of"):
        Achievement(NAME, figure + rest + 1, NAME, leans, of=figure + rest)


def test_a_figure_is_not_below_nothing() -> None:
    with pytest.raises(ValueError, match="-1"):
        Achievement(NAME, -1, NAME)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Bearing))))
def test_every_figure_stands_once_and_in_its_order(drawn: list[tuple[int, Bearing]]) -> None:
    rows = [Achievement(NAME, figure, NAME, leans, listed=str(n))
            for n, (figure, leans) in enumerate(drawn)]  # fmt: skip
    found = by_bearing(rows)
    assert list(found) == list(Bearing)
    for bearing, own in found.items():
        assert own == [row for row in rows if row.bearing is bearing]


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9)))
def test_parts_are_what_is_not_nothing(counts: Mapping[str, int]) -> None:
    names = [(what, Part(NAME, 0, what)) for what in "abc"]
    expected = [(what, counts[what]) for what in "abc" if counts.get(what)]
    assert [(part.light, part.figure) for part in parts_of(names, counts)] == expected
