"""The code of an opinion by a real mail server: it opens the form, and tells of no address."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.storage import MemoryStorage
from sqlalchemy import select, text

from evalsys.core.extensions import db, limiter
from evalsys.reform.consultations.mailing import EACH
from evalsys.reform.consultations.models import Opinion
from tests.applications import make_app
from tests.cases.mailbox import SENDER, Mailbox, mail_server, use_mail
from tests.databases import free_port
from tests.reform.consultations.drafts import make_consultation

pytestmark = pytest.mark.usefixtures("clock")  # 24 November 2026
LI = "li.na@example.cn"
LINE = r"^[0-9A-Z]{3,}(?: [0-9A-Z]+)+\s*$"


@pytest.fixture
def box(app: Flask) -> Iterator[Mailbox]:
    with mail_server() as (box, port):
        use_mail(app, port)
        yield box


@pytest.fixture
def citizen(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


def ask(client: FlaskClient, number: int, address: str = LI) -> tuple[int, str, str]:
    """Ask for a code; return the status, the way, and the page at its end."""
    answer = client.post(f"/consultations/{number}/mail", data={"address": address})
    place = answer.headers.get("Location", "")
    page = client.get(place).text if place else answer.text
    return answer.status_code, place, re.sub(r'value="[^"]{40,}"', "", page)


def codes(box: Mailbox) -> list[str]:
    """The codes in the mails, as somebody would copy them."""
    found = [re.findall(LINE, mail.get_content(), re.MULTILINE) for mail in box.mails]
    assert all(len(lines) == 1 for lines in found)
    return [line.strip() for lines in found for line in lines]


def told_by(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What our own logs say; the server of the test has one as well."""
    ours = (record for record in caplog.records if record.name.startswith("evalsys"))
    return [record.getMessage() for record in ours]


def test_the_code_of_a_mail_gives_one_opinion(citizen: FlaskClient, box: Mailbox) -> None:
    number = make_consultation(title="减材料方案").id
    assert "Send me a code" in citizen.get(f"/consultations/{number}/opinion").text
    status, _place, page = ask(citizen, number)
    assert (status, "is on its way" in page) == (303, True)
    [mail] = box.mails
    assert (mail["To"], box.given[0][0]) == (LI, SENDER)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "减材料方案" in mail.get_content()
    data = {"code": codes(box)[0], "clarity": "5", "voice": "resident", "send": "1"}
    page_of_opinion = f"/consultations/{number}/opinion"
    assert citizen.post(page_of_opinion, data=data).status_code == 303
    assert citizen.post(page_of_opinion, data={**data, "clarity": "1"}).status_code == 303
    ask(citizen, number, "Li.Na+second@Example.CN")
    assert len(set(codes(box))) == 1, "one person, one code"
    db.session.rollback()
    assert db.session.scalars(select(Opinion)).one().clarity == 5, "the first one counts"


def test_the_mail_is_in_the_language_of_the_page(citizen: FlaskClient, box: Mailbox) -> None:
    number = make_consultation().id
    citizen.set_cookie("lang", "zh")
    ask(citizen, number)
    assert "验证码" in str(box.mails[0]["Subject"])


def test_no_answer_says_whether_the_server_knows_an_address(
    citizen: FlaskClient, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    number = make_consultation().id
    known = ask(citizen, number)
    box.unknown = {"nobody@example.cn"}
    with caplog.at_level(logging.DEBUG):
        assert ask(citizen, number, "nobody@example.cn") == known
        box.is_full = True
        assert ask(citizen, number) == known
        box.is_full, box.is_dying = False, True
        assert ask(citizen, number) == known
    assert known[0] == 303
    told = told_by(caplog)
    assert any("550" in words for words in told), "the operator sees that a mail was not taken"
    assert [words for words in told if "nobody" in words or LI in words] == []


def test_a_server_that_is_away_is_said_to_be_away_for_every_address(
    app: Flask, citizen: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    number = make_consultation().id
    use_mail(app, free_port())
    with caplog.at_level(logging.DEBUG):
        first, second = ask(citizen, number), ask(citizen, number, "wang@example.cn")
    assert first[0] == second[0] == 503
    assert "No mail can be sent from here at the moment." in first[2]
    assert "refused" not in first[2], "what the machine says is for the operator"
    assert first[2].replace(LI, "") == second[2].replace("wang@example.cn", "")
    assert f'value="{LI}"' in first[2], "what was typed stays"
    told = " ".join(told_by(caplog))
    assert "refused" in told
    assert LI not in told


def test_a_setting_that_cannot_be_used_takes_no_page_away(app: Flask, citizen: FlaskClient) -> None:
    number = make_consultation().id
    use_mail(app, free_port(), SMTP_SECURITY="ssl")
    page = citizen.get(f"/consultations/{number}/opinion")
    assert (page.status_code, "Send me a code" in page.text) == (200, False)
    status, _place, words = ask(citizen, number)
    assert (status, "EVALSYS" in words) == (409, False)
    assert "No mail can be sent" in words


def test_a_wrong_address_goes_nowhere(citizen: FlaskClient, box: Mailbox) -> None:
    number = make_consultation().id
    for address in ("", "nobody", "a@b\nBcc: x@example.cn", "a@example.cn, b@example.cn"):
        status, _place, page = ask(citizen, number, address)
        assert (status, "not a mail address" in page) == (422, True), address
    assert box.mails == []


def test_many_tries_tell_nothing_and_send_three_mails(app: Flask, tmp_path: Path) -> None:
    number, uri = make_consultation().id, app.config["SQLALCHEMY_DATABASE_URI"]
    other = make_app(uri, tmp_path, RATELIMIT_ENABLED=True, WTF_CSRF_ENABLED=False)
    try:
        with mail_server() as (box, port), other.app_context():
            use_mail(other, free_port())
            client = other.test_client()
            client.set_cookie("lang", "en")
            assert ask(client, number)[0] == 503, "uses up no try"
            use_mail(other, port)
            answers = {ask(client, number) for _ in range(EACH.amount + 2)}
            assert len(answers) == 1, "not whether somebody asked before"
            assert answers == {ask(client, number, "fresh@example.cn")}
            assert box.receivers == [LI] * EACH.amount + ["fresh@example.cn"]
            rest = [ask(client, number, "not one") for _ in range(20)]
            assert rest[-1][0] == 429
            assert "Wait up to 60 minutes" in rest[-1][2], "the limit is one of an hour"
            db.session.remove()
            db.engine.dispose()
    finally:
        limiter.enabled = False
        storage = limiter.storage
        assert isinstance(storage, MemoryStorage)
        storage.reset()


def test_the_database_has_no_trace_of_an_address(citizen: FlaskClient, box: Mailbox) -> None:
    number = make_consultation().id
    ask(citizen, number)
    db.session.rollback()
    for table in db.metadata.sorted_tables:
        rows = db.session.execute(text(f'SELECT * FROM "{table.name}"')).all()
        assert "li.na" not in str(rows), table.name
