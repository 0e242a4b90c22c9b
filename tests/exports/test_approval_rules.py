from datetime import date, timedelta

import pytest

from evalsys.core.errors import DomainError
from evalsys.exports.approval.rules import (
    LAPSING,
    MANY,
    TRANSITIONS,
    ExportState,
    check_step,
    is_large,
    refuse_many,
    state_on,
)

LAST = date(2026, 10, 28)
W, A, R, T, E = (
    ExportState.WAITING,
    ExportState.AGREED,
    ExportState.REFUSED,
    ExportState.TAKEN,
    ExportState.EXPIRED,
)


def test_above_two_hundred_people_it_takes_two() -> None:
    assert (MANY, is_large(MANY), is_large(MANY + 1)) == (200, False, True)
    refuse_many(MANY)
    with pytest.raises(DomainError, match="figures of 201 people"):
        refuse_many(MANY + 1)


@pytest.mark.parametrize("stored", sorted(set(ExportState) - {E}))
def test_the_last_day_still_counts_and_the_next_one_ends_what_was_not_refused(
    stored: ExportState,
) -> None:
    assert state_on(stored, LAST, LAST) is stored
    after = state_on(stored, LAST, LAST + timedelta(days=1))
    assert after is (E if stored in LAPSING else R)


def test_every_step_is_either_possible_or_refused() -> None:
    possible = {(W, A), (W, R), (A, T), (T, T)}
    assert TRANSITIONS.keys() == set(ExportState)
    for state in ExportState:
        for step in ExportState:
            if (state, step) in possible:
                check_step(state, step)
            else:
                with pytest.raises(DomainError, match="This request was decided or has expired"):
                    check_step(state, step)
