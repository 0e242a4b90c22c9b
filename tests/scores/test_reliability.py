"""F2e: Cronbach's alpha against numpy, and from the ratings to the page."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import Channel, ExclusionReason
from evalsys.ratings.counting.exclusions import set_aside
from evalsys.results.closing.service import close_period, correct
from evalsys.scores.models import SectionScore
from evalsys.scores.rules.reliability import AnswerSums, add_answers, alpha
from tests.exports.books import make_closed_city
from tests.factories import (
    compute,
    make_chief,
    make_period,
    make_ratings,
    make_section,
    make_staff,
    make_user,
)
from tests.results.closing.city import CODE, NOW, TODAY

DOCUMENT = Path(__file__).parents[2] / "docs" / "formulas.md"
Q3 = parse_period("2026-Q3")
Four = tuple[int, int, int, int]
ballot_lists = st.lists(st.tuples(*[st.integers(1, 5)] * 4), min_size=2, max_size=60)


def sums_of(ballots: Sequence[Four]) -> AnswerSums:
    table = np.array(ballots)
    totals = table.sum(axis=1)
    return AnswerSums(
        len(ballots),
        int(totals.sum()),
        int((totals**2).sum()),
        tuple(map(int, table.sum(axis=0))),
        tuple(map(int, (table**2).sum(axis=0))),
    )


@given(ballot_lists)
def test_alpha_is_that_of_the_covariances(ballots: list[Four]) -> None:
    table = np.array(ballots, dtype=float)
    spread = np.cov(table, rowvar=False)
    assume(spread.sum() > 1e-9)
    exact = 4 / 3 * (1 - np.trace(spread) / spread.sum())
    found = alpha(sums_of(ballots), least=2)
    assert found is not None
    assert abs(float(found) - exact) <= 0.005 + 1e-9 * abs(exact)


@given(ballot_lists, ballot_lists)
def test_sums_of_sections_add_up(some: list[Four], others: list[Four]) -> None:
    assert add_answers([sums_of(some), sums_of(others)]) == sums_of([*some, *others])


@given(st.lists(st.integers(1, 5), min_size=2, max_size=40))
def test_four_equal_answers_are_one(levels: list[int]) -> None:
    found = alpha(sums_of([(level,) * 4 for level in levels]), least=2)
    assert found == (None if len(set(levels)) == 1 else Decimal(1))


def test_the_example_of_the_formulas() -> None:
    ballots = [(5, 5, 4, 5), (3, 4, 3, 2), (4, 4, 4, 5), (2, 2, 3, 2)]
    assert alpha(sums_of(ballots), least=4) == Decimal("0.91")
    assert "4 / 3 * (1 - 6.58 / 20.92) = 0.91" in DOCUMENT.read_text("utf-8")


def test_too_few_ballots_tell_nothing() -> None:
    ballots = [(5, 4, 3, 5), (1, 2, 3, 4)] * 49
    assert alpha(sums_of(ballots)) is None
    assert alpha(sums_of([*ballots, (5, 5, 5, 5), (1, 1, 1, 1)])) is not None
    assert alpha(add_answers([])) is None


@pytest.mark.usefixtures("app")
def test_complete_ballots_of_the_group_are_counted_from_the_ratings() -> None:
    ballots = [(5, 5, 4, 5), (3, 4, 3, 2), (4, 4, 4, 5)] * 20
    for _ in range(5):
        section = make_section()
        person = make_staff(section)
        make_ratings(person, section, ballots)
        make_ratings(person, section, [(1, 5, None, 1)] * 9)  # Not complete.
        make_ratings(person, section, [(1, 5, 1, 5)] * 9, channel=Channel.DEFAULT)
    rows = compute(Q3, PolicyRules()).sections
    assert {row.group_alpha for row in rows} == {alpha(sums_of(ballots * 5))}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("nth", [0, -1])
def test_a_correction_does_not_tell_which_ballot_was_set_aside(nth: int) -> None:
    """Where nearly all levels are the best, one ballot of four worst ones makes alpha."""
    make_period(CODE)
    plain = [(5, 5, 4, 5), (5, 4, 5, 5)] * 20
    for _ in range(5):
        section = make_section()
        person = make_chief(section)
        ids = make_ratings(person, section, plain)
    ids += make_ratings(person, section, [(1, 1, 1, 1)])
    first = close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    with unit_of_work(SYSTEM) as unit:
        key, reason = (person.id, ids[nth]), ExclusionReason.MISTAKEN
        set_aside(unit, key, reason=reason, grounds="查实", on=TODAY)
    second = correct(SYSTEM, CODE, "更正", now=NOW)
    before, after = (
        set(
            db.session.scalars(
                select(SectionScore.group_alpha).where(SectionScore.result_id == result.id)
            )
        )
        for result in (first, second)
    )
    assert before == {alpha(sums_of([*plain * 5, (1, 1, 1, 1)]))}
    assert after == {alpha(sums_of(plain * 4))}  # Of the sections that print exact figures.


@pytest.mark.usefixtures("app")
def test_the_page_says_that_four_bars_are_not_four_findings(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    make_closed_city()
    row = db.session.scalars(select(SectionScore).where(SectionScore.rank == 1)).one()
    assert row.group_alpha == 1  # Everybody gave the same level four times.
    page = sign_in(make_user(Role.HR)).get(f"/sections/{row.section.code}/{CODE}").text
    assert "four bars are not four findings" in page
    assert "alpha 1.00" in page
