"""Notices by mail, against a real mail server: who is told what, when, and how often."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from evalsys.accounts.models import User
from evalsys.cases import jobs
from evalsys.cases.deadlines import agree_change, ask_change
from evalsys.cases.digests import claim_digest
from evalsys.cases.mail import BadMailSetting
from evalsys.cases.models import CaseFile, ChangeKind, Deadline, Notice
from evalsys.cases.notices import deadline_key, remind
from evalsys.cases.receipts import mark_read
from evalsys.cases.service import take_step
from evalsys.cases.terms import Light
from evalsys.chiefs.service import take_up_low_score
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.jobs.handlers import Progress
from evalsys.jobs.rules import JobState
from evalsys.jobs.service import start_job
from evalsys.jobs.worker import keep_schedule
from evalsys.operations.logs import format_json
from evalsys.org.models import Section, Staff
from tests.cases.mailbox import SENDER, Mailbox, mail_server, use_mail
from tests.databases import free_port
from tests.factories import make_chief, make_leader, make_policy, make_section, make_user, save
from tests.jobs.conftest import until

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 9:00 in Shanghai, a Tuesday.
TOMORROW = NOW + timedelta(days=1)
NEAR = datetime(2026, 12, 7, 1, tzinfo=UTC)  # One working day before verify_low_wd ends.
REMINDED = "%(sent)s reminders were sent."


class Office:
    """A section with its chief and leader, and a personnel officer who has given an address."""

    def __init__(self) -> None:
        make_policy()
        self.section = make_section()
        self.chief = make_chief(self.section)
        self.leader = make_user(Role.LEADER, staff_id=make_leader(self.section).id)
        self.hr = self.officer("hr@example.cn")

    def officer(self, address: str | None) -> User:
        return make_user(Role.HR, mail_address=address)

    def low(self) -> CaseFile:
        """A case whose first step is the personnel office's, due on 8 December."""
        return self.low_in(self.section, self.chief)

    def low_in(self, section: Section, chief: Staff) -> CaseFile:
        with unit_of_work(self.hr.actor) as unit:
            unit.record(Action.CASE_OPEN, "closing")
            return take_up_low_score(unit, section, chief, {"period": "2026-Q2"}, now=NOW)


@pytest.fixture
def office(app: Flask) -> Office:
    return Office()


@pytest.fixture
def box(app: Flask) -> Iterator[Mailbox]:
    with mail_server() as (box, port):
        use_mail(app, port)
        yield box


def run(now: datetime) -> dict[str, int]:
    """Run the job; return its figures."""
    params: dict[str, int] = jobs.run(Progress(), {}, SYSTEM, now)["params"]
    return params


def not_mailed() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Notice).where(Notice.mailed_at.is_(None))).all())


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
    take_step(office.hr.actor, case.id, "verify", {"finding": "多次投诉属实"}, now=NOW)
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
        save(Notice(user_id=office.hr.id, case=case, key=f"k{number}", subject="moved", at=NOW))
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
    take_step(office.hr.actor, case.id, "verify", {"finding": "属实"}, now=NEAR)
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
    began = time.monotonic()
    assert run(NOW) == {"sent": 0, "mails": 0, "failed": 4}
    assert time.monotonic() - began < 5
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
    row = {"user_id": office.hr.id, "case_id": case.id, "subject": "light_y", "at": NEAR}
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
    with pytest.raises(BadMailSetting, match="EVALSYS_SMTP_SECURITY"):
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
    assert "处长约谈案 2026-001" in box.mails[0].get_content()
    assert "2026年12月8日" in box.mails[0].get_content()


def test_the_job_says_what_it_did(office: Office, box: Mailbox) -> None:
    office.low()
    job = start_job(SYSTEM, "cases.remind", {}, now=NEAR)
    assert job.state is JobState.DONE
    assert job.result is not None
    assert job.result["params"] == {"sent": 1, "mails": 1, "failed": 0}
