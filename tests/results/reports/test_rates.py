"""Tickets for services and ballots for tickets on pages and sheets (F13)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.reports.funnel.rates import rates_of
from evalsys.scores.models import Result
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.funnel import GroupStanding
from evalsys.scores.rules.rates import NotCompared
from tests.factories import (
    JULY,
    make_chief,
    make_leader,
    make_member_score,
    make_organ,
    make_period,
    make_result,
    make_section,
    make_section_score,
    make_staff,
    make_thin_section_score,
    make_user,
)

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
GROUP = {
    "issue_mean": Decimal("80.00"),
    "issue_phi": Decimal("1.00"),
    "response_mean": Decimal("70.00"),
    "response_phi": Decimal("2.25"),
}
USUAL = {**GROUP, "asked": 410, "matched": 400, "services": 500}
FEW = {**GROUP, "asked": 410, "matched": 210, "services": 500}
UNKNOWN = {**GROUP, "asked": 410}


@pytest.fixture
def result(app: Flask) -> Result:
    return make_result(make_period("2026-Q3", state=PeriodState.CLOSED, closed_at=JULY))


@pytest.fixture
def sections(result: Result) -> dict[str, Section]:
    """A usual window, one that gives too few tickets, one without a number of services."""
    made = {name: make_section(make_organ(), name=name) for name in ("企业科", "发票科", "档案科")}
    made_by = {"企业科": USUAL, "档案科": UNKNOWN}
    for name, values in made_by.items():
        make_section_score(result, made[name], chief_id=make_chief(made[name]).id, **values)
    few: dict[str, Any] = {**FEW, "coverage": Decimal("90.00"), "ballots": 286, "scored": 11}
    make_thin_section_score(result, made["发票科"], not_compared=NotCompared.ISSUE, **few)
    make_member_score(result, made["发票科"], make_staff(made["发票科"], name="王明"), **FEW)
    return made


@pytest.fixture
def hr(app: Flask, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.HR))


@pytest.mark.usefixtures("sections")
def test_the_funnel_shows_who_gives_too_few_tickets(hr: FlaskClient) -> None:
    page = hr.get("/ranking/rates").text
    assert page.index("发票科") < page.index("企业科")
    assert "档案科" not in page
    assert "42.0%" in page
    assert "1 of 2 lie below the usual range" in page
    assert "Of 1 more no number of services was entered" in page
    assert page.count('class="f-out"') == 1
    response = hr.get("/ranking/rates?measure=response").text
    assert "69.8%" in response  # 286 of 410
    assert response.count('class="f-spot"') == 3


@pytest.mark.usefixtures("sections")
def test_the_members_have_a_funnel_of_their_own(hr: FlaskClient) -> None:
    page = hr.get("/ranking/rates?units=members").text
    assert "王明" in page
    assert "surely below the usual range" in page


def test_a_section_that_is_not_compared_says_why_everywhere(
    hr: FlaskClient, sections: dict[str, Section]
) -> None:
    page = hr.get(f"/sections/{sections['发票科'].code}/2026-Q3").text
    assert "Services with a ticket: 210 of 500, that is 42.0%; in the group 80.0%" in page
    assert "neither a low score nor a finding" in page
    for address in ("/ranking", "/sections"):
        assert "too few tickets for its services, not compared" in hr.get(address).text


def test_a_section_held_out_for_its_members_without_a_score_says_so(
    hr: FlaskClient, result: Result
) -> None:
    section = make_section()
    few = {**USUAL, "unscored_matched": 12, "unscored_services": 90}
    make_thin_section_score(result, section, not_compared=NotCompared.UNSCORED, **few)
    page = hr.get(f"/sections/{section.code}/2026-Q3").text
    assert "with a ticket: 12 of 90, that is 13.3%; in the group 80.0%" in page


def test_unknown_is_said_to_be_unknown(hr: FlaskClient, sections: dict[str, Section]) -> None:
    page = hr.get(f"/sections/{sections['档案科'].code}/2026-Q3").text
    assert "unknown: no number of services was entered" in page
    assert "100%" not in page.partition("Tickets for services")[2].partition("</dl>")[0]


def test_nothing_is_told_of_few_ballots(result: Result) -> None:
    """The rate, with the tickets, would tell how many of the few came back."""
    section, rules = make_section(), PolicyRules()
    values: dict[str, Any] = {**USUAL, "asked": 30}
    thin = make_member_score(result, section, ballots=9, score=None, **values)
    assert rates_of(thin, rules).response is None
    coarse = make_member_score(result, section, extent=Extent.WHOLE, **values)
    assert rates_of(coarse, rules).response is None
    imported = make_member_score(result, section, ballots=31, **values)
    assert rates_of(imported, rules).response is None
    shown = make_member_score(result, section, ballots=12, **values)
    told = rates_of(shown, rules).response
    assert told is not None
    assert (told.percent, told.standing) == (Decimal("40.00"), GroupStanding.PROBABLY_BELOW)


def test_a_result_older_than_the_rates_has_none(hr: FlaskClient, result: Result) -> None:
    section = make_section()
    make_section_score(result, section)
    assert "Tickets for services" not in hr.get(f"/sections/{section.code}/2026-Q3").text
    assert "This rate is unknown for this period" in hr.get("/ranking/rates").text
    assert hr.get("/ranking/rates?kind=x&measure=x&units=x&page=99").status_code == 200
    assert hr.get("/ranking/rates?period=2020-Q1").status_code == 404


def test_a_leader_sees_the_sections_in_charge_only(
    sign_in: SignIn, sections: dict[str, Section]
) -> None:
    person = make_leader(sections["企业科"])
    page = sign_in(make_user(Role.LEADER, staff_id=person.id)).get("/ranking/rates").text
    assert "企业科" in page
    assert "发票科" not in page


@pytest.mark.parametrize("role", [Role.CHIEF, Role.STAFF, Role.COUNTER, Role.DISCIPLINE])
def test_who_reads_no_ranking_reads_no_funnel(sign_in: SignIn, role: Role) -> None:
    assert sign_in(make_user(role)).get("/ranking/rates").status_code == 404
