"""The encrypted row of a callback contact: number, person rated, result of the call.

A row shows its organ, its day and whether it is done. All rows have one length, empty ones too, so
that neither a row nor two copies of it show what changed.
"""

import json
from dataclasses import asdict, dataclass

from evalsys.core.sealing import cipher_for

PURPOSE = "call-back/v1"
LENGTH = 2048  # bytes of plain text


@dataclass(frozen=True)
class Contact:
    """A number to call, encrypted as in its ballot, and who was rated where.

    All None once it is no longer needed. `tried` is the number of calls, `tried_on` the ISO day of
    the last, `said` what the rater said, which is stored nowhere else.
    """

    phone: str | None = None
    staff_id: int | None = None
    section_id: int | None = None
    is_reached: bool = False
    tried: int = 0
    tried_on: str | None = None
    said: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is no number."""
        return self.phone is None


def seal_row(contact: Contact) -> bytes:
    """Encrypt a contact, padded to LENGTH, with a zero timestamp: ratings have no time."""
    body = json.dumps(asdict(contact), ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > LENGTH:
        raise ValueError("a contact is longer than its row")
    return cipher_for(PURPOSE).encrypt_at_time(body.ljust(LENGTH), 0)


def open_row(sealed: bytes) -> Contact:
    """Decrypt the result of `seal_row`. Raises InvalidToken under another secret key."""
    return Contact(**json.loads(cipher_for(PURPOSE).decrypt(sealed)))
