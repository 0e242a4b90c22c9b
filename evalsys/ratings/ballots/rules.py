"""Tickets, references and validation of ballots. Pure.

A ticket is a secret T that only its holder has (`tickets.rules.codes` encodes it). The database
stores one-way hashes of T: the holder can find their ballot, the database cannot find the holder.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from evalsys.core.errors import N_, DomainError
from evalsys.organisation.policies.rules import DIMENSIONS

LEVELS = (5, 4, 3, 2, 1)
LOWEST_GOOD = 3  # Below it a level is a bad review (差评).
COMMENT_LENGTH = 1200  # characters

LETTERS = "ABCDEFGHJKLMNPRSTUVWXY"  # No I, O, Q, Z: they are read as 1, 0, 0, 2.
DIGITS = "23456789"
# A digit in every third place keeps words from appearing by chance.
REFERENCE_ALPHABETS = (LETTERS, LETTERS, DIGITS, LETTERS, LETTERS, DIGITS, LETTERS, LETTERS)

KEY_BYTES = 16  # of a phone
MOST_REPLACED = 99  # "99 times or more"
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"0\d{2,3}[1-9]\d{6,7}")
MOBILE_DIGITS = 11


class UnknownTicket(DomainError):
    """The code is well formed, but was never issued."""

    message = N_("We do not know this code.")
    status = 404


class ExpiredTicket(DomainError):
    """The window of `ticket` has closed."""

    message = N_("The time to rate this service is over.")
    status = 410


class UsedTicket(DomainError):
    """The ballot of `ticket` is counted and cannot be changed."""

    message = N_("Your rating was counted already and stays as it is.")
    status = 409


class RatedBefore(DomainError):
    """The ticket was rated from another device, and its reference was not given."""

    message = N_("This slip was rated before. To change the rating, type its reference.")
    status = 422


class StaleSlot(DomainError):
    """The code of a rotating screen is too old or was used."""

    message = N_("This code was used or is too old. Please scan the next one.")
    status = 410


class Reason(NamedTuple):
    """A reason for dissatisfaction; `number` is its value in the form."""

    number: int
    key: str
    label: str

    @property
    def bit(self) -> int:
        """Its bit in `RatingDraft.reasons`."""
        return 1 << (self.number - 1)


REASONS = (
    Reason(1, "late", N_("Took longer than the legal or promised time")),
    Reason(2, "papers", N_("Asked for papers that are not on the list")),
    Reason(3, "unclear", N_("Not explained at once; I had to come again")),
    Reason(4, "manner", N_("Unfriendly, or sent me elsewhere")),
    Reason(5, "mistake", N_("Did not know the matter, or made a mistake")),
    Reason(6, "premises", N_("Long wait, procedure or premises")),
    Reason(7, "other", N_("Something else")),
)


class Problem(NamedTuple):
    """A validation error: the field, the message (a msgid) and its parameters."""

    field: str
    message: str
    params: Mapping[str, object]


@dataclass(frozen=True)
class RatingDraft:
    """A submitted ballot. A level is 1-5, None for "don't know"; `reasons` is a bit set."""

    levels: Mapping[str, int | None]
    reasons: int = 0
    comment: str | None = None
    contact: str | None = None
    pressured: bool = False

    @property
    def content(self) -> bytes:
        """Bytes that are equal for equal ballots; contact and pressure are left out."""
        levels = [self.levels.get(name) for name in DIMENSIONS]
        return repr((levels, self.reasons, self.comment)).encode()

    @property
    def is_low(self) -> bool:
        """Whether it is a bad review (差评): any level of 1 or 2."""
        return any(level is not None and level < LOWEST_GOOD for level in self.levels.values())

    def problems(self) -> list[Problem]:
        """Return all validation errors, in the order of the form."""
        problems = []
        if all(self.levels.get(name) is None for name in DIMENSIONS):
            message = N_("Please rate at least one of the four; if you know none, you are done")
            problems.append(Problem("attitude", message, {}))
        if self.comment is not None and len(self.comment) > COMMENT_LENGTH:
            params = {"most": COMMENT_LENGTH, "now": len(self.comment)}
            message = N_("At most %(most)s characters; now there are %(now)s")
            problems.append(Problem("comment", message, params))
        if self.is_low and self.contact is not None and not is_phone(self.contact):
            params = {"now": sum(map(str.isdigit, self.contact)), "need": MOBILE_DIGITS}
            message = N_("A mobile number has %(need)s digits; now there are %(now)s")
            if params["now"] == MOBILE_DIGITS:
                message = N_("This is neither a mobile number nor a landline with its area code")
            problems.append(Problem("contact", message, params))
        return problems

    def cleaned(self) -> "RatingDraft":
        """Return the ballot without reasons and contact unless a level is low."""
        if self.is_low:
            return self
        return RatingDraft(self.levels, comment=self.comment, pressured=self.pressured)


def is_phone(text: str) -> bool:
    """Return whether a text is a mobile or landline number with area code, as of `plain_phone`.

    Mainland numbers only: the office calls from there.
    """
    return bool(MOBILE.fullmatch(text) or LANDLINE.fullmatch(text))


def plain_phone(text: str) -> str | None:
    """Return a phone number without separators and country code; None if empty."""
    plain = re.sub(r"[\s()\-.]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"^(?:\+|00)86", "", plain) or None


def reason_bits(numbers: list[str]) -> int:
    """Return the bit set of the reasons ticked; unknown values are ignored."""
    return sum(reason.bit for reason in REASONS if str(reason.number) in numbers)


def reasons_of(bits: int) -> list[Reason]:
    """Return the reasons in a bit set."""
    return [reason for reason in REASONS if bits & reason.bit]


def ticket_hash(secret: bytes) -> bytes:
    """Return the hash under which a ticket is stored."""
    return hashlib.sha256(b"ticket/v1\0" + secret).digest()


def ticket_tag(secret: bytes) -> bytes:
    """Return the tag shared by all ballots of a ticket: batches count raters by it."""
    return hashlib.sha256(b"tag/v1\0" + secret).digest()[:16]


def ballot_id(secret: bytes, staff_number: str) -> bytes:
    """Return the id of a counted ballot; only the holder of T can derive it."""
    return hashlib.sha256(b"ballot/v1\0" + secret + staff_number.encode()).digest()[:16]


class Hand(NamedTuple):
    """The credentials of a submit: the phone's key, and the reference typed, if any."""

    key: bytes
    reference: str | None = None


def kept_reference(key: bytes, hashed: bytes, staff_number: str) -> str:
    """Return the reference of a phone's ballot on a person; the same on a repeated submit.

    `key` are 16 bytes that only the phone keeps, so that whoever issued the slip, and knows T,
    cannot derive the reference.
    """
    words = b"reference/v1\0" + key + hashed + staff_number.encode()
    return reference(hashlib.sha256(words).digest()[:16])


def reference(ballot: bytes) -> str:
    """Return the eight-symbol reference of an id."""
    number, symbols = int.from_bytes(ballot), []
    for alphabet in REFERENCE_ALPHABETS:
        number, place = divmod(number, len(alphabet))
        symbols.append(alphabet[place])
    return "".join(symbols)


def print_reference(symbols: str) -> str:
    """Return a reference as printed: HT4R K7WM."""
    return f"{symbols[:4]} {symbols[4:]}"


def read_reference(text: str) -> str | None:
    """Return the symbols of a reference as typed; None if it is malformed."""
    symbols = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(symbols) != len(REFERENCE_ALPHABETS):
        return None
    fits = all(s in a for s, a in zip(symbols, REFERENCE_ALPHABETS, strict=True))
    return symbols if fits else None
