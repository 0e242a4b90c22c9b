"""Mail when something fails, or two do it at once: nothing is lost, and nothing sent twice."""

from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.models import Deadline, Notice
from evalsys.cases.notices.digests import claim_digest
from evalsys.cases.notices.mail import connected
from evalsys.cases.notices.service import deadline_key, remind
from evalsys.core.extensions import db
from tests.cases.mailbox import Mailbox, mail_server, use_mail
from tests.cases.office import NEAR, NOW, TOMORROW, Office, not_mailed, run
from tests.databases import free_port
from tests.foundation.jobs.conftest import until


def test_what_the_server_refused_is_sent_on_the_next_day(office: Office, box: Mailbox) -> None:
    office.officer("other@example.cn")
    office.low()
    box.unknown = {"hr@example.cn"}
    assert run(NOW) == {"sent": 0, "mails": 1, "failed": 1}
    assert box.receivers == ["other@example.cn"]
    box.unknown = set()
    assert run(TOMORROW) == {"sent": 0, "mails": 1, "failed": 0}
    assert box.receivers == ["other@example.cn", "hr@example.cn"]
    assert not_mailed() == 0


def test_a_server_that_is_away_loses_nothing(app: Flask, office: Office) -> None:
    for number in range(3):
        office.officer(f"n{number}@example.cn")
    office.low()
    use_mail(app, free_port())
    with patch("evalsys.cases.notices.jobs.connected", wraps=connected) as tried:
        assert run(NOW) == {"sent": 0, "mails": 0, "failed": 4}
    assert tried.call_count == 1, "who is away for one is away for all"
    assert not_mailed() == 4
    with mail_server() as (box, port):
        use_mail(app, port)
        assert run(TOMORROW) == {"sent": 0, "mails": 4, "failed": 0}
        assert len(box.mails) == 4


def test_a_mail_that_the_server_may_have_is_never_sent_twice(office: Office, box: Mailbox) -> None:
    office.low()
    box.is_dying = True
    assert run(NOW) == {"sent": 0, "mails": 0, "failed": 1}
    box.is_dying = False
    assert run(TOMORROW) == {"sent": 0, "mails": 0, "failed": 0}
    assert box.receivers == ["hr@example.cn"]


def test_a_server_that_falls_silent_is_left_alone_after_three_tries(
    office: Office, box: Mailbox
) -> None:
    for number in range(5):
        office.officer(f"n{number}@example.cn")
    office.low()
    box.is_dying = True
    assert run(NOW) == {"sent": 0, "mails": 0, "failed": 6}
    assert box.sessions == 3
    box.is_dying = False
    assert run(TOMORROW)["mails"] == 3


def test_a_run_that_was_killed_before_its_mail_left_sends_none(
    office: Office, box: Mailbox
) -> None:
    office.low()
    assert claim_digest(office.hr.id, now=NOW) is not None
    assert run(TOMORROW)["mails"] == 0
    assert box.mails == []


def test_runs_at_once_send_each_mail_once(app: Flask, office: Office, box: Mailbox) -> None:
    addresses = {f"n{number}@example.cn" for number in range(8)} | {"hr@example.cn"}
    for address in sorted(addresses - {"hr@example.cn"}):
        office.officer(address)
    office.low()
    db.session.remove()

    def work(_number: int) -> int:
        with app.app_context():
            try:
                return run(NEAR)["mails"]
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as hands:
        sent = list(hands.map(work, range(4)))
    assert sum(sent) == len(box.receivers)
    lines = [line for mail in box.mails for line in mail.get_content().splitlines()]
    assert sum(line.startswith("- ") for line in lines) == 2 * len(addresses)
    assert set(box.receivers) == addresses
    assert not_mailed() == 0


@pytest.mark.only("postgresql", "SQLite lets one writer in at a time")
def test_a_reminder_that_another_run_is_just_writing_is_left_to_it(
    app: Flask, office: Office
) -> None:
    case = office.low()
    deadline = db.session.scalars(select(Deadline)).one()
    row = {"user_id": office.hr.id, "subject_id": case.id, "topic": "light_y", "at": NEAR}
    key = deadline_key(deadline, Light.YELLOW)
    db.session.remove()

    def work() -> int:
        with app.app_context():
            return remind(now=NEAR)

    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with db.engine.connect() as other, ThreadPoolExecutor(1) as hands:
        other.execute(insert(Notice).values(**row, key=key))
        sent = hands.submit(work)
        until(lambda: bool(db.session.scalar(waits)))
        other.commit()
        assert sent.result(timeout=10) == 0
    assert not_mailed() == 2
