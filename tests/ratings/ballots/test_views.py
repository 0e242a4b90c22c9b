"""The citizen's pages: from the form to the thank-you page, and back to look the rating up."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.models import Exclusion, ExclusionReason, Intake, Rating
from evalsys.ratings.ballots.rules import COMMENT_LENGTH
from evalsys.ratings.ballots.service import open_contact
from tests.applications import make_app
from tests.factories import make_section, make_staff, save
from tests.ratings.citizen import (
    GOOD,
    LAST_DAY,
    LOW,
    TODAY,
    checked,
    count,
    rate,
    reference_of,
    rows,
)
from tests.world import make_code

pytestmark = pytest.mark.usefixtures("clock")


def test_the_form_names_the_post_and_the_number_never_the_person(
    client: FlaskClient, clerk: Staff, code: str
) -> None:
    page = rate(client, code).text
    assert clerk.number in page
    assert clerk.name not in page


def test_the_form_is_small_and_needs_no_script(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/r/{code}", follow_redirects=True)
    assert len(answer.data) < 30 * 1024
    assert answer.text.count("<script") == 1
    assert re.search(r'<script src="/static/rating.js(\?[^"]*)?" defer></script>', answer.text)
    client.get("/switch?lang=zh")
    assert len(client.get("/r").data) < 30 * 1024


def test_nothing_is_preselected_and_each_question_has_five_levels_and_a_way_out(
    client: FlaskClient, code: str
) -> None:
    page = rate(client, code).text
    assert checked(page) == set()
    for name in GOOD:
        assert re.findall(rf'name="{name}" value="(\d)"', page) == ["5", "4", "3", "2", "1", "0"]


def test_a_ballot_is_thanked_for_with_its_reference(client: FlaskClient, code: str) -> None:
    client.get(f"/r/{code}")
    answer = rate(client, code, **GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/r/thanks")
    page = client.get("/r/thanks").text
    symbols = reference_of(code)
    assert f"{symbols[:4]} {symbols[4:]}" in page
    assert "By 8 December" in page
    row = rows()[0]
    assert (row.attitude, row.work_style, row.competence) == (5, 4, None)
    assert db.session.scalars(select(Intake.valid_until)).all() == [LAST_DAY]


def test_a_page_never_waits_for_a_second_connection_while_it_holds_one(
    app: Flask, code: str, tmp_path: Path
) -> None:
    """As many visitors at once as the pool has connections would wait for each other."""
    alone = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 1}
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    db.session.rollback()
    client = make_app(uri, tmp_path, SQLALCHEMY_ENGINE_OPTIONS=alone).test_client()
    assert client.get(f"/r/{code}", follow_redirects=True).status_code == 200
    assert rate(client, code, **GOOD).status_code == 303
    assert client.get("/r/thanks").status_code == 200
    assert client.post("/check", data={"reference": reference_of(code)}).status_code == 200


def test_the_thanks_promise_no_change_once_the_window_is_over(
    app: Flask, code: str, clock: time_machine.Traveller
) -> None:
    client = app.test_client()
    rate(client, code)
    rate(client, code, **GOOD)
    assert client.get("/r/thanks").status_code == 200
    clock.move_to(datetime(2026, 12, 2, 2, tzinfo=UTC))
    assert client.get("/r/thanks").headers["Location"] == "/r"
    count()
    assert client.get("/r/thanks").headers["Location"] == "/r"


def test_without_cookies_the_thanks_come_at_once(app: Flask, code: str) -> None:
    client = app.test_client(use_cookies=False)
    answer = rate(client, code, **GOOD)
    assert answer.status_code == 200
    assert "Your rating has arrived" in answer.text
    assert client.get("/r/thanks").headers["Location"] == "/r"


def test_the_thanks_are_the_same_whatever_was_chosen(
    client: FlaskClient, clerk: Staff, code: str
) -> None:
    pages = []
    for levels in (GOOD, {**LOW, "reasons": "4", "contact": "13855501321", "pressured": "1"}):
        client.get(f"/r/{code}")
        rate(client, code, **levels)
        pages.append(client.get("/r/thanks").text)
    assert pages[0] == pages[1]


def test_nobody_is_thanked_before_rating(client: FlaskClient, code: str) -> None:
    client.get(f"/r/{code}")
    assert client.get("/r/thanks").headers["Location"] == "/r"


def test_rating_again_replaces_until_the_last_minute_of_the_last_day(
    client: FlaskClient, code: str, clock: time_machine.Traveller
) -> None:
    rate(client, code, **GOOD)
    clock.move_to("2026-12-01T15:59:00Z")  # 23:59 in Shanghai.
    assert rate(client, code, **{**GOOD, "attitude": "3"}).status_code in {200, 303}
    assert [row.attitude for row in rows()] == [3]
    clock.move_to("2026-12-01T16:00:00Z")  # Midnight.
    answer = rate(client, code, **GOOD)
    assert answer.status_code == 410
    assert "The time to rate is over" in answer.text
    assert [row.attitude for row in rows()] == [3]


def test_no_answer_at_all_is_sent_back_with_a_link_to_the_first_question(
    client: FlaskClient, code: str
) -> None:
    nothing = dict.fromkeys(GOOD, "0")
    answer = rate(client, code, **nothing, comment="慢")
    assert answer.status_code == 422
    assert '<a href="#attitude">Please rate at least one of the four' in answer.text
    assert 'aria-describedby="attitude-h attitude-e"' in answer.text
    assert "<title>Error: " in answer.text
    assert "慢</textarea>" in answer.text
    assert checked(answer.text) == {(name, "0") for name in GOOD}
    assert rows() == []


def test_a_low_level_costs_no_more_than_a_high_one_and_may_have_reasons(
    client: FlaskClient, code: str
) -> None:
    assert rate(client, code, **LOW).status_code in {200, 303}
    assert [(row.attitude, row.reasons) for row in rows()] == [(1, 0)]
    fields = {"reasons": ["2", "4", "7"], "comment": "谢谢", "pressured": "1"}
    done = rate(client, code, **LOW, **fields)
    assert done.status_code in {200, 303}
    row = rows()[0]
    assert (row.attitude, row.reasons, row.comment, row.pressured) == (1, 0b1001010, "谢谢", True)


def test_reasons_and_contact_without_a_low_level_are_not_kept(
    client: FlaskClient, code: str
) -> None:
    rate(client, code, **GOOD, reasons="1", contact="138 5550 1321")
    assert [(row.reasons, row.contact) for row in rows()] == [(0, None)]


@pytest.mark.parametrize("typed", ["13855501321", "+86 138-5550-1321", "１３８５５５０１３２１"])
def test_a_contact_is_kept_encrypted(client: FlaskClient, code: str, typed: str) -> None:
    rate(client, code, **LOW, reasons="1", contact=typed)
    sealed = rows()[0].contact
    assert sealed is not None
    assert b"1385550" not in sealed
    assert open_contact(sealed) == "13855501321"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1385550132", "A mobile number has 11 digits; now there are 10"),
        ("call me", "A mobile number has 11 digits; now there are 0"),
        ("23855501321", "neither a mobile number nor a landline"),
    ],
)
def test_a_contact_that_cannot_be_called_is_sent_back(
    client: FlaskClient, code: str, typed: str, words: str
) -> None:
    answer = rate(client, code, **LOW, reasons="1", contact=typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert rows() == []


def test_a_comment_has_1200_characters_and_not_one_more(client: FlaskClient, code: str) -> None:
    answer = rate(client, code, **GOOD, comment="好" * (COMMENT_LENGTH + 1))
    assert answer.status_code == 422
    assert "At most 1200 characters; now there are 1201" in answer.text
    assert "好" * (COMMENT_LENGTH + 1) in answer.text
    assert rows() == []
    rate(client, code, **GOOD, comment="好" * COMMENT_LENGTH)
    assert [row.comment for row in rows()] == ["好" * COMMENT_LENGTH]


def test_lines_of_a_comment_count_once_as_the_browser_counts_them(
    client: FlaskClient, code: str
) -> None:
    rate(client, code, **GOOD, comment="好\r\n" * 599 + "好好")
    assert [len(row.comment or "") for row in rows()] == [COMMENT_LENGTH]


@pytest.mark.parametrize(
    "comment", ["\x00谢谢\x07", "😀👍🏽", "<script>alert(1)</script>", "'; --"]
)
def test_any_words_are_taken_as_words(client: FlaskClient, code: str, comment: str) -> None:
    rate(client, code, **GOOD, comment=comment)
    assert rows()[0].comment == comment.replace("\x00", "").replace("\x07", "")
    again = rate(client, code, **LOW, comment=comment)
    assert "<script>alert" not in again.text


@pytest.mark.parametrize("value", ["6", "-1", "x", "5 ", "", "٥"])
def test_what_is_no_level_is_no_answer(client: FlaskClient, code: str, value: str) -> None:
    rate(client, code, **{**GOOD, "attitude": value})
    assert rows()[0].attitude is None


def test_reasons_are_folded_alike_beside_every_level(client: FlaskClient, code: str) -> None:
    pages = [rate(client, code, **levels, size="normal").text for levels in (GOOD, LOW)]
    assert len({page.count("<details") for page in pages}) == 1
    assert all('<details class="why">' in page for page in pages)
    assert "Something else" in pages[0]
    opened = rate(client, code, **LOW, reasons="7", size="normal").text
    assert '<details class="why" open>' in opened


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("fr,en;q=0.3,zh;q=0.2", "en"),
        ("ko-KR", "zh-CN"),
        ("", "zh-CN"),
        ("*;q=x,,;", "zh-CN"),
    ],
)
def test_the_first_visit_is_in_the_language_of_the_browser(
    app: Flask, tmp_path: Path, asked: str, words: str
) -> None:
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    client = make_app(uri, tmp_path, BABEL_DEFAULT_LOCALE="zh").test_client()
    for path in ("/r", "/check", "/login"):
        page = client.get(path, headers={"Accept-Language": asked})
        assert f'<html lang="{words}"' in page.text
    client.get("/switch?lang=zh")
    page = client.get("/r", headers={"Accept-Language": "en"})
    assert '<html lang="zh-CN"' in page.text, "what was chosen goes first"


def test_no_page_promises_what_nobody_does(client: FlaskClient) -> None:
    client.get("/switch?lang=zh")
    for path in ("/r", "/check", "/results", "/r/thanks"):
        assert "口头" not in client.get(path, follow_redirects=True).text


def test_the_language_changes_and_the_answers_stay(client: FlaskClient, code: str) -> None:
    answer = rate(client, code, **LOW, reasons="4", comment="慢", lang="zh")
    assert answer.status_code == 200
    assert "请评价这次服务" in answer.text
    assert '<html lang="zh-CN">' in answer.text
    assert checked(answer.text) == {*LOW.items(), ("reasons", "4")}
    assert "慢</textarea>" in answer.text
    assert rows() == []
    assert '<html lang="zh-CN">' in client.get("/check").text


def test_large_print_changes_and_the_answers_stay(client: FlaskClient, code: str) -> None:
    answer = rate(client, code, **GOOD, size="large")
    assert '<html lang="en" class="large">' in answer.text
    assert checked(answer.text) == set(GOOD.items())
    assert 'name="size" value="normal"' in answer.text
    assert rows() == []
    assert 'class="large"' in client.get("/r").text


def test_large_print_can_be_had_from_the_first_screen(client: FlaskClient) -> None:
    page = client.get("/r").text
    assert "/switch?size=large" in page


def test_two_people_on_one_ticket_are_rated_one_by_one(client: FlaskClient) -> None:
    section = make_section()
    first, second = make_staff(section, post="受理岗"), make_staff(section, post="审核岗")
    code = make_code(first, second)
    page = client.get(f"/r/{code}", follow_redirects=True).text
    assert f'name="person" value="{second.number}"' in page
    other = rate(client, code, person=second.number).text
    assert f'type="hidden" name="person" value="{second.number}"' in other
    rate(client, code, person=second.number, **GOOD)
    assert [row.staff_id for row in rows()] == [second.id]
    thanks = client.get("/r/thanks").text
    assert "Others served you too" in thanks
    assert f'name="person" value="{first.number}"' in thanks
    rate(client, code, person=first.number, **GOOD)
    assert len(rows()) == 2
    assert "Others served you too" not in client.get("/r/thanks").text


def test_who_did_not_serve_cannot_be_rated(client: FlaskClient, code: str) -> None:
    assert rate(client, code, person=make_staff().number, **GOOD).status_code == 404
    assert rows() == []


def test_an_expired_ticket_says_why_on_this_day(
    client: FlaskClient, code: str, clock: time_machine.Traveller
) -> None:
    clock.move_to("2026-12-02T02:00:00Z")
    answer = rate(client, code)
    assert answer.status_code == 410
    for words in ("The time to rate is over", "5 working days after the service", "/check"):
        assert words in answer.text


def test_a_counted_ticket_says_so_and_knows_nothing_else(client: FlaskClient, code: str) -> None:
    rate(client, code, **GOOD)
    count()
    for answer in (rate(client, code), rate(client, code, **LOW, reasons="1")):
        assert answer.status_code == 409
        assert "Your rating is counted" in answer.text
        assert "企业登记科" not in answer.text
    assert db.session.scalar(select(func.count()).select_from(Rating)) == 1
    assert rows() == []


def test_a_reference_tells_where_a_ballot_is_and_never_what_it_says(
    client: FlaskClient, code: str
) -> None:
    rate(client, code, **LOW, reasons="4", comment="很慢很慢")
    symbols = reference_of(code)
    received = client.post("/check", data={"reference": symbols.lower()}).text
    assert "<h2>Received</h2>" in received
    assert "Tue 1 Dec 2026" in received
    count()
    counted = client.post("/check", data={"reference": f"{symbols[:4]} {symbols[4:]}"}).text
    assert "<h2>Counted</h2>" in counted
    assert "Q4 2026" in counted
    rating = db.session.scalars(select(Rating)).one()
    why = ExclusionReason.MALICIOUS
    key = {"staff_id": rating.staff_id, "ballot_id": rating.ballot_id}
    save(Exclusion(**key, reason=why, grounds="x", decided_on=TODAY))
    aside = client.post("/check", data={"reference": symbols}).text
    assert "<h2>Set aside</h2>" in aside
    assert "malicious" in aside
    for page in (received, counted, aside):
        assert "atisfied" not in page
        assert "很慢" not in page


@pytest.mark.parametrize("typed", ["HT4RK7WM", "nonsense", "0" * 500, "'; --", "HT4R\x00"])
def test_a_reference_that_is_none_is_not_found(client: FlaskClient, typed: str) -> None:
    answer = client.post("/check", data={"reference": typed})
    assert answer.status_code == 200
    assert "<h2>No such rating</h2>" in answer.text


def test_an_empty_reference_asks_for_one(client: FlaskClient) -> None:
    assert "No such rating" not in client.post("/check", data={"reference": " "}).text


def test_references_cannot_be_tried_in_great_number(app: Flask, tmp_path: Path) -> None:
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    other = make_app(uri, tmp_path, RATELIMIT_ENABLED=True)
    client = other.test_client()
    answers = [client.post("/check", data={"reference": "x"}) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert "Too many tries" in answers[-1].text
    assert client.get("/check").status_code == 200
    with other.app_context():
        db.engine.dispose()


def test_pages_of_citizens_leave_no_trace_of_who_came(client: FlaskClient, code: str) -> None:
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    client.get(f"/r/{code}")
    rate(client, code, **GOOD)
    client.get("/r/thanks")
    client.post("/check", data={"reference": reference_of(code)})
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before
    for name in ("ticket", "session", "lang", "size"):
        assert client.get_cookie(name) is None


def test_a_form_is_opened_and_taken_with_few_queries(
    client: FlaskClient, code: str, statements: list[str]
) -> None:
    rate(client, code)  # What is built once for the whole process is built.
    statements.clear()
    rate(client, code)
    assert len(statements) <= 4
    statements.clear()
    rate(client, code, **GOOD)
    assert len(statements) <= 8
