"""Limits of concurrent parsing: one file per account, two per server.

File locks end with their process, so that a killed worker blocks no account.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import current_app

from evalsys.core.errors import N_, DomainError
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress

AT_A_TIME = 2
LOOK_EVERY = 0.5  # seconds between two polls of a job for a free slot


class UploadRunning(DomainError):
    """Another file of the account is being read."""

    status = 429
    message = N_(
        "Another file of yours is being read. Wait until it is checked, then send this one again."
    )


class ServerReading(DomainError):
    """All slots of the server are in use."""

    status = 429
    message = N_(
        "Two other files are being read at the moment. Nothing was stored: send yours again in a "
        "minute."
    )


@contextmanager
def upload_slot(actor: Actor) -> Iterator[None]:
    """Hold the slot of an account and one of the server while a request parses a file.

    Raises UploadRunning or ServerReading.
    """
    with ExitStack() as held:
        if not _lock(held, f"account-{actor.user_id}"):
            raise UploadRunning
        if not _take_slot(held):
            raise ServerReading
        yield


@contextmanager
def wait_for_slot(progress: Progress) -> Iterator[None]:
    """Wait for a slot of the server, in a job. Raises Cancelled."""
    with ExitStack() as held:
        while not _take_slot(held):
            time.sleep(LOOK_EVERY)
            progress.advance(0)
        yield


def _take_slot(held: ExitStack) -> bool:
    return any(_lock(held, f"slot-{number}") for number in range(AT_A_TIME))


def _lock(held: ExitStack, name: str) -> bool:
    """Hold a file lock until `held` is closed; return False if it is taken."""
    folder = Path(current_app.config["DATA_DIR"]) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = (folder / f"{name}.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    held.enter_context(file)
    return True
