"""The words and the funnel of F11 on pages, and the own interval of F6b."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import PeriodState
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.reports.funnel.picture import BOTTOM, LEFT, RIGHT, TOP, FunnelPoint, funnel
from evalsys.scores.models import Result
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.funnel import GroupStanding
from tests.factories import (
    JULY,
    make_chief,
    make_leader,
    make_organ,
    make_period,
    make_result,
    make_section,
    make_section_score,
    make_user,
    save,
)

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
NAMES = {"企业登记科": "83.60", "发票科": "62.00", "档案科": "99.00", "户籍科": "90.00"}


@pytest.fixture
def result(app: Flask) -> Result:
    return make_result(make_period("2026-Q3", state=PeriodState.CLOSED, closed_at=JULY))


def make_sections(result: Result, **low: Any) -> dict[str, Section]:
    """Four windows around a mean of 83.57, with a tau2 of 40 and a V of 1.5; `low` is of 发票科."""
    made = {}
    for name, rate in NAMES.items():
        made[name] = make_section(make_organ(), name=name)
        values = {"chief_id": make_chief(made[name]).id, "rate": Decimal(rate)}
        make_section_score(result, made[name], **values, **(low if name == "发票科" else {}))
    return made


@pytest.fixture
def sections(result: Result) -> dict[str, Section]:
    return make_sections(result)


@pytest.fixture
def hr(app: Flask, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.HR))


def words(page: str) -> dict[str, str]:
    """Return the word printed for each section of a table."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    found = {}
    for row in rows:
        name = next((name for name in NAMES if f">{name}</a>" in row), None)
        word = re.search(r'class="stand [\w-]+">([^<]+)', row)
        if name:
            found[name] = word.group(1) if word else ""
    return found


WORDS = {
    "企业登记科": "within the usual range",
    "发票科": "surely below the usual range",
    "档案科": "probably above the usual range",
    "户籍科": "within the usual range",
}


@pytest.mark.usefixtures("sections")
def test_the_ranking_and_the_funnel_say_the_same_words(hr: FlaskClient) -> None:
    ranking, funnel_page = hr.get("/ranking").text, hr.get("/ranking/funnel").text
    assert words(ranking) == words(funnel_page) == WORDS
    assert list(words(funnel_page)) == ["发票科", "档案科", "户籍科", "企业登记科"]
    assert "2 of 4 sections lie outside the usual range" in funnel_page
    assert funnel_page.count('class="f-out"') == 2
    assert funnel_page.count('class="f-spot"') == 2


def test_a_section_in_whole_points_has_no_word_and_no_spot(hr: FlaskClient, result: Result) -> None:
    """z, with the rate in whole points, would tell the rate."""
    make_sections(result, extent=Extent.WHOLE)
    page = hr.get("/ranking/funnel").text
    assert "发票科" not in page
    assert words(hr.get("/ranking").text)["发票科"] == ""


def test_a_result_older_than_the_picture_has_its_words(hr: FlaskClient, result: Result) -> None:
    sections = make_sections(result, group_s2=None, group_top=None, own_se=None)
    page = hr.get("/ranking/funnel").text
    assert words(page) == WORDS
    assert "<svg viewBox=" not in page
    code = sections["发票科"].code
    assert "F6b" not in hr.get(f"/sections/{code}/2026-Q3").text


def test_a_section_without_variance_has_a_row_and_no_spot(hr: FlaskClient, result: Result) -> None:
    """Its score rests on a kept one of an older time: it has no effective ballots."""
    make_sections(result, variance=0.0)
    answer = hr.get("/ranking/funnel")
    assert answer.status_code == 200
    assert words(answer.text)["发票科"] == "surely below the usual range"
    assert answer.text.count('class="f-out"') == 1
    assert answer.text.count('class="f-spot"') == 2


def test_a_leader_sees_the_sections_in_charge_only(
    sign_in: SignIn, sections: dict[str, Section]
) -> None:
    person = make_leader(sections["发票科"])
    leader = sign_in(make_user(Role.LEADER, staff_id=person.id))
    assert set(words(leader.get("/ranking/funnel").text)) == {"发票科"}


def test_a_period_without_a_compared_group_says_so(hr: FlaskClient, result: Result) -> None:
    make_section_score(result, make_section(), group_mean=None, theta=None, rank=None)
    assert "No group of this period could be compared" in hr.get("/ranking/funnel").text
    assert hr.get("/ranking/funnel?period=2020-Q1").status_code == 404
    assert hr.get("/ranking/funnel?group=nonsense&page=99").status_code == 200


def test_the_page_of_a_section_prints_its_own_interval_and_word(
    hr: FlaskClient, sections: dict[str, Section]
) -> None:
    page = hr.get(f"/sections/{sections['发票科'].code}/2026-Q3").text
    assert "59.26–64.74" in page  # 62.00 -+ 1.96 x 1.4
    assert "surely below the usual range" in page
    assert "z = (62.00 − 83.57) ÷ √(40.0000 + 1.5000) = −3.35" in page
    assert "(R &lt; 70) = 1.000" in page


def test_the_page_of_a_section_begins_with_one_sentence(
    hr: FlaskClient, result: Result, sections: dict[str, Section]
) -> None:
    """What a chief asks first: among the others, since last time, what follows."""
    low, usual = sections["发票科"], sections["户籍科"]
    before = make_result(make_period("2026-Q2", state=PeriodState.CLOSED, closed_at=JULY))
    make_section_score(before, low, theta=Decimal("88.45"))
    save(Proposal(result=result, section=low, kind=ProposalKind.INTERVIEW, grounds={}))
    assert (
        "This section is surely below the usual range; lower by 1.1 than in the period before; "
        "Interview proposed (by the conditions of the rules, not by place)."
        in hr.get(f"/sections/{low.code}/2026-Q3").text
    )
    assert (
        "This section is within the usual range; nothing to compare with in the period before; "
        "neither an interview nor a commendation is proposed."
        in hr.get(f"/sections/{usual.code}/2026-Q3").text
    )


points = st.builds(
    FunnelPoint,
    ballots=st.floats(0.5, 1e6),
    score=st.floats(20, 100),
    standing=st.sampled_from(list(GroupStanding)),
    name=st.just("科"),
)


@given(
    st.lists(points, min_size=1, max_size=20),
    st.floats(0.1, 1000),
    st.floats(20, 100),
    st.floats(0, 400),
)
def test_everything_is_drawn_inside_the_frame(
    drawn: list[FunnelPoint], s2: float, mean: float, tau2: float
) -> None:
    plot = funnel(drawn, s2, mean, tau2)
    places = [(x, y) for x, y, _ in plot.spots]
    for line in plot.lines:
        places += [tuple(map(float, pair.split(","))) for pair in line.split()]  # type: ignore[misc]
    assert all(LEFT - 0.1 <= x <= RIGHT + 0.1 for x, _ in places)
    assert all(TOP - 0.1 <= y <= BOTTOM + 0.1 for _, y in places)
    assert 2 <= len(plot.scale) <= 12
