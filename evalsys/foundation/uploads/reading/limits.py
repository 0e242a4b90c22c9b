"""What a stranger's file may cost."""

from dataclasses import dataclass, replace

MIB = 1 << 20
IN_A_REQUEST = 5  # seconds of processor


@dataclass(frozen=True)
class Limits:
    """What a file may cost. `seconds` are of processor time; sizes are bytes.

    `answer` is how much the reader may hand over of what it found, however small the file.
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
    def in_a_request(self) -> "Limits":
        """The same for somebody who waits for the page."""
        return replace(self, seconds=min(self.seconds, IN_A_REQUEST))


SMALL = Limits()
