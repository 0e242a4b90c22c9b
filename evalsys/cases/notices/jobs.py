"""The background work of cases: reminders in the inbox and by mail, each working day."""

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

MOST_SILENCES = 3  # In a row: then the server would let the others wait as well.

log = logging.getLogger("evalsys.mail")


@dataclass
class Sent:
    """How many mails a run has sent, and how many people could not be told."""

    mails: int = 0
    failed: int = 0


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Remind whoever has to act, in the inbox and by mail. Started again, it repeats nothing."""
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
    """Tell everybody who gave an address what is new in their inbox, in office hours only.

    Each notice is claimed in the database before its mail is sent, so that runs at the same time
    send it once. What the server did not take is given back, for the next run.
    """
    began, sent, silences = time.monotonic(), Sent(), 0
    waiting = list_waiting()
    progress.begin(len(waiting), N_("Mails"))
    for place, user_id in enumerate(waiting):
        moment = now + timedelta(seconds=time.monotonic() - began)
        if not is_office_time(moment):  # What a slow server leaves over comes in the morning.
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
    """Send somebody their mail; return 1, or 0 if there is nothing to tell any more."""
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
    """Log that a mail was not sent, without a word that could hold an address."""
    cause = type(error.__cause__).__name__
    code = getattr(error.__cause__, "smtp_code", None)
    log.warning("no mail", extra={"kind": type(error).__name__, "cause": cause, "code": code})
