"""Cached parts of the rating page, per language and print size."""

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.tickets.service import issue_tickets
from tests.applications import make_app
from tests.factories import make_event, make_section, make_staff

WORDS = {"zh": "请为这次服务打分", "en": "Please rate this service"}
LARGE = 'class="large"'


def issue() -> str:
    event = make_event(pages.today(), make_staff(make_section()).number)
    with unit_of_work(SYSTEM) as unit:
        return issue_tickets(unit, [event], on=pages.today())[0].code


def form(client: FlaskClient, code: str, lang: str, size: str) -> str:
    for name, value in (("ticket", code), ("lang", lang), ("size", size)):
        client.set_cookie(name, value)
    # The key of a phone is another one each time: see docs/adr/0021.
    page, keys = re.subn(r'name="key" value="[^"]+"', 'name="key"', client.get("/r").text)
    assert keys == 1
    return page


def test_a_form_that_was_drawn_for_others_is_in_the_own_language_size_and_for_the_own_ticket(
    app: Flask,
) -> None:
    codes = [issue(), issue()]
    choices = [(c, lang, size) for c in codes for lang in WORDS for size in ("normal", "large")]
    first = {choice: form(app.test_client(), *choice) for choice in choices}
    again = {choice: form(app.test_client(), *choice) for choice in reversed(choices)}
    assert again == first, "what is kept is what was drawn"
    for (code, lang, size), page in first.items():
        other = next(one for one in codes if one != code)
        assert code in page
        assert other not in page
        assert f'name="lang" value="{lang}" lang="{lang}" aria-current="true"' in page
        assert (LARGE in page) is (size == "large")
        assert f'value="{"normal" if size == "large" else "large"}"' in page
        foot = "Cannot open it" in page
        assert foot is (lang == "en")


def test_two_applications_in_one_process_keep_parts_of_their_own(
    app: Flask, tmp_path: Path
) -> None:
    with app.test_request_context("/r"):
        assert pages.kept("foot", lambda: "ours") == "ours"
        assert pages.kept("foot", lambda: "changed") == "ours"
    with make_app("sqlite://", tmp_path).test_request_context("/r"):
        assert pages.kept("foot", lambda: "theirs") == "theirs"
