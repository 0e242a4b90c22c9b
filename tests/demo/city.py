"""The demo city of a Tuesday in November, loaded once for all tests of a process that read it."""

from datetime import UTC, date, datetime

import time_machine

from evalsys.demo.service import DemoCity, load_demo
from tests.remembered import remembered

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def demo_city() -> DemoCity:
    """Fill an empty database with the demo city."""
    with time_machine.travel(NOW, tick=False):
        return _load()


@remembered
def _load() -> DemoCity:
    return load_demo(seed=1, now=NOW, on=TODAY, report=lambda _line: None)
