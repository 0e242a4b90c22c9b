"""Resource limits for parsing a file."""

from dataclasses import dataclass, replace

MIB = 1 << 20
IN_A_REQUEST = 5  # seconds of processor


@dataclass(frozen=True)
class ReadLimits:
    """Resource limits. `seconds` are of processor time; sizes are in bytes.

    `answer` limits the output of the child process.
    """

    size: int = 5 * MIB
    unzipped: int = 50 * MIB
    answer: int = 16 * MIB
    parts: int = 500
    rows: int = 20_000
    columns: int = 100
    memory: int = 1024 * MIB
    seconds: int = 20

    @property
    def in_a_request(self) -> "ReadLimits":
        """The same limits with less processor time, for a request."""
        return replace(self, seconds=min(self.seconds, IN_A_REQUEST))


SMALL = ReadLimits()
