"""Rating again: the phone that rated needs nothing, another one the reference, a tablet forgets."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.rules import ballot_id, reference, ticket_hash
from evalsys.ratings.tickets.rules.codes import read_code
from tests.applications import make_app
from tests.ratings.citizen import GOOD, LOW, count, rate, reference_of, rows
from tests.world import make_code

pytestmark = pytest.mark.usefixtures("clock")

ASKED = "This slip was rated before. To change the rating, type its reference."


def open_form(client: FlaskClient, code: str) -> str:
    """Open the form by the link, and return the key that it carries."""
    page = client.get(f"/r/{code}", follow_redirects=True)
    found = re.search(r'name="key" value="(\w{32})"', page.text)
    assert found
    return found[1]


def test_the_issuer_has_not_the_last_word(app: Flask, clerk: Staff, code: str) -> None:
    citizen, issuer = app.test_client(), app.test_client()
    rate(citizen, code, **LOW, comment="慢", pressured="1", contact="13855501321")
    before = vars(rows()[0]).copy()
    answer = rate(issuer, code, **GOOD, comment="好")
    assert answer.status_code == 422
    assert ASKED in answer.text
    assert "好</textarea>" in answer.text
    made = ballot_id(read_code(code), clerk.number)
    for guess in ("HT4R K7WM", reference(made), reference(ticket_hash(read_code(code)))):
        answer = rate(issuer, code, **GOOD, reference=guess)
        assert answer.status_code == 422
        assert "This is not the reference of the first rating" in answer.text
        assert f'value="{guess}"' in answer.text
    after = vars(rows()[0])
    assert {k: v for k, v in before.items() if k[0] != "_"} == {
        k: v for k, v in after.items() if k[0] != "_"
    }
    for path in ("/r/thanks", f"/r/{code}", "/r"):
        page = issuer.get(path, follow_redirects=True).text
        assert reference_of(code)[:4] not in page


def test_who_knows_the_reference_changes_the_rating_from_anywhere(app: Flask, code: str) -> None:
    first, second = app.test_client(), app.test_client()
    rate(first, code, **LOW, pressured="1")
    symbols = reference_of(code)
    answer = rate(second, code, **GOOD, reference=f"{symbols[:4].lower()} {symbols[4:]}")
    assert answer.status_code == 200
    assert f"{symbols[:4]} {symbols[4:]}" in answer.text
    assert [(row.attitude, row.pressured, row.replaced) for row in rows()] == [(5, True, 1)]
    rate(first, code, **LOW)
    assert [(row.attitude, row.pressured, row.replaced) for row in rows()] == [(1, True, 2)]
    assert reference_of(code) == symbols


@pytest.mark.parametrize("use_cookies", [True, False])
def test_a_double_click_on_the_first_rating_is_one_rating(
    app: Flask, code: str, *, use_cookies: bool
) -> None:
    client = app.test_client(use_cookies=use_cookies)
    key = open_form(client, code)
    ballot = {**LOW, "contact": "13855501321", "key": key}
    answers = [rate(client, code, **ballot) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303 if use_cookies else 200}
    assert [(row.replaced, row.replaced_on) for row in rows()] == [(0, None)]


def test_two_tabs_that_opened_at_once_rate_with_one_key(app: Flask, code: str) -> None:
    keys = [open_form(app.test_client(), code) for _ in range(2)]
    phone = app.test_client()
    open_form(phone, code)  # The cookie of the tab that answered last.
    for key, levels in zip(keys, (GOOD, LOW), strict=True):
        assert rate(phone, code, **levels, key=key).status_code == 303
    assert [(row.attitude, row.replaced) for row in rows()] == [(1, 1)]


def test_two_services_in_one_week_keep_only_the_last_key(app: Flask, clerk: Staff) -> None:
    one, other = make_code(clerk), make_code(clerk)
    phone = app.test_client()
    for code in (one, other):
        rate(phone, code, key=open_form(phone, code), **GOOD)
    assert rate(phone, other, **LOW).status_code in {200, 303}
    assert rate(phone, one, **LOW).status_code == 422
    assert rate(phone, one, **LOW, reference=reference_of(one)).status_code == 200


@pytest.mark.parametrize("hand", ["", "x.y", "00.00", "é", "00" * 32 + "." + "00" * 16])
def test_a_cookie_of_nonsense_opens_nothing(app: Flask, code: str, hand: str) -> None:
    rate(app.test_client(), code, **GOOD)
    client = app.test_client()
    client.set_cookie("hand", hand)
    assert client.get("/r/thanks").headers["Location"] == "/r"
    assert rate(client, code, **LOW).status_code == 422


def test_a_wrong_reference_is_a_guess_like_any_other(
    app: Flask, code: str, tmp_path: object
) -> None:
    other = make_app(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path, RATELIMIT_ENABLED=True)  # type: ignore[arg-type]  # A path.
    rate(app.test_client(), code, **GOOD)
    client = other.test_client()
    answers = [rate(client, code, **LOW, reference="HT4RK7WM") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [422] * 30 + [429]
    with other.app_context():
        db.engine.dispose()


def test_whose_slip_was_used_by_somebody_else_can_say_so(app: Flask, code: str) -> None:
    rate(app.test_client(), code, **GOOD)
    citizen = app.test_client()
    page = rate(citizen, code, **LOW).text
    assert 'formaction="/r/taken"' in page
    answer = citizen.post("/r/taken", data={"code": code, **LOW})
    assert answer.status_code == 200
    assert "Thank you for telling" in answer.text
    assert [(row.attitude, row.pressured, row.replaced) for row in rows()] == [(5, True, 0)]


def test_check_says_how_often_a_rating_was_replaced(client: FlaskClient, code: str) -> None:
    def check() -> str:
        return client.post("/check", data={"reference": reference_of(code)}).text

    rate(client, code, **GOOD)
    assert "It was never replaced." in check()
    rate(client, code, **LOW)
    assert "It was replaced 1 time, on Tue 24 Nov 2026." in check()
    rate(client, code, **GOOD)
    assert "It was replaced 2 times, last on Tue 24 Nov 2026." in check()
    symbols = reference_of(code)
    count()
    page = client.post("/check", data={"reference": symbols}).text
    assert "It was replaced 2 times before it was counted." in page


def test_a_counted_rating_is_found_by_its_reference_and_shown_to_nobody_with_the_slip(
    app: Flask, code: str
) -> None:
    citizen, issuer = app.test_client(), app.test_client()
    rate(citizen, code, **GOOD)
    symbols = reference_of(code)
    count()
    printed = f"{symbols[:4]} {symbols[4:]}"
    for client in (citizen, issuer):
        answer = rate(client, code)
        assert "Your rating is counted" in answer.text
        assert printed not in answer.text
    assert "<h2>Counted</h2>" in citizen.post("/check", data={"reference": symbols}).text


def forgets(client: FlaskClient, thanks: TestResponse) -> bool:
    """Whether nothing of a rating can be had from a device any more without its code."""
    assert "Your rating has arrived" in thanks.text
    pages = [client.get("/r"), client.post("/r", data={"code": ""}), client.post("/r", data=GOOD)]
    return all("Code of your rating slip" in page.text for page in pages)


def test_the_thanks_forget_the_ticket_and_can_still_be_reloaded(
    client: FlaskClient, code: str
) -> None:
    open_form(client, code)
    rate(client, code, **GOOD)
    assert forgets(client, client.get("/r/thanks"))
    assert "Your rating has arrived" in client.get("/r/thanks").text
    assert client.get_cookie("ticket") is None


def test_the_thanks_without_a_redirect_forget_too(client: FlaskClient, code: str) -> None:
    assert forgets(client, rate(client, code, **GOOD))


def test_whoever_is_not_at_their_own_phone_can_leave_nothing_behind(
    client: FlaskClient, code: str
) -> None:
    open_form(client, code)
    rate(client, code, **GOOD)
    page = client.get("/r/thanks")
    assert "Not my own phone" in page.text
    assert client.post("/r/forget").headers["Location"] == "/r"
    assert client.get("/r/thanks").headers["Location"] == "/r"
    assert rate(client, code, **LOW).status_code == 422


def test_a_shared_device_keeps_nothing(app: Flask, code: str) -> None:
    tablet = app.test_client()
    assert "This is a shared device" in tablet.get("/r").text
    tablet.post("/r/forget", data={"shared": "1"})
    page = tablet.get(f"/r/{code}", follow_redirects=True)
    assert 'name="attitude"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    thanks = rate(tablet, code, **GOOD)
    assert 'http-equiv="refresh"' in thanks.text
    assert forgets(tablet, thanks)
    assert tablet.get("/r/thanks").headers["Location"] == "/r"
    for name in ("ticket", "hand"):
        assert tablet.get_cookie(name) is None
    assert rate(tablet, code, **LOW).status_code == 422, "whoever has the code has not the rating"
    tablet.post("/r/forget", data={"shared": "0"})
    assert "This is a shared device" in tablet.get("/r").text
