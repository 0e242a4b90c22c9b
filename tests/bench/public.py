"""(e) The public page under a whole city's eyes, and the ballots handed in beside it."""

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from evalsys.core.permissions import Role
from evalsys.results.closing.service import publish
from tests.bench.closing import CLOSED_AT
from tests.bench.imports import GOOD, submit
from tests.bench.load import Load, send
from tests.factories import make_user
from tests.servers import serve

SECONDS, PAUSE, PAGES = 10.0, 0.1, 40_000


@dataclass(frozen=True)
class Read:
    """What readers and raters noticed of each other: the longest wait of a ballot in ms."""

    pages: Load
    ballots: int
    failed: int
    longest: float
    median: float


def measure(code: str, settings: dict[str, str], codes: Sequence[str]) -> Read:
    """Publish a closed period, send its public page as fast as it goes, ballots beside it."""
    publish(make_user(Role.LEADER).actor, code, now=CLOSED_AT)
    page = f"GET /results/{code} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    with serve(settings, is_prepared=False) as server:
        send(server.port, [page] * 400, SECONDS)  # Each process draws it once.
        waits: list[float] = []
        failures: list[int] = []
        ended = threading.Event()
        rater = threading.Thread(target=_rate, args=(server.port, codes, ended, waits, failures))
        rater.start()
        pages = send(server.port, [page] * PAGES, SECONDS)
        ended.set()
        rater.join()
    return Read(
        pages, len(waits), len(failures), max(waits) * 1000, statistics.median(waits) * 1000
    )


def _rate(
    port: int,
    codes: Sequence[str],
    ended: threading.Event,
    waits: list[float],
    failures: list[int],
) -> None:
    for code in codes:
        if ended.wait(PAUSE):
            return
        asked = time.perf_counter()
        status = submit(port, code)
        waits.append(time.perf_counter() - asked)
        if status not in GOOD:
            failures.append(status)
