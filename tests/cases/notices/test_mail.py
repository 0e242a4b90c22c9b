"""Notices by mail, against a real mail server: who is told what, when, and how often."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from evalsys.cases.deadlines.service import agree_change, ask_change
from evalsys.cases.engine.models import ChangeKind, Deadline, Notice
from evalsys.cases.engine.service import take_step
from evalsys.cases.notices import jobs
from evalsys.cases.notices.digests import find_digest
from evalsys.cases.notices.service import remind
from evalsys.cases.papers.receipts import mark_read
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.service import start_job
from evalsys.foundation.jobs.worker import keep_schedule
from evalsys.operations.logs import format_json
from tests.cases.mailbox import SENDER, Mailbox, use_mail
from tests.cases.office import NEAR, NOW, REMINDED, TOMORROW, Office, not_mailed, run
from tests.databases import free_port
from tests.factories import make_chief, make_section, save


def test_a_mail_says_that_something_waits_and_where(office: Office, box: Mailbox) -> None:
    case = office.low()
    assert run(NOW) == {"sent": 0, "mails": 1, "failed": 0}
    [mail] = box.mails
    assert box.given == [(SENDER, ["hr@example.cn"])]
    assert mail["To"] == "hr@example.cn"
    assert mail["From"].addresses[0].addr_spec == SENDER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    assert mail["Subject"] == "Service evaluation: 1 new notice"
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    assert "In your inbox: 1 new notice" in text
    assert case.number in text
    assert "http://127.0.0.1:8000/inbox" in text


def test_a_mail_names_nobody_and_gives_no_reason(office: Office, box: Mailbox) -> None:
    case = office.low()
    take_step(office.officer(None).actor, case.id, "verify", {"finding": "多次投诉属实"}, now=NOW)
    run(NEAR)
    whole = "".join(f"{name}: {value}" for mail in box.mails for name, value in mail.items())
    whole += "".join(mail.get_content() for mail in box.mails)
    assert case.number in whole
    kept = (
        *(office.chief.name, office.chief.number, office.section.name, office.section.code),
        *(office.hr.display_name, office.hr.name, "投诉", "2026-Q2", str(case.grounds)),
    )
    assert [words for words in kept if words in whole] == []


def test_a_deadline_is_named_with_its_day(office: Office, box: Mailbox) -> None:
    office.low()
    run(NEAR)
    [mail] = box.mails
    assert mail["Subject"] == "Service evaluation: 2 new notices"
    assert "due on Tue 8 Dec 2026" in mail.get_content()


def test_one_mail_for_several_cases_and_each_notice_once(office: Office, box: Mailbox) -> None:
    office.low()
    for section in (make_section(), make_section()):
        office.low_in(section, make_chief(section))
    assert run(NOW)["mails"] == 1
    assert run(NOW)["mails"] == 0
    assert run(TOMORROW)["mails"] == 0
    assert len(box.mails) == 1
    assert box.mails[0].get_content().count("2026-0") == 3


def test_a_long_list_ends_with_a_number(office: Office, box: Mailbox) -> None:
    case = office.low()
    for number in range(24):
        save(Notice(user_id=office.hr.id, subject=case, key=f"k{number}", topic="moved", at=NOW))
    run(NOW)
    text = box.mails[0].get_content()
    assert text.count(case.number) == 20
    assert "and 5 more" in text
    assert not_mailed() == 0


@pytest.mark.parametrize(
    ("moment", "mails"),
    [
        (NOW - timedelta(hours=1), 0),  # 8:00.
        (NOW + timedelta(hours=9), 0),  # 18:00.
        (NOW + timedelta(hours=14), 0),  # 23:00.
        (datetime(2026, 11, 28, 1, tzinfo=UTC), 0),  # A Saturday.
        (datetime(2026, 10, 1, 1, tzinfo=UTC), 0),  # A Thursday, the National Day.
        (datetime(2026, 10, 10, 1, tzinfo=UTC), 1),  # A Saturday that is worked.
    ],
)
def test_no_mail_at_night_or_on_a_day_off(
    office: Office, box: Mailbox, moment: datetime, mails: int
) -> None:
    office.low()
    assert run(moment)["mails"] == len(box.mails) == mails
    assert not_mailed() == 1 - mails


def test_no_mail_about_what_was_read(office: Office, box: Mailbox) -> None:
    office.low()
    mark_read(office.hr.actor, now=NOW)
    assert run(TOMORROW) == {"sent": 0, "mails": 0, "failed": 0}
    assert box.mails == []


def test_no_mail_about_a_deadline_that_was_answered(office: Office, box: Mailbox) -> None:
    case = office.low()
    box.is_full = True
    assert run(NEAR) == {"sent": 1, "mails": 0, "failed": 1}
    box.is_full = False
    take_step(office.officer(None).actor, case.id, "verify", {"finding": "属实"}, now=NEAR)
    run(NEAR + timedelta(hours=1))
    [mail] = box.mails
    assert "due on" not in mail.get_content()
    assert mail.get_content().count(case.number) == 1, "and not that it was opened"


@pytest.mark.parametrize("kind", [ChangeKind.EXTEND, ChangeKind.PAUSE])
def test_no_mail_about_a_date_that_does_not_hold_any_more(
    office: Office, box: Mailbox, kind: ChangeKind
) -> None:
    office.low()
    box.is_full = True
    run(NEAR)
    box.is_full = False
    deadline = db.session.scalars(select(Deadline)).one()
    asked = ask_change(office.hr.actor, deadline, kind, "资料未齐", now=NEAR)
    agree_change(office.leader.actor, asked, now=NEAR)
    run(NEAR)
    assert "due on" not in box.mails[0].get_content()


def test_a_deadline_stands_in_a_mail_with_its_last_light_alone(
    office: Office, box: Mailbox
) -> None:
    office.low()
    box.is_full = True
    run(NEAR)
    box.is_full = False
    run(NEAR + timedelta(days=1))
    assert box.mails[0].get_content().count("due on") == 1


@pytest.mark.parametrize("cause", ["no address", "disabled", "role"])
def test_who_has_no_address_or_no_account_for_cases_gets_none(
    office: Office, box: Mailbox, cause: str
) -> None:
    office.low()
    if cause == "no address":
        office.hr.mail_address = None
    elif cause == "disabled":
        office.hr.disabled_at = NOW
    else:
        office.hr.role = Role.AUDITOR
    db.session.commit()
    assert run(NOW) == {"sent": 0, "mails": 0, "failed": 0}
    assert not_mailed() == 1


def test_the_schedule_sends_them_at_nine_on_a_working_day(office: Office, box: Mailbox) -> None:
    office.low()
    keep_schedule(NOW - timedelta(minutes=1))
    assert box.mails == []
    for _ in range(2):
        keep_schedule(NOW)
    assert box.receivers == ["hr@example.cn"]


def test_without_a_server_nothing_is_sent_and_nothing_said(office: Office) -> None:
    office.low()
    found = jobs.run(Progress(), {}, SYSTEM, NEAR)
    assert found == {"message": REMINDED, "params": {"sent": 1}}
    assert not_mailed() == 2


def test_a_setting_that_cannot_be_meant_does_not_keep_reminders_from_the_inbox(
    app: Flask, office: Office
) -> None:
    office.low()
    use_mail(app, free_port(), SMTP_SECURITY="ssl")
    with pytest.raises(DomainError, match="EVALSYS_SMTP_SECURITY"):
        run(NEAR)
    assert not_mailed() == 2


def test_no_address_reaches_a_log(
    office: Office, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    office.low()
    box.unknown = {"hr@example.cn"}
    with caplog.at_level(logging.DEBUG, "evalsys"):
        run(NOW)
    lines = [format_json(record) for record in caplog.records if record.name == "evalsys.mail"]
    assert len(lines) == 1
    assert '"code": 550' in lines[0]
    assert "example" not in lines[0]


def test_mails_are_in_the_language_of_the_installation(
    app: Flask, office: Office, box: Mailbox
) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    office.low()
    run(NEAR)
    head = box.raw[0].split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"Subject: =?utf-8?" in head
    assert box.mails[0]["Subject"].startswith("服务评价系统：")
    assert box.mails[0]["From"].addresses[0].display_name == app.config["ORGANISATION"]
    assert "科长约谈案 2026-001" in box.mails[0].get_content()
    assert "2026年12月8日" in box.mails[0].get_content()


def test_the_job_says_what_it_did(office: Office, box: Mailbox) -> None:
    office.low()
    job = start_job(SYSTEM, "cases.remind", {}, now=NEAR)
    assert job.state is JobState.DONE
    assert job.result is not None
    assert job.result["params"] == {"sent": 1, "mails": 1, "failed": 0}


def test_a_long_inbox_is_read_with_few_questions(office: Office, statements: list[str]) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            section = make_section()
            office.low_in(section, make_chief(section))
        assert remind(now=NEAR) == 4
        statements.clear()
        assert find_digest(office.hr.id, on=local_day(NEAR)) is not None
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8
