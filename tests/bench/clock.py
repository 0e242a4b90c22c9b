"""Seconds of this program's processor, since the machine is shared, and real ones beside them.

On PostgreSQL the work of the server is in the real ones only.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Took:
    """Seconds of the processor, and real ones, of a piece of work."""

    processor: float = 0.0
    real: float = 0.0

    def __str__(self) -> str:
        return f"{self.processor:7.2f} s of processor, {self.real:7.2f} s"


@contextmanager
def timed() -> Iterator[Took]:
    """Time what is done inside."""
    took, processor, real = Took(), time.process_time(), time.perf_counter()
    yield took
    took.processor, took.real = time.process_time() - processor, time.perf_counter() - real
