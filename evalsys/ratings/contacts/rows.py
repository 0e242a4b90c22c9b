"""What lies sealed in the row of a number to call back: whose, about whom, and how the call went.

A row shows its organ, its day and whether it is done. All rows are equally long, an empty one too:
neither a row nor two copies of it say what changed.
"""

import json
from dataclasses import asdict, dataclass

from evalsys.core.sealing import cipher_for

PURPOSE = "call-back/v1"
LENGTH = 2048  # bytes of what is sealed


@dataclass(frozen=True)
class Contact:
    """A number to call, still sealed as in its ballot, and who was rated where.

    None once nobody asks for it any more. `tried` is how often it was called, `tried_on` the ISO
    day of the last time, `said` what the rater said: this stands here and nowhere else.
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
        """Whether there is no number (any more)."""
        return self.phone is None


def seal_row(contact: Contact) -> bytes:
    """Encrypt a contact, always at one length. The time inside is zero: a rating has none."""
    body = json.dumps(asdict(contact), ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > LENGTH:
        raise ValueError("a contact is longer than its row")
    return cipher_for(PURPOSE).encrypt_at_time(body.ljust(LENGTH), 0)


def open_row(sealed: bytes) -> Contact:
    """Decrypt what `seal_row` made. Raises InvalidToken under another secret key."""
    return Contact(**json.loads(cipher_for(PURPOSE).decrypt(sealed)))
