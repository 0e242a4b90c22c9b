"""From a slip to the form: links of every shape, codes as people type them, a window's screen."""

import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.extensions import db, limiter
from evalsys.organisation.org.models import Staff
from evalsys.ratings.tickets.rules.codes import write_code
from evalsys.ratings.tickets.rules.screens import write_slot
from tests.applications import make_app
from tests.ratings.citizen import (
    GOOD,
    LAST_DAY,
    NOW,
    TODAY,
    rate,
    rows,
)
from tests.ratings.intake import leave_ballot
from tests.world import make_screen, secret_key, slot_of

pytestmark = pytest.mark.usefixtures("clock")


def test_a_link_opens_the_form_and_leaves_no_code_in_the_address(
    client: FlaskClient, code: str
) -> None:
    answer = client.get(f"/r/{code}")
    assert answer.status_code == 303
    assert "ticket=" in answer.headers["Set-Cookie"]
    assert "Max-Age=3600" in answer.headers["Set-Cookie"]
    assert client.get(answer.headers["Location"]).headers["Location"] == "/r"
    page = client.get("/r")
    assert page.status_code == 200
    for words in ("3", "受理岗", "企业登记科", "Tue 24 Nov 2026", "1 December"):
        assert words in page.text


@pytest.mark.parametrize("typed", ["ABC", "评价", "x" * 70, "O" * 17, "O" * 27, "ＡＢＣ"])
def test_a_mistyped_code_gets_its_own_page(client: FlaskClient, typed: str) -> None:
    answer = rate(client, typed)
    assert answer.status_code == (404 if set(typed) == {"O"} else 400)
    assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize("typed", ["", "  ", "\u3000"])
def test_an_empty_code_never_opens_the_last_one(client: FlaskClient, code: str, typed: str) -> None:
    assert client.get(f"/r/{code}", follow_redirects=True).status_code == 200
    for ballot in ({}, GOOD):
        answer = rate(client, typed, **ballot)
        assert answer.status_code == 422
        assert "Please type the code of your slip" in answer.text
    assert client.post("/r", data=GOOD).status_code == 422
    assert rows() == []


@pytest.mark.parametrize(
    "link",
    [
        "/r/{0}/",
        "/r/{0}。",
        "/r/{0}%E3%80%82",
        "/r/{0}&from=singlemessage&isappinstalled=0",
        "/r/{0}?from=timeline",
        "/R/{0}",
        "/r/“{0}”",
        "/r/{0}%0A",
        "/r/{0}%0D%0A",
        "/r%23{0}",
        "/R%23{0}&from=singlemessage",
        "/r＃{0}",
        "/r?code={0}",
        "/r?from=timeline&code={0}。",
    ],
)
@pytest.mark.parametrize("use_cookies", [True, False])
def test_a_link_opens_the_form_whatever_hangs_on_it(
    app: Flask, code: str, link: str, *, use_cookies: bool
) -> None:
    client = app.test_client(use_cookies=use_cookies)
    answer = client.get(link.format(code), follow_redirects=True)
    assert answer.status_code == 200
    assert 'name="attitude"' in answer.text
    assert (answer.request.path == "/r") is use_cookies
    assert rate(client, code, **GOOD).status_code == (303 if use_cookies else 200)


def test_a_code_in_the_query_goes_the_way_of_a_link(client: FlaskClient, code: str) -> None:
    link = client.get("/r", query_string={"code": f" {code} "}).headers["Location"]
    assert link.startswith("/r/")
    wrong = client.get("/r?code=ABCD")
    assert wrong.status_code == client.get("/r/ABCD").status_code
    assert "ABCD" not in wrong.headers.get("Location", "")


