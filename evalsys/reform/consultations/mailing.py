"""Sending the code of an address. The address is stored nowhere, and in no log."""

import contextlib
import hashlib
from datetime import datetime

from flask_babel import gettext as _
from limits import RateLimitItemPerHour
from limits.errors import StorageError

from evalsys.cases.notices.mail import compose, connected, deliver, find_server
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
TOO_MANY = N_("The code was sent several times. Look into the folder for spam, or wait an hour.")
WAIT = 429  # status


def has_mail() -> bool:
    """Return whether codes can be sent."""
    return find_server() is not None


def send_code(consultation: Consultation, address: str, *, now: datetime) -> None:
    """Send the code of an address. Raises BadMail or DomainError."""
    server, to = find_server(), clean_mail(address)
    if server is None:
        raise DomainError(N_("No mail can be sent from here at the moment."))
    _count(plain_address(to))
    code = grouped(write_code(mailed_code(code_key(), consultation.id, to)))
    subject = _("Your code for an opinion")
    body = _(
        "Somebody asked for a code to give an opinion on “%(title)s”.\n\n%(code)s\n\nCopy it into "
        "the page of the consultation until %(day)s. It counts once. If that was not you, nothing "
        "is to be done: we keep no address.",
        title=consultation.title,
        code=code,
        day=day_words(consultation.closes_on),
    )
    with connected(server) as smtp:
        deliver(smtp, compose(server, to, subject, body, now))


def _count(address: str) -> None:
    """Count a mail. Raises DomainError."""
    if not limiter.enabled:
        return
    name = hashlib.sha256(b"consultation mail/v1\0" + address.encode()).hexdigest()
    with contextlib.suppress(StorageError):
        hit = limiter.limiter.hit
        if not (hit(EACH, "consultation", name) and hit(ALL, "consultation")):
            raise DomainError(TOO_MANY, status=WAIT)
