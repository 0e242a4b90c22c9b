"""The bars beside ordinary matters: on one scale, and none for what has no figure."""

from evalsys.core.errors import NP_
from evalsys.supervision.coordination.course import bars_of

TOP, USUAL = NP_("sheet", "Top-level coordination"), NP_("sheet", "Ordinary matters")


def test_the_longest_bar_is_the_whole_width_and_the_others_are_in_proportion() -> None:
    bars = bars_of([(TOP, 1.5), (USUAL, 4.0)])
    assert [(bar.name, bar.figure, bar.length) for bar in bars] == [
        (TOP, 1.5, 38),
        (USUAL, 4.0, 100),
    ]


def test_what_has_no_figure_has_no_bar_and_0_has_no_length() -> None:
    assert [bar.name for bar in bars_of([(TOP, None), (USUAL, 2.0)])] == [USUAL]
    assert [bar.length for bar in bars_of([(TOP, 0.0), (USUAL, 0.0)])] == [0, 0]
    assert bars_of([(TOP, None), (USUAL, None)]) == []
