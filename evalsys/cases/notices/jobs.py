"""The daily job of reminders, in the inbox and by mail."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evalsys.cases.engine.words import mail_words
from evalsys.cases.notices.digests import claim_digest, find_digest, give_back, list_waiting
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
from evalsys.cases.notices.service import is_office_time, remind
from evalsys.core.errors import N_, DomainError
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress

MOST_SILENCES = 3  # consecutive timeouts after which a run stops

log = logging.getLogger("evalsys.mail")


@dataclass
class Sent:
    """The mails sent in a run, and the accounts that could not be mailed."""

    mails: int = 0
    failed: int = 0


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Send reminders in the inbox and by mail. A restarted job repeats nothing."""
    reminders = remind(now=now)
    server = find_server()
    if server is None:
        return {"message": N_("%(sent)s reminders were sent."), "params": {"sent": reminders}}
    sent = send_mails(server, progress, now=now)
    return {
        "message": N_("%(sent)s reminders were sent. Mails: %(mails)s sent, %(failed)s failed."),
        "params": {"sent": reminders, "mails": sent.mails, "failed": sent.failed},
    }


def send_mails(server: MailServer, progress: Progress, *, now: datetime) -> Sent:
    """Mail every account its new notices, in office hours only.

    Notices are claimed in the database before their mail is sent, so that concurrent runs send them
    once. Refused mails are released for the next run.
    """
    began, sent, silences = time.monotonic(), Sent(), 0
    waiting = list_waiting()
    progress.begin(len(waiting), N_("Mails"))
    for place, user_id in enumerate(waiting):
        moment = now + timedelta(seconds=time.monotonic() - began)
        if not is_office_time(moment):  # The rest is sent in the morning.
            break
        try:
            sent.mails += _send_one(server, user_id, moment)
            silences = 0
        except (MailServerAway, MailRefused, MailUnclear) as error:
            _note(error)
            silences = 0 if isinstance(error, MailRefused) and error.code else silences + 1
            if isinstance(error, MailServerAway) or silences == MOST_SILENCES:
                sent.failed += len(waiting) - place
                break
            sent.failed += 1
        progress.advance()
    return sent


def _send_one(server: MailServer, user_id: int, now: datetime) -> int:
    """Mail one account; return 1, or 0 if there is nothing left to send."""
    if find_digest(user_id, on=local_day(now)) is None:
        return 0
    with connected(server) as smtp:
        digest = claim_digest(user_id, now=now)
        if digest is None:
            return 0
        try:
            deliver(smtp, compose(server, digest.address, *mail_words(digest), now))
        except MailUnclear:
            raise
        except Exception:
            give_back(digest)
            raise
    return 1


def _note(error: DomainError) -> None:
    """Log a failed mail without text that could contain an address."""
    cause = type(error.__cause__).__name__
    code = getattr(error.__cause__, "smtp_code", None)
    log.warning("no mail", extra={"kind": type(error).__name__, "cause": cause, "code": code})
