"""The way to the mail server: settings, encryption, sign-in, and the command that tries them."""

import re
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from evalsys.cases.notices.mail import (
    MailRefused,
    MailServer,
    MailServerAway,
    Security,
    check_server,
    compose,
    connected,
    deliver,
    find_server,
)
from evalsys.core.errors import DomainError
from evalsys.operations.checks import Grade, examine
from tests.cases.mailbox import (
    HERE,
    PASSWORD,
    SENDER,
    USER,
    let_in,
    mail_server,
    make_certificate,
    use_mail,
)
from tests.databases import free_port

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
ADDRESS = "zhou.min@example.cn"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side of a certificate that this machine trusts."""
    context, public = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    return context


def get_server() -> MailServer:
    server = find_server()
    assert server is not None
    return server


def send(to: str = ADDRESS, subject: str = "s", body: str = "b") -> None:
    server = get_server()
    with connected(server) as smtp:
        deliver(smtp, compose(server, to, subject, body, NOW))


def test_without_a_host_there_is_no_server(app: Flask) -> None:
    assert find_server() is None


@pytest.mark.parametrize(("security", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_the_port_is_the_usual_one_of_the_security(app: Flask, security: str, port: int) -> None:
    app.config.update(SMTP_HOST="mail.example.cn", SMTP_SECURITY=security, MAIL_FROM=SENDER)
    assert get_server().port == port


def test_encryption_is_the_default(app: Flask) -> None:
    app.config.update(SMTP_HOST="mail.example.cn", MAIL_FROM=SENDER)
    assert get_server().security is Security.STARTTLS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_SECURITY", "ssl"),
        ("SMTP_SECURITY", None),
        ("SMTP_PORT", "smtp"),
        ("SMTP_PORT", 70_000),
        ("MAIL_FROM", None),
        ("MAIL_FROM", "evalsys"),
        ("MAIL_FROM", "a@example.cn\nBcc: b@example.cn"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(app: Flask, name: str, value: object) -> None:
    use_mail(app, 25, **{name: value})
    with pytest.raises(DomainError, match=f"EVALSYS_{name}"):
        find_server()


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    settings = {
        "EVALSYS_SECRET_KEY": "x",
        "EVALSYS_SMTP_HOST": "mail.example.cn",
        "EVALSYS_SMTP_PORT": "2525",
        "EVALSYS_SMTP_SECURITY": "none",
        "EVALSYS_SMTP_USER": "10001",
        "EVALSYS_SMTP_PASSWORD": '"1e5"',
        "EVALSYS_MAIL_FROM": SENDER,
    }
    words = (
        "from evalsys import create_app\n"
        "from evalsys.cases.notices.mail import find_server\n"
        "with create_app().app_context(): print(find_server())"
    )
    root = Path(__file__).parents[3]
    found = subprocess.run(
        [sys.executable, "-c", words], cwd=root, env=settings, capture_output=True, check=True
    )
    server = MailServer("mail.example.cn", 2525, Security.NONE, "10001", "1e5", SENDER)
    assert found.stdout.decode().strip() == str(server)


def test_a_text_stays_what_it_was(app: Flask) -> None:
    body = ".\r\n..\r\n汉字 " + "长" * 2000 + "\r\n.\r\nQUIT\r\n"
    with mail_server() as (box, port):
        use_mail(app, port)
        send(body=body)
    assert box.mails[0].get_content() == body
    assert box.raw[0].isascii()
    assert max(map(len, box.raw[0].splitlines())) <= 998


def test_nothing_begins_a_second_header(app: Flask) -> None:
    app.config["ORGANISATION"] = "云州\r\nBcc: other@example.cn"
    with mail_server() as (box, port):
        use_mail(app, port)
        send(subject="新\r\nBcc: other@example.cn\r\n\r\nbody")
        with pytest.raises(ValueError, match=r"(?i)invalid"):
            send(to="a@example.cn\r\nBcc: other@example.cn")
    [mail] = box.mails
    assert mail["Bcc"] is None
    assert box.receivers == [ADDRESS]
    assert mail.get_content() == "b\r\n"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_way_with_a_sign_in(
    app: Flask, certificate: ssl.SSLContext, security: str
) -> None:
    side = "tls_context" if security == "starttls" else "ssl_context"
    only = {"require_starttls": True} if security == "starttls" else {"auth_require_tls": False}
    options: dict[str, Any] = {side: certificate, "authenticator": let_in, **only}
    with mail_server(**options) as (box, port):
        use_mail(app, port, SMTP_SECURITY=security, SMTP_USER=USER, SMTP_PASSWORD=PASSWORD)
        send()
        assert box.receivers == [ADDRESS]
        app.config["SMTP_PASSWORD"] = "wrong"
        with pytest.raises(MailServerAway, match="535"):
            send()
    assert len(box.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_cannot_prove_who_it_is_gets_no_password(
    app: Flask, tmp_path: Path, security: str
) -> None:
    context, _public = make_certificate(tmp_path)
    side = "tls_context" if security == "starttls" else "ssl_context"
    options: dict[str, Any] = {side: context, "authenticator": let_in}
    with mail_server(**options) as (box, port):
        use_mail(app, port, SMTP_SECURITY=security, SMTP_USER=USER, SMTP_PASSWORD=PASSWORD)
        with pytest.raises(MailServerAway, match="CERTIFICATE_VERIFY_FAILED"):
            send()
    assert box.mails == []


def test_a_server_without_encryption_gets_nothing_in_the_open(app: Flask) -> None:
    with mail_server() as (box, port):
        use_mail(app, port, SMTP_SECURITY="starttls")
        with pytest.raises(MailServerAway, match="STARTTLS"):
            send()
    assert box.mails == []


def test_a_refusal_says_what_the_server_said(app: Flask) -> None:
    with mail_server() as (box, port):
        use_mail(app, port)
        box.unknown = {ADDRESS}
        with pytest.raises(MailRefused, match=r"550 5\.1\.1"):
            send()


@time_machine.travel(NOW, tick=False)
def test_the_command_sends_a_test_mail_at_any_time(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    with mail_server() as (box, port):
        use_mail(app, port)
        answer = run(args=["cases", "mail-test", ADDRESS])
        assert answer.exit_code == 0
        assert ADDRESS in answer.output
        assert box.receivers == [ADDRESS]
        assert "This is a test." in box.mails[0].get_content()
        box.unknown = {ADDRESS}
        refused = run(args=["cases", "mail-test", ADDRESS])
    assert refused.exit_code == 1
    assert "550 5.1.1" in refused.output


def test_the_command_says_what_is_missing(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    nothing = run(args=["cases", "mail-test", ADDRESS])
    assert (nothing.exit_code, "EVALSYS_SMTP_HOST" in nothing.output) == (1, True)
    use_mail(app, free_port())
    away = run(args=["cases", "mail-test", ADDRESS])
    assert (away.exit_code, "refused" in away.output) == (1, True)
    bad = run(args=["cases", "mail-test", "nobody"])
    assert (bad.exit_code, "not a mail address" in bad.output) == (1, True)
    assert run(args=["cases", "mail-test"]).exit_code == 2


def test_a_look_at_the_server_sends_nothing(app: Flask) -> None:
    with mail_server() as (box, port):
        use_mail(app, port)
        check_server(get_server())
    assert box.mails == []
    with pytest.raises(MailServerAway):
        check_server(get_server())


def findings() -> list[tuple[Grade, str]]:
    words = re.compile("(?i)mail")
    return [(one.grade, one.words) for one in examine(NOW) if words.search(one.words)]


def test_the_doctor_says_whether_mail_works(app: Flask) -> None:
    assert [grade for grade, _words in findings()] == [Grade.OK]
    with mail_server() as (_box, port):
        use_mail(app, port)
        assert findings() == [(Grade.OK, f"The mail server {HERE} answers")]
    [(grade, words)] = findings()
    assert (grade, "cannot be used" in words) == (Grade.PROBLEM, True)
    use_mail(app, port, MAIL_FROM="")
    assert findings() == [
        (Grade.PROBLEM, "EVALSYS_MAIL_FROM cannot be used: see docs/operations.md.")
    ]


def test_the_doctor_warns_of_an_open_way_to_another_machine(app: Flask) -> None:
    with mail_server(hostname="127.0.0.2") as (_box, port):
        use_mail(app, port, SMTP_HOST="127.0.0.2")
        (_ok, answers), (grade, words) = findings()
    assert "127.0.0.2 answers" in answers
    assert (grade, "in the open" in words) == (Grade.WARNING, True)
