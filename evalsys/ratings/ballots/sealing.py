"""Encryption of waiting ballots: neither the intake nor a copy reveals their content.

The key is derived from the installation's secret key and is in no database, backup or write-ahead
log. A row is looked up by a keyed hash of the ballot's id, which only the holder of the ticket
knows. See docs/adr/0022.
"""

import functools
import hmac
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from evalsys.core.sealing import derive
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.ballots.rules import LOWEST_GOOD, MOST_REPLACED

NONCE = 12  # bytes
MARK = 16  # bytes of the authentication tag
NAME = 16  # bytes of a row's name
# Padded lengths in bytes: a ballot without comment, with a short one, with the longest.
LENGTHS = (768, 2048, 8192)
# Masked counts start here; the plain ones of earlier ratings are smaller.
MASKED = 1 << 14


class UnreadableBallot(Exception):
    """The ballot was sealed under another secret key, or altered."""


@dataclass(frozen=True)
class WaitingBallot:
    """A waiting ballot, decrypted. `tag` is shared by all ballots of a ticket.

    `contact_id` names the row of its callback contact: stable across replacements, and not
    derivable from counted data. The fields from `section_id` to `fingerprint` are stored in clear:
    they are read from many rows at once, or updated by the database. `replaced` counts replacements
    (at most 99), `replaced_on` is the day of the last; `fingerprint` detects a repeated submit.
    """

    ballot_id: bytes
    tag: bytes
    reference: str
    staff_id: int
    rater_group: RaterGroup
    service_type: str | None
    channel: Channel
    attitude: int | None
    work_style: int | None
    efficiency: int | None
    competence: int | None
    reasons: int
    comment: str | None
    contact: bytes | None
    section_id: int
    base_period: str
    pressured: bool = False
    replaced: int = 0
    replaced_on: date | None = None
    fingerprint: bytes | None = None
    contact_id: str = ""

    @property
    def levels(self) -> tuple[int | None, ...]:
        """The four levels."""
        return self.attitude, self.work_style, self.efficiency, self.competence

    @property
    def is_low(self) -> bool:
        """Whether any level is 1 or 2."""
        return any(level and level < LOWEST_GOOD for level in self.levels)

    def row(self, valid_until: date) -> dict[str, Any]:
        """Return the intake row of the ballot."""
        name = name_of(self.ballot_id)
        return {
            "name": name,
            "looked_up_by": name_of_reference(self.reference),
            "section_id": self.section_id,
            "base_period": self.base_period,
            "valid_until": valid_until,
            "pressured": self.pressured,
            "replaced": self.replaced,
            "replaced_on": self.replaced_on,
            "fingerprint": self.fingerprint,
            "sealed": self.seal(),
        }

    def seal(self, at_least: int = 0) -> bytes:
        """Encrypt the hidden fields, padded to `at_least` as many bytes."""
        return _seal(name_of(self.ballot_id), self._hidden(), at_least)

    @classmethod
    def open(cls, row: Any) -> Self:
        """Return the ballot in a row of the intake. Raises UnreadableBallot."""
        hidden = _open(row.name, row.sealed)
        return cls(
            ballot_id=bytes.fromhex(hidden["ballot"]),
            tag=bytes.fromhex(hidden["tag"]),
            reference=hidden["reference"],
            staff_id=hidden["staff"],
            rater_group=RaterGroup(hidden["group"]),
            service_type=hidden["type"],
            channel=Channel(hidden["channel"]),
            attitude=hidden["levels"][0],
            work_style=hidden["levels"][1],
            efficiency=hidden["levels"][2],
            competence=hidden["levels"][3],
            reasons=hidden["reasons"],
            comment=hidden["comment"],
            contact=hidden["contact"].encode() if hidden["contact"] else None,
            section_id=row.section_id,
            base_period=row.base_period,
            pressured=row.pressured,
            replaced=row.replaced,
            replaced_on=row.replaced_on,
            fingerprint=row.fingerprint,
            # Rows without one: stable until the row is rewritten.
            contact_id=hidden.get("call") or _hash(b"call-back/v0\0", row.sealed).hex(),
        )

    def _hidden(self) -> dict[str, Any]:
        return {
            "ballot": self.ballot_id.hex(),
            "tag": self.tag.hex(),
            "reference": self.reference,
            "staff": self.staff_id,
            "group": self.rater_group.value,
            "type": self.service_type,
            "channel": self.channel.value,
            "levels": self.levels,
            "reasons": self.reasons,
            "comment": self.comment,
            "contact": self.contact.decode() if self.contact else None,
            "call": self.contact_id,
        }


def opened(rows: Iterable[Any]) -> Iterator[WaitingBallot]:
    """Decrypt intake rows, skipping those sealed under another secret key."""
    for row in rows:
        with suppress(UnreadableBallot):
            yield WaitingBallot.open(row)


def can_be_opened(name: bytes, sealed: bytes) -> bool:
    """Return whether this installation's secret key decrypts a row."""
    try:
        _open(name, sealed)
    except UnreadableBallot:
        return False
    return True


def name_of(ballot_id: bytes) -> bytes:
    """Return the keyed name of a ballot's intake row."""
    return _hash(b"name/v1\0", ballot_id)


def name_of_reference(symbols: str) -> bytes:
    """Return the keyed hash by which a waiting ballot is found from its reference."""
    return _hash(b"reference/v1\0", symbols.encode())


def name_of_contact(secret: bytes, symbols: str) -> str:
    """Return the id of a ballot's callback contact, from the ticket's secret T and reference."""
    return _hash(b"call-back/v1\0", secret + symbols.encode()).hex()


def mask_replaced(replaced: int, ballot_id: bytes) -> int:
    """Hide how often a rating was replaced: a waiting ballot shows it beside its last day."""
    return MASKED + (replaced + _pad(ballot_id)) % MASKED


def unmask_replaced(stored: int, ballot_id: bytes) -> int | None:
    """Return how often a rating was replaced; None if masked under another secret key."""
    if stored < MASKED:
        return stored
    replaced = (stored - _pad(ballot_id)) % MASKED
    return replaced if replaced <= MOST_REPLACED else None


def _pad(ballot_id: bytes) -> int:
    return int.from_bytes(_hash(b"replaced/v1\0", ballot_id)[:2]) % MASKED


def _hash(label: bytes, value: bytes) -> bytes:
    _, key = _keys(current_app.config["SECRET_KEY"])
    return hmac.digest(key, label + value, "sha256")[:NAME]


def _seal(name: bytes, hidden: Mapping[str, Any], at_least: int = 0) -> bytes:
    """Encrypt a ballot, padded to one of few lengths: a comment's length would identify it."""
    body = json.dumps(hidden, ensure_ascii=False, separators=(",", ":")).encode()
    length = next(n for n in LENGTHS if len(body) <= n and at_least <= n + NONCE + MARK)
    cipher, _ = _keys(current_app.config["SECRET_KEY"])
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, body.ljust(length), name)


def _open(name: bytes, sealed: bytes) -> dict[str, Any]:
    cipher, _ = _keys(current_app.config["SECRET_KEY"])
    try:
        body = cipher.decrypt(sealed[:NONCE], sealed[NONCE:], name)
    except InvalidTag:
        raise UnreadableBallot from None
    hidden: dict[str, Any] = json.loads(body)
    return hidden


@functools.cache
def _keys(secret_key: str) -> tuple[AESGCM, bytes]:
    """Return the cipher and the key of the names."""
    both = derive(secret_key, "intake/v1", length=64)
    return AESGCM(both[:32]), both[32:]
