"""Signed tokens of the window screens; the server stores none. Pure.

A screen has a permanent address (a display). It shows a slot: the code of one queued event, valid
for this minute and the next.
"""

import hmac

from evalsys.ratings.ballots.rules import StaleSlot

SLOT_SECONDS = 60
MAC_BYTES = 10
ID_BYTES = 5


def write_slot(key: bytes, turn_id: int, epoch: int) -> str:
    """Return the token of an event in the minute of `epoch` (seconds)."""
    minute = epoch // SLOT_SECONDS
    return _signed(key, b"slot/v2\0", minute.to_bytes(ID_BYTES) + turn_id.to_bytes(ID_BYTES))


def read_slot(key: bytes, token: str, epoch: int, grace: int = 0) -> int:
    """Return the turn of a token of this minute or the last. Raises StaleSlot.

    `grace` are further minutes, for whoever scanned in time and reads before the tap.
    """
    body = _checked(key, b"slot/v2\0", token)
    if not 0 <= epoch // SLOT_SECONDS - int.from_bytes(body[:ID_BYTES]) <= 1 + grace:
        raise StaleSlot
    return int.from_bytes(body[ID_BYTES:])


def write_display(key: bytes, staff_id: int) -> str:
    """Return the token in the address of a person's screen."""
    return _signed(key, b"display/v1\0", staff_id.to_bytes(ID_BYTES))


def read_display(key: bytes, token: str) -> int:
    """Return the staff id of a screen's address. Raises StaleSlot."""
    return int.from_bytes(_checked(key, b"display/v1\0", token))


def _signed(key: bytes, kind: bytes, body: bytes) -> str:
    return (body + hmac.digest(key, kind + body, "sha256")[:MAC_BYTES]).hex()


def _checked(key: bytes, kind: bytes, token: str) -> bytes:
    try:
        raw = bytes.fromhex(token)
    except ValueError:
        raise StaleSlot from None
    body = raw[:-MAC_BYTES]
    if not hmac.compare_digest(raw.hex(), _signed(key, kind, body)):
        raise StaleSlot
    return body
