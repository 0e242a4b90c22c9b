"""The page of a blank form is put together; it says what its template says, letter by letter."""

import itertools
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.ballots.queries import get_ticket
from evalsys.ratings.ballots.skeleton import (
    MARK,
    OpenForm,
    draw_form,
    draw_whole,
    look_of_request,
    texts_of,
)
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import issue_tickets
from tests.factories import make_event, make_staff
from tests.ratings.citizen import TODAY
from tests.world import make_code

pytestmark = pytest.mark.usefixtures("clock")

KEY, LEAST = bytes(range(16)), 5
HOSTILE = """<b>&amp;"'</b>{{ 7 * 7 }}\\1%s"""
LOOKS = list(itertools.product(["zh", "en"], ["normal", "large"], ["0", "1"], ["", "/city"]))


@pytest.fixture
def codes(section: Section) -> list[str]:
    """Tickets of people with and without post, window and matter, of two days."""
    seats = [("受理岗", "3"), ("受理岗", None), (None, "12"), (None, None), (HOSTILE, "<4>")]
    events = [
        make_event(
            day, make_staff(section, post=post, window_no=window).number, service_type=matter
        )
        for (post, window), matter in itertools.product(seats, ["户籍", HOSTILE, None])
        for day in (TODAY, TODAY - timedelta(days=1))
    ]
    with unit_of_work(SYSTEM) as unit:
        return [issued.code for issued in issue_tickets(unit, events, on=TODAY)]


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_it_is_the_page_of_the_template_for_everybody(
    app: Flask, codes: list[str], look: tuple[str, ...]
) -> None:
    lang, size, shared, root = look
    cookies = {"Cookie": f"lang={lang}; size={size}; shared={shared}"}
    overrides = {"SCRIPT_NAME": root}
    with app.test_request_context("/r", headers=cookies, environ_overrides=overrides):
        for code in codes * 2:  # The second time from what the first has left behind.
            ticket = get_ticket(read_code(code))
            filled = OpenForm(ticket, ticket.served[0])
            page = draw_form(filled, KEY, LEAST)
            texts = texts_of(filled, look_of_request(), KEY, LEAST)
            assert page == draw_whole(texts, filled)
            assert not MARK.search(page)
            assert (f'action="{root}/r"' in page, code in page) == (True, True)


def test_a_name_that_is_written_like_a_page_stays_a_name(
    client: FlaskClient, clerk: Staff, code: str
) -> None:
    client.get(f"/r/{code}", follow_redirects=True)
    db.session.execute(update(Section).values(name=HOSTILE))
    db.session.commit()
    page = client.get("/r").text
    assert "&lt;b&gt;&amp;amp;&#34;&#39;&lt;/b&gt;{{ 7 * 7 }}" in page
    assert HOSTILE not in page


def test_each_phone_finds_its_own_texts(app: Flask, section: Section) -> None:
    one, other = (make_code(make_staff(section, window_no=n)) for n in ("31", "32"))
    pages = [
        app.test_client().get(f"/r/{code}", follow_redirects=True).text for code in (one, other)
    ]
    for page, mine, theirs in zip(pages, (one, other), (other, one), strict=True):
        assert mine in page
        assert theirs not in page
    assert ["31" in pages[0], "32" in pages[1]] == [True, True]


def test_a_visitor_without_a_session_gets_none_and_the_page_says_that_it_would_matter(
    client: FlaskClient, code: str
) -> None:
    answer = client.get(f"/r/{code}", follow_redirects=True)
    cookies = " ".join(answer.headers.getlist("Set-Cookie"))
    assert "session=" not in cookies
    assert "Cookie" in answer.headers["Vary"]
    assert TODAY.year == 2026
