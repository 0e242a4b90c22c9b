"""Sending the code of an address. The address is stored nowhere, and in no log."""

import contextlib
import hashlib
import logging
from datetime import datetime

from flask_babel import gettext as _
from limits import RateLimitItemPerHour
from limits.errors import StorageError

from evalsys.cases.notices.mail import (
    MailRefused,
    MailServer,
    MailServerAway,
    MailUnclear,
    compose,
    connected,
    deliver,
    find_server,
)
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import limiter
from evalsys.core.pages import day_words
from evalsys.foundation.accounts.rules import clean_mail
from evalsys.ratings.tickets.rules.codes import grouped, write_code
from evalsys.reform.consultations.models import Consultation
from evalsys.reform.consultations.rules.codes import mailed_code, plain_address
from evalsys.reform.consultations.service import code_key

EACH = RateLimitItemPerHour(3)  # mails to one address
ALL = RateLimitItemPerHour(500)
TOO_MANY = N_("Too many codes are asked for at the moment. Please come back in an hour.")
NO_MAIL = N_("No mail can be sent from here at the moment.")
WAIT, AWAY = 429, 503  # statuses
log = logging.getLogger("evalsys.mail")


def has_mail() -> bool:
    """Return whether codes can be sent."""
    return _find_server() is not None


def _find_server() -> MailServer | None:
    """Return the server; None for settings that cannot be used, which are no citizen's matter."""
    try:
        return find_server()
    except DomainError as error:
        log.warning("codes of opinions cannot be sent: %s", error)
        return None


def send_code(consultation: Consultation, address: str, *, now: datetime) -> None:
    """Send the code of an address. Raises BadMail, or DomainError if nothing can be sent at all.

    It says nothing of the address: neither whether the server knows it, nor whether somebody asked
    for its code before. Who waits for a mail in vain is told what to do on the page.
    """
    server, to = _find_server(), clean_mail(address)
    if server is None:
        raise DomainError(NO_MAIL)
    message = compose(server, to, _("Your code for an opinion"), _body(consultation, to), now)
    try:
        with connected(server) as smtp:
            if _counts(plain_address(to)):
                deliver(smtp, message)
    except MailServerAway as error:
        log.warning("codes of opinions cannot be sent: %s", error)
        raise DomainError(NO_MAIL, status=AWAY) from error
    except MailRefused as error:
        log.warning("the code of an opinion was not taken by the mail server: %s", error.code)
    except MailUnclear:
        log.warning("the code of an opinion may not have been taken by the mail server")


def _body(consultation: Consultation, to: str) -> str:
    words = _(
        "Somebody asked for a code to give an opinion on “%(title)s”.\n\n%(code)s\n\nCopy it into "
        "the page of the consultation until %(day)s. It counts once. If that was not you, nothing "
        "is to be done: we keep no address.",
        title=consultation.title,
        code=grouped(write_code(mailed_code(code_key(), consultation.id, to))),
        day=day_words(consultation.closes_on),
    )
    return str(words)


def _counts(address: str) -> bool:
    """Count a mail; return whether the address may have another. Raises DomainError."""
    if not limiter.enabled:
        return True
    name = hashlib.sha256(b"consultation mail/v1\0" + address.encode()).hexdigest()
    hit = limiter.limiter.hit
    with contextlib.suppress(StorageError):
        if not hit(ALL, "consultation"):
            raise DomainError(TOO_MANY, status=WAIT)
        return hit(EACH, "consultation", name)
    return True
