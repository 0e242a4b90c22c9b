"""F12: the score at the usual mix of cases, against numpy and by what must hold of it."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from evalsys.scores.rules.case_mix import (
    OTHER,
    CaseMix,
    Cell,
    CellSum,
    MemberCases,
    case_mix,
)
from evalsys.scores.rules.spread import Moments

CELLS: list[Cell] = [("执照", "slip"), ("执照", "online"), ("变更", "slip"), ("注销", "slip")]
Ballots = list[tuple[int, Cell, int]]  # member, cell, F1 in hundredths


def members_of(ballots: Ballots) -> list[MemberCases]:
    found = []
    for member in sorted({member for member, _, _ in ballots}):
        own = [(cell, f1) for who, cell, f1 in ballots if who == member]
        cells = {
            cell: CellSum(sum(c == cell for c, _ in own), sum(f for c, f in own if c == cell))
            for cell in {cell for cell, _ in own}
        }
        scores = [f1 for _, f1 in own]
        moments = Moments(len(own), sum(scores), sum(f1 * f1 for f1 in scores))
        found.append(MemberCases(moments, cells))
    return found


def by_numpy(ballots: Ballots) -> tuple[dict[Cell, float], dict[Cell, float]]:
    """Return effects and squared errors by a regression with a column for each member."""
    cells = sorted({cell for _, cell, _ in ballots})
    people = sorted({member for member, _, _ in ballots})
    rows = np.array(
        [
            [float(cell == c) for c in cells] + [float(member == m) for m in people]
            for member, cell, _ in ballots
        ]
    )
    y = np.array([f1 / 100 for _, _, f1 in ballots])
    found, _, rank, _ = np.linalg.lstsq(rows, y, rcond=None)
    share = rows[:, : len(cells)].mean(axis=0)
    centre = np.eye(len(cells)) - np.outer(np.ones(len(cells)), share)
    noise = float(((y - rows @ found) ** 2).sum()) / (len(y) - int(rank))
    spread = (np.linalg.pinv(rows.T @ rows) * noise)[: len(cells), : len(cells)]
    effects, errors = centre @ found[: len(cells)], np.diag(centre @ spread @ centre.T)
    return (
        dict(zip(cells, map(float, effects), strict=True)),
        dict(zip(cells, map(float, errors), strict=True)),
    )


def between_by_hand(pairs: Sequence[tuple[float, float]]) -> float:
    effects, errors = map(np.array, zip(*pairs, strict=True))
    w = 1 / errors
    mean = (w * effects).sum() / w.sum()
    q = (w * (effects - mean) ** 2).sum()
    return max(0.0, float((q - (len(w) - 1)) / (w.sum() - (w**2).sum() / w.sum())))


ballot_lists = st.lists(
    st.tuples(
        st.integers(1, 4), st.sampled_from(CELLS), st.sampled_from((2000, 6000, 8667, 10000))
    ),
    min_size=12,
    max_size=70,
)


def is_linked(ballots: Ballots) -> bool:
    """Whether members link all cells with each other."""
    left = {cell for _, cell, _ in ballots}
    reached = {min(left)}
    while True:
        people = {member for member, cell, _ in ballots if cell in reached}
        more = {cell for member, cell, _ in ballots if member in people}
        if more == reached:
            return reached == left
        reached = more


@given(ballot_lists)
def test_effects_are_those_of_a_regression_with_a_constant_for_each_member(
    ballots: Ballots,
) -> None:
    cells = {cell for _, cell, _ in ballots}
    assume(len(cells) > 1 and is_linked(ballots))
    freedom = len(ballots) - len({member for member, _, _ in ballots}) - len(cells) + 1
    assume(freedom > 0)
    effects, errors = by_numpy(ballots)
    assume(min(errors.values()) > 1e-3)
    found = case_mix(members_of(ballots), least=1)
    assert found is not None
    between = between_by_hand([(effects[cell], errors[cell]) for cell in effects])
    assert np.isclose(found.between, between, rtol=1e-6, atol=1e-6)
    for cell, effect in effects.items():
        kept = between / (between + errors[cell])
        assert np.isclose(found.effects[cell].effect, kept * effect, rtol=1e-6, atol=1e-6)
        assert np.isclose(found.effects[cell].variance, kept * errors[cell], rtol=1e-6, atol=1e-6)


@given(ballot_lists, st.integers(1, 30))
def test_the_group_as_a_whole_keeps_its_score(ballots: Ballots, least: int) -> None:
    found = case_mix(members_of(ballots), least=least)
    assume(found is not None)
    assert found is not None
    assert np.isclose(sum(each.share for each in found.effects.values()), 1)
    counts = Counter(cell for _, cell, _ in ballots)
    score = found.adjust(Decimal("83.20"), Decimal("1.0"), counts, 1)
    assert score is not None
    assert score.score == Decimal("83.2")
    assert score.se == Decimal("1.0")


@given(ballot_lists, st.integers(0, 40))
def test_a_better_member_is_no_easier_case(ballots: Ballots, more: int) -> None:
    """Adding the same to every ballot of a member changes no effect."""
    lifted = [(who, cell, f1 + 100 * more * (who == 1)) for who, cell, f1 in ballots]
    before, after = (case_mix(members_of(some), least=1) for some in (ballots, lifted))
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        for cell, each in before.effects.items():
            assert np.isclose(each.effect, after.effects[cell].effect, atol=1e-5)


def hard(n: int, cell: Cell, who: int, level: int) -> Ballots:
    """Ballots that scatter by 10 points around a level."""
    return [(who, cell, level + (1000 if nth % 2 else -1000)) for nth in range(n)]


def city() -> Ballots:
    """Ten members with both kinds of cases in halves; an eleventh with hard ones nearly alone."""
    easy, heavy = CELLS[0], CELLS[2]
    ballots: Ballots = []
    for who in range(1, 11):
        ballots += hard(20, easy, who, 9000) + hard(20, heavy, who, 8000)
    return [*ballots, *hard(10, easy, 11, 9000), *hard(90, heavy, 11, 8000)]


def test_harder_cases_alone_cost_nothing_at_the_usual_mix() -> None:
    found = case_mix(members_of(city()))
    assert found is not None
    counts = {CELLS[0]: 10, CELLS[2]: 90}
    score = found.adjust(Decimal("81.00"), Decimal("1.0"), counts, 10)
    assert score is not None
    # At the mix of the group, 210 easy ones of 500, everybody would have 84.2.
    assert score.score == Decimal("84.2")
    assert score.se > Decimal("0.9")


def test_a_small_cell_of_its_own_is_not_told_by_the_distance() -> None:
    found = case_mix(members_of(city()))
    assert found is not None
    score, error = Decimal("81.00"), Decimal("1.0")
    assert found.adjust(score, error, {CELLS[0]: 9, CELLS[2]: 90}, 10) is None
    assert found.adjust(score, error, {CELLS[0]: 0, CELLS[2]: 90}, 10) is not None
    assert found.adjust(score, error, {}, 10) is None


def test_cells_of_few_ballots_of_the_group_are_one() -> None:
    ballots = city() + hard(30, CELLS[1], 1, 5000) + hard(40, CELLS[3], 2, 5000)
    found = case_mix(members_of(ballots))
    assert found is not None
    assert set(found.effects) == {CELLS[0], CELLS[2], OTHER}
    assert found.effects[OTHER].effect < -20
    same = [
        found.adjust(Decimal(80), Decimal(1), {CELLS[0]: 50, cell: 50}, 10)
        for cell in (CELLS[1], CELLS[3], ("未见过", "sms"))
    ]
    assert len(set(same)) == 1


def test_what_no_member_links_has_no_effect() -> None:
    apart = hard(120, CELLS[0], 1, 9000) + hard(120, CELLS[2], 2, 5000)
    assert case_mix(members_of(apart)) is None
    assert case_mix([]) is None
    both = city() + hard(150, CELLS[3], 12, 3000)
    found = case_mix(members_of(both))
    assert isinstance(found, CaseMix)
    assert found.effects[CELLS[3]].effect == 0
