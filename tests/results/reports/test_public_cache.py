"""The public page is drawn once, and never shows what is no longer public."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask, render_template
from flask.testing import FlaskClient

from evalsys.core.permissions import SYSTEM, Role
from evalsys.results.closing.service import correct, publish
from evalsys.results.reports import views
from evalsys.results.reports.public import cache
from evalsys.results.reports.public.cache import LruCache
from tests.applications import noted_statements
from tests.exports.books import make_closed_city
from tests.factories import make_user
from tests.results.closing.city import CODE, NOW


@pytest.fixture
def public(app: Flask, client: FlaskClient) -> FlaskClient:
    """The browser of a citizen, after a quarter was published."""
    make_closed_city()
    publish(make_user(Role.HR).actor, CODE, now=NOW)
    return client


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each page that is drawn."""
    drawn: list[str] = []
    real = render_template

    def render(name: str, **values: object) -> str:
        drawn.append(name)
        return real(name, **values)

    monkeypatch.setattr(views, "render_template", render)
    return drawn


def test_a_page_is_drawn_once_for_each_language_and_size(
    public: FlaskClient, drawn: list[str]
) -> None:
    first = public.get("/results")
    assert public.get("/results").data == first.data
    assert len(drawn) == 1
    public.get("/language?lang=zh&to=/results")
    for cookie in (("lang", "zh"), ("size", "large")):
        public.set_cookie(*cookie)
        assert public.get("/results").data != first.data
        public.get("/results")
    assert len(drawn) == 3


def test_who_has_the_page_gets_no_body(public: FlaskClient) -> None:
    first = public.get("/results")
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert {"Cookie", "Accept-Language"} <= set(first.headers["Vary"].split(", "))
    with noted_statements() as sent:
        again = public.get("/results", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert len([one for one in sent if one.startswith("SELECT")]) == 1


def test_a_page_taken_back_or_corrected_is_not_shown_from_memory(public: FlaskClient) -> None:
    first = public.get(f"/results/{CODE}")
    assert first.status_code == 200
    correct(SYSTEM, CODE, "名册有误", now=NOW)
    assert public.get(f"/results/{CODE}").status_code == 404
    assert CODE not in public.get("/results").text
    publish(make_user(Role.HR).actor, CODE, now=NOW)
    again = public.get(f"/results/{CODE}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert "Version 2" in again.text


def test_the_day_of_what_was_put_right_is_that_of_today(
    public: FlaskClient, drawn: list[str]
) -> None:
    for days in (0, 1):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            public.get("/results")
    assert len(drawn) == 2


def test_addresses_of_all_spellings_lead_to_one(public: FlaskClient, drawn: list[str]) -> None:
    for path in (f"/results?period={CODE}", f"/results/{CODE.lower()}", f"/results/{CODE}?a=b"):
        assert public.get(path).headers["Location"] == f"/results/{CODE}"
    assert not drawn


def test_a_process_keeps_few_things() -> None:
    kept: LruCache[str] = LruCache(3)
    for number in range(5):
        assert kept.get(number, str(number).title) == str(number)
    assert list(kept.entries) == [2, 3, 4]
    kept.find(2)
    kept.get(5, str)
    assert list(kept.entries) == [4, 2, 5]
    assert kept.find(0) is None


def test_what_strangers_search_for_drops_no_page(
    public: FlaskClient, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "DRAWN", 3)
    public.get("/results")
    for number in range(5):
        assert public.get(f"/results?search={number}").status_code == 200
    public.get("/results")
    public.get("/results?search=4")
    assert len(drawn) == 6
