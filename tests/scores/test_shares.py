import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.rules import RatingDraft
from evalsys.scores.rules.formulas import (
    SATISFIED,
    ballot_score,
    share_of_ballots,
    wilson,
)

EVEN = dict.fromkeys(DIMENSIONS, 25)
levels = st.fixed_dictionaries({name: st.none() | st.integers(1, 5) for name in DIMENSIONS})
answered_levels = levels.filter(lambda ballot: any(ballot.values()))


@pytest.mark.parametrize(
    ("hits", "n", "lo", "hi"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_f9_wilson_interval_as_published_by_newcombe(
    hits: int, n: int, lo: float, hi: float
) -> None:
    assert tuple(round(bound, 4) for bound in wilson(hits, n)) == (lo, hi)


def test_f9_is_published_in_thousandths() -> None:
    found = share_of_ballots(81, 263)
    assert found is not None
    assert [str(x) for x in (found.share, found.lo, found.hi)] == ["0.308", "0.255", "0.366"]
    assert share_of_ballots(0, 0) is None


@pytest.mark.parametrize(("hits", "n"), [(-1, 5), (6, 5), (0, 0), (0, -1)])
def test_f9_refuses_what_is_no_share(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(hits, n)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_f9_interval_contains_the_share_and_mirrors(n: int, part: float) -> None:
    hits = round(n * part)
    lo, hi = wilson(hits, n)
    assert 0 <= lo <= hits / n <= hi <= 1
    other_lo, other_hi = wilson(n - hits, n)
    assert other_lo == pytest.approx(1 - hi, abs=1e-12)
    assert other_hi == pytest.approx(1 - lo, abs=1e-12)
    found = share_of_ballots(hits, n)
    assert found is not None
    assert found.lo <= found.share <= found.hi


@given(st.integers(0, 50), st.integers(1, 50))
def test_f9_interval_shrinks_with_more_ballots(hits: int, misses: int) -> None:
    lo, hi = wilson(hits, hits + misses)
    closer_lo, closer_hi = wilson(2 * hits, 2 * (hits + misses))
    assert closer_hi - closer_lo < hi - lo


@given(answered_levels)
def test_f9_a_ballot_of_all_fours_or_better_is_satisfied(
    given_levels: dict[str, int | None],
) -> None:
    known = [level for level in given_levels.values() if level is not None]
    if min(known) >= 4:
        assert ballot_score(given_levels, EVEN) >= SATISFIED
        assert not RatingDraft(given_levels).is_low
    assert RatingDraft(given_levels).is_low == (min(known) <= 2)
