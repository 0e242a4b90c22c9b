"""A real mail server on this machine, which keeps what it is given."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from tests.databases import free_port

HERE = "127.0.0.1"
SENDER = "evalsys@gov.example.cn"
USER, PASSWORD = "evalsys", "1e5 is no number"


class Mailbox:
    """What the server was given, and how it behaves."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.given: list[tuple[str, list[str]]] = []
        self.unknown: set[str] = set()
        self.is_full = False
        self.is_dying = False
        self.sessions = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails in the order in which they came."""
        found = [message_from_bytes(raw, policy=default) for raw in self.raw]
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    @property
    def receivers(self) -> list[str]:
        """To whom they went, in that order."""
        return [address for _sender, addresses in self.given for address in addresses]

    async def handle_MAIL(  # noqa: N802  # Named by the library.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions += 1
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return f"550 5.1.1 {address}: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.is_full:
            return "452 4.3.1 no room"
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        self.given.append((str(envelope.mail_from), [str(one) for one in envelope.rcpt_tos]))
        if self.is_dying:  # It has the mail and never says so.
            assert server.transport is not None
            server.transport.close()
        return "250 OK"


@contextmanager
def mail_server(*, hostname: str = HERE, **options: Any) -> Iterator[tuple[Mailbox, int]]:
    """Start a server and stop it at last; give its mailbox and its port."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname=hostname, port=port, **options)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def use_mail(app: Flask, port: int, **settings: object) -> None:
    """Let an application send its mails to a server of this machine."""
    plain = {"SMTP_HOST": HERE, "SMTP_PORT": port, "SMTP_SECURITY": "none", "MAIL_FROM": SENDER}
    app.config.update({**plain, **settings})


def let_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    """Accept the one account that the server has."""
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == right, handled=False)


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for this machine that it signs itself; give the server's side and it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail server of a test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HERE))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, public
