"""The public page tells how many bad reviews were put right, unless that would tell few."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import PeriodState
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.rules.categories import Category
from evalsys.results.closing.models import Publication
from tests.factories import (
    JULY,
    make_case,
    make_period,
    make_result,
    make_section,
    make_section_score,
    make_staff,
    save,
)

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
ALL, FEW = "all", "under way"


def review(section: Section, *, period: str = "2026-Q3", **values: object) -> None:
    case = make_case(
        "review", section=section, staff=make_staff(section), grounds={"period": period}
    )
    save(Review(case=case, **{"reasons": 0, "has_contact": False, **values}))


def cell(client: FlaskClient) -> str:
    """What stands under "bad/put right" of the section."""
    client.set_cookie("lang", "en")
    page = client.get("/results").text
    row = next(one for one in page.split("<tr>") if "企业登记科" in one)
    last = row.split("<td")[-1].partition(">")[2].partition("</td>")[0]
    return re.sub(r"<[^>]+>", "", last)


@pytest.mark.parametrize(
    ("reviews", "words"),
    [
        ((25, 0, 0), ALL),
        ((15, 12, 0), "15"),
        ((15, 12, 30), "15"),  # What was a mistake calls for nothing.
        ((3, 22, 0), FEW),  # A few that were put right,
        ((22, 3, 0), FEW),  # or a few that were not, would tell who they are.
        ((0, 25, 0), FEW),
        ((25, 0, 4), ALL),
    ],
)
def test_the_public_sees_how_many_were_put_right(
    app: Flask, client: FlaskClient, reviews: tuple[int, int, int], words: str
) -> None:
    """`reviews` are put right, open, and mistaken."""
    done, left, mistaken = reviews
    with time_machine.travel(NOW, tick=False):
        result = make_result(
            make_period("2026-Q3", state=PeriodState.PUBLISHED, closed_at=JULY, published_at=JULY)
        )
        section = make_section(name="企业登记科")
        make_section_score(result, section, ballots=286, bad=57, satisfied=200)
        for _ in range(done):
            review(section, rectified_on=JULY.date(), category=Category.JUSTIFIED_SIMPLE)
        for _ in range(left):
            review(section)
        for _ in range(mistaken):
            review(section, category=Category.MISTAKEN)
        for _ in range(12):
            review(section, period="2026-Q4", rectified_on=JULY.date())  # Of another period.
        save(Publication(result=result, agreed_at=JULY))
        assert cell(client) == f"57／{words}"
