"""Requests of citizens, counted by the hour: a line of its own would give a ballot a time."""

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

HOUR = 3600  # seconds


class Request(NamedTuple):
    """What a counted request was: its method, the rule of its route, the status of the answer."""

    method: str
    route: str | None
    status: int


def hour_of(moment: float) -> str:
    """Return the hour of a moment (seconds since 1970), UTC: 2026-11-24T10Z."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%HZ}"


class Hours:
    """The counts of the present hour in this process. Those of a process that ends are lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hour, self._began = "", 0.0
        self._counts: Counter[Request] = Counter()

    def note(self, request: Request) -> None:
        """Count a request into the hour that runs."""
        with self._lock:
            self._counts[request] += 1

    def finish(self, moment: float) -> tuple[str, Counter[Request]]:
        """Return the hour that is over with its counts, if there is one, and begin the next."""
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
