"""Tickets, references, and what a citizen may hand in. Pure.

A ticket is a secret T that only its holder has (`codes` says how it is printed). Everything the
database keeps is hashed from T one way, so that the holder can find their ballot and the database
cannot find the holder.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from evalsys.core.errors import N_, DomainError
from evalsys.organisation.policies.rules import DIMENSIONS

T = TypeVar("T")
CHUNK = 500  # Parameters of one statement: below the limit of every database.

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
    """The code is well formed, but nobody issued it."""

    message = N_("We do not know this code.")
    status = 404


class ExpiredTicket(DomainError):
    """The window of the ticket has closed. `ticket` says which."""

    message = N_("The time to rate this service is over.")
    status = 410


class UsedTicket(DomainError):
    """The ballot of the ticket is counted: it stays as it is. `ticket` says which."""

    message = N_("Your rating was counted already and stays as it is.")
    status = 409


class RatedBefore(DomainError):
    """Somebody has rated with this ticket, and the reference of that rating was not named."""

    message = N_("This slip was rated before. To change the rating, type its reference.")
    status = 422


class StaleSlot(DomainError):
    """The code of a rotating screen is too old, or somebody has scanned it."""

    message = N_("This code was used or is too old. Please scan the next one.")
    status = 410


class Reason(NamedTuple):
    """Why somebody is not satisfied; `number` is its value in the form."""

    number: int
    key: str
    label: str

    @property
    def bit(self) -> int:
        """Its place in the bit set of a ballot."""
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
    """What is wrong in a form: the field, the sentence (a msgid) and its numbers."""

    field: str
    message: str
    params: Mapping[str, object]


@dataclass(frozen=True)
class RatingDraft:
    """What a citizen hands in. A level is 1-5, or None for not known; `reasons` is a bit set."""

    levels: Mapping[str, int | None]
    reasons: int = 0
    comment: str | None = None
    contact: str | None = None
    pressured: bool = False

    @property
    def content(self) -> bytes:
        """What makes two ballots the same: all but the contact and the mark of pressure."""
        levels = [self.levels.get(name) for name in DIMENSIONS]
        return repr((levels, self.reasons, self.comment)).encode()

    @property
    def is_low(self) -> bool:
        """Whether it is a bad review (差评): a level of 1 or 2."""
        return any(level is not None and level < LOWEST_GOOD for level in self.levels.values())

    def problems(self) -> list[Problem]:
        """Return everything that keeps the ballot from being taken, in the order of the form."""
        found = []
        if all(self.levels.get(name) is None for name in DIMENSIONS):
            message = N_("Please rate at least one of the four; if you know none, you are done")
            found.append(Problem("attitude", message, {}))
        if self.comment is not None and len(self.comment) > COMMENT_LENGTH:
            params = {"most": COMMENT_LENGTH, "now": len(self.comment)}
            message = N_("At most %(most)s characters; now there are %(now)s")
            found.append(Problem("comment", message, params))
        if self.is_low and self.contact is not None and not is_phone(self.contact):
            params = {"now": sum(map(str.isdigit, self.contact)), "need": MOBILE_DIGITS}
            message = N_("A mobile number has %(need)s digits; now there are %(now)s")
            if params["now"] == MOBILE_DIGITS:
                message = N_("This is neither a mobile number nor a landline with its area code")
            found.append(Problem("contact", message, params))
        return found

    def cleaned(self) -> "RatingDraft":
        """Return the ballot without what counts only after a low level: reasons and contact."""
        if self.is_low:
            return self
        return RatingDraft(self.levels, comment=self.comment, pressured=self.pressured)


def is_phone(text: str) -> bool:
    """Say whether it is a mobile number or a landline with its area code.

    Expects what `plain_phone` gives. Numbers of the mainland only: the office calls from there.
    """
    return bool(MOBILE.fullmatch(text) or LANDLINE.fullmatch(text))


def plain_phone(text: str) -> str | None:
    """Return a phone number without spaces, hyphens, brackets and the country; None for nothing."""
    plain = re.sub(r"[\s()\-.]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"^(?:\+|00)86", "", plain) or None


def reason_bits(numbers: list[str]) -> int:
    """Return the bit set of the reasons that were ticked; what is no reason is left out."""
    return sum(reason.bit for reason in REASONS if str(reason.number) in numbers)


def reasons_of(bits: int) -> list[Reason]:
    """Return the reasons in a bit set."""
    return [reason for reason in REASONS if bits & reason.bit]


def ticket_hash(secret: bytes) -> bytes:
    """Return what the database keeps of a ticket."""
    return hashlib.sha256(b"ticket/v1\0" + secret).digest()


def ticket_tag(secret: bytes) -> bytes:
    """Return what all ballots of a ticket have in common, to tell a crowd of raters from one."""
    return hashlib.sha256(b"tag/v1\0" + secret).digest()[:16]


def ballot_id(secret: bytes, staff_number: str) -> bytes:
    """Return the name under which a ballot is counted; only the holder of T can work it out."""
    return hashlib.sha256(b"ballot/v1\0" + secret + staff_number.encode()).digest()[:16]


class Hand(NamedTuple):
    """Who hands a ballot in: the key that the phone keeps, and a reference that was typed."""

    key: bytes
    reference: str | None = None


def kept_reference(key: bytes, hashed: bytes, staff_number: str) -> str:
    """Return the reference of what a phone hands in for a person on the ticket of a hash.

    `key` are 16 bytes that the phone alone keeps, so that whoever handed the slip out, and holds T
    as well, cannot work it out. Sent twice by the same phone, it is the same.
    """
    words = b"reference/v1\0" + key + hashed + staff_number.encode()
    return reference(hashlib.sha256(words).digest()[:16])


def reference(ballot: bytes) -> str:
    """Return the eight symbols with which a citizen looks a ballot up."""
    number, symbols = int.from_bytes(ballot), []
    for alphabet in REFERENCE_ALPHABETS:
        number, place = divmod(number, len(alphabet))
        symbols.append(alphabet[place])
    return "".join(symbols)


def print_reference(symbols: str) -> str:
    """Return a reference as it is printed: HT4R K7WM."""
    return f"{symbols[:4]} {symbols[4:]}"


def read_reference(text: str) -> str | None:
    """Return the plain symbols of a reference as somebody typed it; None if it cannot be one."""
    symbols = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(symbols) != len(REFERENCE_ALPHABETS):
        return None
    fits = all(s in a for s, a in zip(symbols, REFERENCE_ALPHABETS, strict=True))
    return symbols if fits else None


def batched(values: Iterable[T]) -> Iterator[list[T]]:
    """Divide values, so that a statement has no more parameters than every database takes."""
    todo = list(values)
    for first in range(0, len(todo), CHUNK):
        yield todo[first : first + CHUNK]