@pytest.mark.parametrize("path", ["/R", "/R/", "/r/"])
def test_an_address_in_capitals_or_with_a_slash_is_mended(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Location"] == "/r"


def test_a_slip_of_before_keeps_working(client: FlaskClient, clerk: Staff) -> None:
    secret = bytes(range(16))
    leave = {"served_on": TODAY, "valid_until": LAST_DAY, "base_period": "2026-Q4"}
    leave_ballot(secret, clerk, **leave)
    code = write_code(secret)
    assert len(code) == 27
    assert 'name="attitude"' in rate(client, code).text
    wrong = code[:7] + ("7" if code[7] != "7" else "8") + code[8:]
    assert "compare group 3 with your slip" in rate(client, wrong).text


def test_the_wrong_group_is_named(client: FlaskClient, code: str) -> None:
    for place, group in ((0, 1), (6, 2), (15, 4), (16, 5)):
        wrong = code[:place] + ("7" if code[place] != "7" else "8") + code[place + 1 :]
        page = rate(client, " ".join(wrong[n : n + 4] for n in range(0, 17, 4))).text
        letters = wrong[4 * group - 4 : 4 * group]
        assert f"compare group {group} with your slip: “{letters}” is wrong" in page
    assert "There are 15 letters and digits; a code has 17" in rate(client, code[:15]).text
    assert "The last letter is missing" in rate(client, code[:16]).text


def test_a_missing_letter_is_named_where_two_are_alike(client: FlaskClient, clerk: Staff) -> None:
    leave = {"served_on": TODAY, "valid_until": LAST_DAY, "base_period": "2026-Q4"}
    alike = (bytes(8) + number.to_bytes(2) for number in range(1, 2**16))
    secret = next(one for one in alike if len(set(write_code(one)[-2:])) == 1)
    leave_ballot(secret, clerk, **leave)
    assert "The last letter is missing" in rate(client, write_code(secret)[:16]).text


def test_codes_cannot_be_guessed_in_great_number(app: Flask, code: str, tmp_path: Path) -> None:
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    other = make_app(uri, tmp_path, RATELIMIT_ENABLED=True, PROXY_HOPS=1)
    client = other.test_client()
    first, second = ({"X-Forwarded-For": f"203.0.113.{n}"} for n in (1, 2))
    for _ in range(40):  # A hall has one address, and right codes cost nothing.
        assert client.post("/r", data={"code": code}, headers=first).status_code == 200
    wrong = [
        client.post("/r", data={"code": write_code(secrets.token_bytes(10))}, headers=first)
        for _ in range(31)
    ]
    assert [answer.status_code for answer in wrong] == [404] * 30 + [429]
    assert client.post("/r", data={"code": code}, headers=first).status_code == 429
    assert client.get(f"/r/{code}", headers=first).status_code == 429
    assert client.post("/r", data={"code": code}, headers=second).status_code == 200
    with other.app_context():
        db.engine.dispose()


def guesses(client: FlaskClient, senders: Sequence[str]) -> list[int]:
    """Try a made-up code from each of some senders, as their proxy names them."""
    return [
        client.post(
            "/r",
            data={"code": write_code(secrets.token_bytes(10))},
            headers=[("X-Forwarded-For", sender), ("Forwarded", f"for=198.51.100.{n}")],
        ).status_code
        for n, sender in enumerate(senders)
    ]


# What 31 requests of one client say of themselves behind a proxy, and what another client says.
ONE_CLIENT = [
    ([f"2001:db8:1:2:{n:x}::{n:x}" for n in range(31)], "2001:db8:1:3::1"),
    ([f"[2001:db8:1:2::{n:x}]:{50_000 + n}" for n in range(31)], "[2001:db8:1:3::1]:443"),
    ([f"203.0.113.7:{50_000 + n}" for n in range(31)], "203.0.113.8:50000"),
    (["::ffff:203.0.113.7", "203.0.113.7", "[::ffff:203.0.113.7]:9"] * 11, "203.0.113.8"),
    ([f"198.51.100.{n}, 203.0.113.7" for n in range(31)], "203.0.113.7, 203.0.113.8"),
    ([f"fe80::{n}%eth{n}" for n in range(31)], "fe80:0:0:1::1%eth0"),
    ([f"made-up-{n}" for n in range(31)], "203.0.113.8"),
    (["", " ", ",", ", ,"] * 8, "203.0.113.8"),
]


def test_a_client_is_one_however_many_addresses_it_writes(app: Flask, tmp_path: Path) -> None:
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    limited = make_app(uri, tmp_path, RATELIMIT_ENABLED=True, PROXY_HOPS=1)
    for senders, other in ONE_CLIENT:
        with limited.app_context():
            limiter.reset()
        assert guesses(limited.test_client(), senders)[:31] == [404] * 30 + [429], senders
        assert guesses(limited.test_client(), [other]) == [404], other
    with limited.app_context():
        db.engine.dispose()


def test_without_a_proxy_nobody_names_another_client(app: Flask, tmp_path: Path) -> None:
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    limited = make_app(uri, tmp_path, RATELIMIT_ENABLED=True)
    senders = [f"203.0.113.{n}" for n in range(31)]
    assert guesses(limited.test_client(), senders) == [404] * 30 + [429]
    with limited.app_context():
        db.engine.dispose()


def test_every_single_wrong_symbol_is_noticed(client: FlaskClient, code: str) -> None:
    for place in range(len(code)):
        wrong = "7" if code[place] != "7" else "8"
        answer = rate(client, code[:place] + wrong + code[place + 1 :], **GOOD)
        assert answer.status_code == 400
        assert "This code is mistyped" in answer.text
        assert f"compare group {place // 4 + 1} " in answer.text
    assert rows() == []


def test_a_code_that_nobody_issued_gets_its_own_page(client: FlaskClient) -> None:
    answer = client.get(f"/r/{write_code(bytes(range(16)))}", follow_redirects=True)
    assert answer.status_code == 404
    assert "We do not know this code" in answer.text


def test_a_code_may_be_typed_as_it_was_read(client: FlaskClient, code: str) -> None:
    typed = code.lower().replace("0", "o").replace("1", "i")
    spaced = " ".join(typed[n : n + 4] for n in range(0, 17, 4))
    assert rate(client, spaced).status_code == 200


def test_another_code_can_be_asked_for(client: FlaskClient, code: str) -> None:
    client.get(f"/r/{code}")
    answer = client.get("/r?other=1")
    assert "Code of your rating slip" in answer.text
    assert "ticket=;" in answer.headers["Set-Cookie"]
    assert "Code of your rating slip" in client.get("/r").text


def test_a_screen_gives_each_phone_its_own_ticket(client: FlaskClient, clerk: Staff) -> None:
    epoch = int(NOW.timestamp())
    make_screen(clerk)
    token, old = slot_of(clerk, epoch), slot_of(clerk, epoch - 120)
    page = client.get(f"/s/{token}")
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert client.post(f"/s/{token}").headers["Location"] == "/r"
    assert client.get("/r").status_code == 200
    again = client.post(f"/s/{token}")
    assert again.status_code == 410
    assert "Please wait for the next code" in again.text
    for stale in (old, write_slot(secret_key(), 987, epoch), "ab" * 20, "zz", "00"):
        assert client.get(f"/s/{stale}").status_code == 410
