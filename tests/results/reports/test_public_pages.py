"""The public page of a large city: every section is found, by paging or by its name."""

import re

import pytest
from flask.testing import FlaskClient

from evalsys.core.extensions import db
from evalsys.organisation.periods.models import PeriodState
from evalsys.results.closing.models import Publication
from evalsys.results.reports.public.page import MOST_LETTERS
from evalsys.results.reports.views import PUBLIC_ROWS
from evalsys.scores.models import Result
from tests.applications import noted_statements
from tests.factories import (
    JULY,
    make_member_score,
    make_organ,
    make_period,
    make_result,
    make_section,
    make_section_score,
    make_staff,
    save,
)

CODE, SECTIONS = "2026-Q2", 2 * PUBLIC_ROWS + 30
NAME = re.compile(r'<tr><th scope="row" lang="zh-CN">([^<]+)</th>')


@pytest.fixture
def result(client: FlaskClient) -> Result:
    """A published quarter of two organs with many sections."""
    organs = [make_organ(name=name) for name in ("税务局", "市民之家")]
    period = make_period(CODE, state=PeriodState.PUBLISHED, closed_at=JULY)
    result = make_result(period)
    for number in range(SECTIONS):
        section = make_section(organs[number % 2], name=f"办事{number:03}科 ABC")
        make_section_score(result, section, ballots=100, bad=20, satisfied=70)
    save(Publication(result=result, agreed_at=JULY))
    return result


def sections(page: str) -> list[str]:
    """The sections in the table of a page."""
    return NAME.findall(page)


def test_every_section_is_on_one_page_and_the_totals_are_those_of_all(
    client: FlaskClient, result: Result
) -> None:
    found: list[str] = []
    for number in (1, 2, 3):
        path = "/results" if number == 1 else f"/results?page={number}"
        answer = client.get(path)
        assert len(answer.data) < 100_000
        page = answer.text
        assert f'<span class="big">{SECTIONS * 100:,}<'.replace(",", "\u202f") in page
        first = (number - 1) * PUBLIC_ROWS + 1
        last = min(number * PUBLIC_ROWS, SECTIONS)
        assert f"Rows {first}–{last} of {SECTIONS}" in page
        assert page.count('<th scope="rowgroup"') == (2 if number == 2 else 1)
        found += sections(page)
    assert len(found) == len(set(found)) == SECTIONS
    for beyond in (4, 10**30):
        assert client.get(f"/results?page={beyond}").location == "/results?page=3"
    links = re.findall(r'href="([^"]+)"[^>]* aria-label="Page', client.get("/results?page=2").text)
    assert links == ["/results", "/results?page=2", "/results?page=3"]


@pytest.mark.parametrize(
    ("search", "number"),
    [
        ("办事007科", 1),
        ("００７", 1),
        ("税务局 办事00", 5),
        ("abc", SECTIONS),
        ("市民", SECTIONS // 2),
        ("nothing", 0),
        ("%", 0),
        ("<b>", 0),
    ],
)
def test_a_visitor_finds_the_own_section_by_its_name_or_its_office(
    client: FlaskClient, result: Result, search: str, number: int
) -> None:
    page = client.get("/results", query_string={"search": search}).text
    assert len(sections(page)) == min(number, PUBLIC_ROWS)
    assert f"of {number:,}" in page if number else "No section or office has" in page
    assert "<b>" not in page
    assert 'href="/results#all"' in page
    if number > PUBLIC_ROWS:
        links = re.findall(r'href="([^"]+)"[^>]* aria-label="Page', page)
        assert len(links) == -(-number // PUBLIC_ROWS)
        assert all("search=" in link for link in links)


def test_the_search_needs_no_script_and_keeps_the_period(
    client: FlaskClient, result: Result
) -> None:
    page = client.get(f"/results/{CODE}?page=2").text
    form = re.search(r'<form class="find".*?</form>', page, re.DOTALL)
    assert form
    assert f'action="/results/{CODE}#all"' in form[0]
    assert 'name="search"' in form[0]
    assert "page" not in form[0]


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("search=", "/results"),
        ("search=%20a%20%20b&page=1", "/results?search=a+b"),
        (f"search={'x' * 99}", f"/results?search={'x' * MOST_LETTERS}"),
        ("page=0", "/results"),
        ("page=-7", "/results"),
        ("page=x&more=1", "/results"),
        ("page=02", "/results?page=2"),
        (f"period={CODE.lower()}&page=2", f"/results/{CODE}?page=2"),
    ],
)
def test_every_spelling_of_an_address_leads_to_one(
    client: FlaskClient, result: Result, typed: str, leads_to: str
) -> None:
    answer = client.get(f"/results?{typed}")
    assert answer.headers["Location"] == leads_to
    assert client.get(leads_to).status_code == 200


def test_pages_and_searches_are_read_once_and_forgotten_with_the_result(
    client: FlaskClient, result: Result
) -> None:
    client.get("/results")
    with noted_statements() as sent:
        for query in ("page=2", "page=3", "search=007", "search=008"):
            first = client.get(f"/results?{query}")
            again = client.get(
                f"/results?{query}", headers={"If-None-Match": first.headers["ETag"]}
            )
            assert again.status_code == 304
    assert len(sent) == 8  # Which results are public, each time, and nothing else.
    result.period.state = PeriodState.CLOSED
    db.session.commit()
    for query in ("page=2", "search=007"):
        assert not sections(client.get(f"/results?{query}").text)
        assert client.get(f"/results/{CODE}?{query}").status_code == 404


@pytest.mark.parametrize(
    ("number", "words", "share"),
    [(9, "confirmed: fewer than 10.", None), (47, "confirmed: 40+, that is", 40)],
)
def test_the_number_of_voided_ballots_tells_nobodys_few(
    client: FlaskClient, result: Result, number: int, words: str, share: int | None
) -> None:
    """A share beside the printed total would tell the exact number of one person's ballots."""
    section = make_section()
    make_member_score(result, section, make_staff(section), exclusion_reasons=f"void:{number}")
    page = client.get("/results").text
    assert words in page
    if share is not None:
        assert f"that is {100 * share / (share + SECTIONS * 100):.1f}" in page
