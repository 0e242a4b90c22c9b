"""Citizens' requests counted by the hour: a log line for each would give a ballot a time."""

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

HOUR = 3600  # seconds


class Request(NamedTuple):
    """The key of a counter: method, URL rule, status of the response."""

    method: str
    route: str | None
    status: int


def hour_of(moment: float) -> str:
    """Return the UTC hour of a Unix time in seconds: 2026-11-24T10Z."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%HZ}"


class Hours:
    """The counters of the current hour in this process. They are lost when the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hour, self._began = "", 0.0
        self._counts: Counter[Request] = Counter()

    def note(self, request: Request) -> None:
        """Count a request in the current hour."""
        with self._lock:
            self._counts[request] += 1

    def finish(self, moment: float) -> tuple[str, Counter[Request]]:
        """Return the past hour with its counts once it is over; no counts before that."""
        if self._began <= moment < self._began + HOUR:
            return self._hour, Counter()
        hour = hour_of(moment)
        with self._lock:
            if hour == self._hour:
                return hour, Counter()
            over, counts = self._hour, self._counts
            self._hour, self._counts = hour, Counter()
            self._began = moment // HOUR * HOUR
        return over, counts
