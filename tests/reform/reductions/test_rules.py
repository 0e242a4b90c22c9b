"""Reductions, targets, steps read from lines and laid side by side, and the picture of them."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.reform.reductions.rules.measures import (
    CHANNELS,
    Measure,
    Outcome,
    Reduction,
    Way,
    contradictions,
    reductions,
)
from evalsys.reform.reductions.rules.picture import COLUMN, EDGE, GAP, WIDTH, draw, width_of, wrap
from evalsys.reform.reductions.rules.steps import ProcessStep, align, plain, read_steps
from tests.reform.reductions.matters import FIGURES

COUNTS = st.integers(0, 999).map(Decimal)
NAMES = st.text(alphabet="受理审查核发制证ab C", min_size=1, max_size=40).map(
    lambda text: text.strip() or "受理"
)
STEPS = st.builds(
    ProcessStep,
    NAMES,
    st.sampled_from(["", "窗口", "registration office", "登记科复核岗位负责人"]),
    st.decimals(0, 99, places=2),
)


def reduced(before: int, after: int, target: int | None = None) -> Reduction:
    return Reduction(Measure.TIME, Decimal(before), Decimal(after), target)


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        (9, 1, "0.889"),
        (8, 5, "0.375"),
        (16, 15, "0.063"),  # 6.25 % is rounded half up,
        (16, 17, "-0.063"),  # away from zero, as in Excel.
        (3, 3, "0.000"),
        (3, 0, "1.000"),
    ],
)
def test_it_is_the_share_of_what_was_before(before: int, after: int, share: str) -> None:
    assert reduced(before, after).share == Decimal(share)


@given(COUNTS, COUNTS)
def test_it_is_exact_to_a_tenth_of_a_percent(before: Decimal, after: Decimal) -> None:
    share = Reduction(Measure.TIME, before, after).share
    if not before:
        assert share is None
        return
    exact = Fraction(int(before - after), int(before))
    assert share is not None
    assert abs(Fraction(share) - exact) <= Fraction(1, 2000)
    wanted = (Decimal(exact.numerator) / exact.denominator).quantize(
        Decimal("0.001"), ROUND_HALF_UP
    )
    assert share == wanted
    assert (share < 0) <= (after > before)


def test_of_a_base_of_zero_there_is_no_percentage() -> None:
    grown, same = reduced(0, 2, 30), reduced(0, 0, 30)
    assert (grown.share, grown.has_no_base, grown.outcome) == (None, True, Outcome.MORE)
    assert (same.share, same.has_no_base, same.outcome) == (None, True, Outcome.SAME)
    unknown = Reduction(Measure.ACTUAL, None, Decimal(3))
    assert (unknown.share, unknown.has_no_base, unknown.outcome) == (None, False, Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("before", "after", "target", "outcome"),
    [
        (10, 7, 30, Outcome.MET),
        (10, 8, 30, Outcome.SHORT),
        (10, 10, 30, Outcome.SHORT),
        (10, 10, 0, Outcome.MET),
        (10, 11, 0, Outcome.MORE),
        (10, 8, None, Outcome.LESS),
        (10, 10, None, Outcome.SAME),
    ],
)
def test_a_target_is_met_or_missed(
    before: int, after: int, target: int | None, outcome: Outcome
) -> None:
    assert reduced(before, after, target).outcome is outcome


@given(COUNTS, COUNTS, st.integers(0, 100))
def test_a_target_is_compared_with_what_is_not_rounded(
    before: Decimal, after: Decimal, target: int
) -> None:
    outcome = Reduction(Measure.STEPS, before, after, target).outcome
    if before and after <= before:
        is_met = Fraction(int(before - after), int(before)) >= Fraction(target, 100)
        assert outcome is (Outcome.MET if is_met else Outcome.SHORT)
    else:
        assert outcome is (Outcome.MORE if after > before else Outcome.SAME)


def test_what_is_spared_or_replaced_does_not_count() -> None:
    after = {**vars(FIGURES), "spared": 6, "replaced": 3, "promised": 1, "steps": 2}
    found = reductions(FIGURES, type(FIGURES)(**after), {Measure.STEPS: 40})
    assert list(found) == list(Measure)
    documents = found[Measure.DOCUMENTS]
    assert (documents.before, documents.after) == (Decimal(14), Decimal(8))
    assert found[Measure.CERTIFICATES].share == 1
    assert found[Measure.STEPS].outcome is Outcome.MET
    assert found[Measure.TIME].outcome is Outcome.LESS


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("spared", {"spared": 15}),
        ("replaced", {"replaced": 4}),
        ("promised", {"promised": 16}),
        ("online_share", {"ways": frozenset[Way]()}),
        ("phone_share", {"phone_share": Decimal("0.5")}),
        ("terminal_share", {"terminal_share": Decimal(1)}),
        ("bookable_share", {"bookable_share": Decimal(1)}),
        ("once_share", {"once_share": Decimal(1)}),
        (
            "terminal_share",
            {"ways": frozenset({Way.ONLINE, Way.PHONE}), "phone_share": Decimal("88.01")},
        ),
        ("visits", {"ways": frozenset({Way.ONCE, Way.ONLINE}), "visits": 2}),
    ],
)
def test_figures_that_contradict_each_other_are_named(
    field: str, values: dict[str, object]
) -> None:
    wrong = contradictions(type(FIGURES)(**{**vars(FIGURES), **values}))
    assert [one.field for one in wrong] == [field]
    assert contradictions(FIGURES) == []


PERCENTS = st.none() | st.decimals(0, 100, places=2)


@given(st.frozensets(st.sampled_from(Way)), *[PERCENTS] * 3)
def test_what_is_done_in_no_channel_is_done_at_the_counter(
    ways: frozenset[Way],
    online: Decimal | None,
    phone: Decimal | None,
    terminal: Decimal | None,
) -> None:
    given_: dict[str, Any] = {
        "online_share": online,
        "phone_share": phone,
        "terminal_share": terminal,
    }
    figures = replace(FIGURES, ways=ways, visits=1, **given_)
    rest = figures.counter_share
    if not contradictions(figures) and rest is not None:
        assert 0 <= rest <= 100
        assert rest + sum(share or 0 for share in given_.values()) == 100
    missing = {way for way in CHANNELS if way in ways and given_[way.share] is None}
    assert (rest is None) == bool(missing)


def test_steps_are_read_from_lines_of_any_hand() -> None:
    text = "受理, 综合窗口, 0.5\n\n审查，登记科，2\n 发证\t制证岗\t1 \n领取|申请人|0\n备案，，1"
    steps, problems = read_steps(text)
    assert problems == []
    assert [(one.name, one.who, plain(one.days)) for one in steps] == [
        ("受理", "综合窗口", "0.5"),
        ("审查", "登记科", "2"),
        ("发证", "制证岗", "1"),
        ("领取", "申请人", "0"),
        ("备案", "", "1"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "受理",
            "受理，窗口",
            "，窗口，1",
            "受理，窗口，两天",
            "受理，窗口，-1",
            "受理，窗口，1.234",
        ),
        *(
            "受理，窗口，1，2",
            "受理，窗口，NaN",
            "受理，窗口，1e2",
            "受理，窗口，1000",
            "受理，窗口，１",
        ),
        f"{'长' * 41}，窗口，1",
    ],
)
def test_a_line_that_is_no_step_is_named_by_its_number(line: str) -> None:
    steps, problems = read_steps(f"发证，制证岗，1\n{line}")
    assert [one.name for one in steps] == ["发证"]
    assert [one.params["line"] for one in problems] == [2]


def test_there_is_an_end_of_steps() -> None:
    assert len(read_steps("受理，窗口，1\n" * 30)[1]) == 0
    assert len(read_steps("受理，窗口，1\n" * 31)[1]) == 1


@given(st.lists(STEPS, max_size=12))
def test_what_is_read_can_be_written_and_read_again(steps: list[ProcessStep]) -> None:
    text = "\n".join(step.line for step in steps)
    assert read_steps(text) == (steps, [])


@given(st.lists(STEPS, max_size=10), st.lists(STEPS, max_size=10))
def test_side_by_side_each_step_stands_once_and_in_order(
    before: list[ProcessStep], after: list[ProcessStep]
) -> None:
    rows = align(before, after)
    assert [row.before for row in rows if row.before is not None] == list(range(len(before)))
    assert [row.after for row in rows if row.after is not None] == list(range(len(after)))
    for row in rows:
        if row.is_kept:
            assert row.before is not None
            assert row.after is not None
            assert before[row.before].name == after[row.after].name
        assert (row.before, row.after) != (None, None)


@given(st.lists(STEPS, max_size=10), st.lists(STEPS, max_size=10))
def test_in_the_picture_nothing_lies_on_another_or_sticks_out(
    before: list[ProcessStep], after: list[ProcessStep]
) -> None:
    picture = draw(before, after)
    for x in (0, WIDTH - COLUMN):
        boxes = [box for box in picture.boxes if box.x == x]
        for one, other in pairwise(boxes):
            assert one.y + one.height + GAP <= other.y
            assert other.arrow == one.y + one.height
    for box in picture.boxes:
        assert box.y + box.height <= picture.height
        lines = [*box.name, *box.who]
        assert [one.y for one in lines] == sorted(one.y for one in lines)
        assert box.y + EDGE < lines[0].y
        assert lines[-1].y < box.y + box.height
    assert len(picture.joins) == sum(box.mark == "kept" for box in picture.boxes) / 2


@given(st.text(alphabet="受理审查 abcdefg-XYZ0", max_size=120), st.integers(4, 20))
def test_no_line_is_wider_than_its_box_and_nothing_is_lost(text: str, widest: int) -> None:
    lines = wrap(text, widest, most=1000)
    assert all(width_of(line) <= widest for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(wrap(text, widest)) <= 3
