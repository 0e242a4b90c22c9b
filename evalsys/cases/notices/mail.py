"""Mail: settings, connection, message. The only module that imports smtplib.

docs/adr/0015-mail.md says what a mail may contain; jobs.py which are sent.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from enum import StrEnum

from flask import current_app

from evalsys.core.errors import N_, DomainError
from evalsys.foundation.accounts.rules import BadMail, clean_mail

TIMEOUT = 20  # seconds for each answer of the server
HIGHEST_PORT = 65_535
GO_ON = 354  # The reply to DATA.


class Security(StrEnum):
    """The transport security of the connection."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


@dataclass(frozen=True)
class MailServer:
    """The mail server. `user` is None without authentication."""

    host: str
    port: int
    security: Security
    user: str | None
    password: str
    sender: str


BAD_MAIL_SETTING = N_("%(name)s cannot be used: see docs/operations.md.")


class MailServerAway(DomainError):
    """The server could not be reached or rejected the login."""

    message = N_("The mail server cannot be used: %(why)s")


class MailRefused(DomainError):
    """The server rejected the mail: it may be sent again."""

    message = N_("The mail server did not take the mail: %(why)s")

    @property
    def code(self) -> int | None:
        """The reply code of the server (RFC 5321, 4.2), or None."""
        return getattr(self.__cause__, "smtp_code", None)


class MailUnclear(DomainError):
    """The connection broke after the whole mail was sent: it is not sent again."""

    message = N_("The mail server had the mail, but did not say whether it took it.")


def find_server() -> MailServer | None:
    """Return the configured server, or None. Raises DomainError."""
    config = current_app.config
    if not config["SMTP_HOST"]:
        return None
    try:
        security = Security(config["SMTP_SECURITY"])
    except ValueError:
        raise DomainError(BAD_MAIL_SETTING, name="EVALSYS_SMTP_SECURITY") from None
    port = config["SMTP_PORT"] or PORTS[security]
    if not isinstance(port, int) or not 1 <= port <= HIGHEST_PORT:
        raise DomainError(BAD_MAIL_SETTING, name="EVALSYS_SMTP_PORT")
    try:
        sender = clean_mail(str(config["MAIL_FROM"] or ""))
    except BadMail:
        raise DomainError(BAD_MAIL_SETTING, name="EVALSYS_MAIL_FROM") from None
    user, password = config["SMTP_USER"], config["SMTP_PASSWORD"]
    return MailServer(
        host=str(config["SMTP_HOST"]),
        port=port,
        security=security,
        user=str(user) if user else None,
        password="" if password is None else str(password),
        sender=sender,
    )


@contextmanager
def connected(server: MailServer, *, patience: int = TIMEOUT) -> Iterator[smtplib.SMTP]:
    """Yield a connection with a verified certificate. Raises MailServerAway."""
    try:
        smtp = _open(server, patience)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise MailServerAway(why=_why(error)) from error
    try:
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


def send_test(address: str, subject: str, body: str, *, now: datetime) -> None:
    """Send a test mail.

    Raises BadMail, DomainError, MailServerAway, MailRefused or MailUnclear.
    """
    server = find_server()
    if server is None:
        raise DomainError(N_("No mail server is set up: EVALSYS_SMTP_HOST is empty."))
    message = compose(server, clean_mail(address), subject, body, now)
    with connected(server) as smtp:
        deliver(smtp, message)


def check_server(server: MailServer, *, patience: int = TIMEOUT) -> None:
    """Test connection and login; `patience` as TIMEOUT. Raises MailServerAway."""
    with connected(server, patience=patience):
        pass


def compose(server: MailServer, to: str, subject: str, body: str, now: datetime) -> EmailMessage:
    """Return a plain-text mail, safe against header injection."""
    message = EmailMessage(policy=SMTP)
    organisation = " ".join(str(current_app.config["ORGANISATION"]).split())
    message["From"] = Address(organisation, addr_spec=server.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=server.sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # Suppresses out-of-office replies.
    message.set_content(body, cte="base64")  # Safe for any server and line length.
    return message


def deliver(smtp: smtplib.SMTP, message: EmailMessage) -> None:
    """Send a mail. Raises MailRefused or MailUnclear.

    Step by step, because smtplib does not tell whether the server had the whole mail when a
    connection broke: before that it can be sent again, after that it might arrive twice.
    """
    try:
        _expect(smtp.mail(message["From"].addresses[0].addr_spec))
        _expect(smtp.rcpt(message["To"].addresses[0].addr_spec))
        _expect(smtp.docmd("DATA"), GO_ON)
        smtp.send(re.sub(rb"(?m)^\.", b"..", message.as_bytes()) + b".\r\n")
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(why=_why(error)) from error
    try:
        answer = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnclear from error
    try:
        _expect(answer)
    except smtplib.SMTPResponseException as error:
        raise MailRefused(why=_why(error)) from error


def _open(server: MailServer, patience: int) -> smtplib.SMTP:
    closed = ssl.create_default_context()
    if server.security is Security.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=patience, context=closed
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=patience)
    try:
        if server.security is Security.STARTTLS:
            smtp.starttls(context=closed)  # Raises if refused: never falls back to plain text.
        smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            smtp.login(server.user, server.password)
        _expect(smtp.noop())
    except BaseException:
        smtp.close()
        raise
    return smtp


def _expect(answer: tuple[int, bytes], code: int = 250) -> None:
    """Raise SMTPResponseException unless the reply is positive (RFC 5321, 4.2.1)."""
    if answer[0] // 100 != code // 100:
        raise smtplib.SMTPResponseException(*answer)


def _why(error: Exception) -> str:
    """Return the reply of the server or the network error, for operators."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        return f"{error.smtp_code} {' '.join(text.split())[:200]}"
    return f"{type(error).__name__}: {error}"[:200]
