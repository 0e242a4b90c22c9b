"""Whoever retypes the figures that a page prints gets the adjusted score that it prints."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.results.closing.service import close_period
from evalsys.scores.models import MemberScore, SectionScore
from tests.exports.books import make_closed_city
from tests.factories import make_ratings, make_staff, make_user
from tests.results.closing.city import CODE, NOW, TODAY, make_city

pytestmark = pytest.mark.usefixtures("app")

NUMBER = r"(-?\d+\.\d+)"
THETA = re.compile(rf"θ = {NUMBER} \+ {NUMBER} × \({NUMBER} − {NUMBER}\) = {NUMBER}")
SPAN = re.compile(rf"{NUMBER} ± 1\.96 × {NUMBER} = {NUMBER}–{NUMBER}")


def rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def check(page: str) -> None:
    """Recount theta and its interval from the digits on the page."""
    found, (own, span) = THETA.search(page), SPAN.findall(page)
    assert found, "theta is printed with its inputs, and they agree"
    mean, reliability, score, again, theta = map(Decimal, found.groups())
    assert again == mean
    assert rounded(mean + reliability * (score - mean)) == theta
    for estimate, printed in ((score, own), (theta, span)):
        middle, error, low, high = map(Decimal, printed)
        half = Decimal("1.96") * error
        assert (middle, rounded(middle - half), rounded(middle + half)) == (estimate, low, high)


def test_the_page_of_a_section_can_be_recounted(sign_in: Callable[[User], FlaskClient]) -> None:
    make_closed_city()
    client = sign_in(make_user(Role.HR))
    rows = db.session.scalars(select(SectionScore).where(SectionScore.theta.is_not(None))).all()
    assert rows
    for row in rows:
        page = client.get(f"/sections/{row.section.code}/{CODE}").text
        check(page)
        assert row.reliability is not None
        assert f"λ = τ² ÷ (τ² + V) = {row.group_tau2:.4f}" in page


def test_the_page_of_a_member_can_be_recounted(sign_in: Callable[[User], FlaskClient]) -> None:
    make_closed_city()
    client = sign_in(make_user(Role.HR))
    rows = db.session.scalars(select(MemberScore).where(MemberScore.theta.is_not(None))).all()
    assert rows
    for row in rows:
        check(client.get(f"/members/{row.staff.number}/{CODE}").text)


def test_a_score_is_recounted_from_the_means_of_its_groups(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    low, _ = make_city()
    for number, n in (("777001", 11), ("777002", 4)):
        person = make_staff(low, number=number)
        make_ratings(person, low, [(4, 4, 5, None)] * 31)
        make_ratings(person, low, [(3, 4, 4, 4)] * n, rater_group=RaterGroup.GRASSROOTS)
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    client = sign_in(make_user(Role.HR))
    told = "M = (20 × 825.00 ÷ 11 + 60 × 2686.77 ÷ 31) ÷ 80 = 83.75"
    section = client.get(f"/sections/{low.code}/{CODE}").text
    wide = client.get(f"/members/777001/{CODE}").text
    narrow = client.get(f"/members/777002/{CODE}").text
    assert told in section
    assert told in wide
    withheld = "The means of the groups are not shown: not each of them has 10 ballots"
    assert withheld in section
    assert withheld in narrow
    assert withheld not in wide
    assert "M = " not in narrow
