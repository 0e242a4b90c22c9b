"""Numbers of service events: one service, one ticket. Pure.

An event (办件) is identified by its 办件编号, or by its queue number in the hall. Numbers are
compared without width, case, spaces, hyphens, brackets, leading zeros and the words around them:
A-012, ａ１２ and 第A012号 are one event, and so are 〔2026〕12号 and (2026)12. Only where the same
digits are parted into as many groups at other places, there are two: 20261127-1-23 is the 23rd of
window 1, 20261127-12-3 the third of window 12.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

from evalsys.core.errors import N_

EVENT_LENGTH = 40  # characters
QUEUE_LONGEST = 6  # Longest queue number, in characters; these repeat each day.
KEPT = timedelta(days=730)  # How long a 办件编号 stays used.
ADDRESSEE_LENGTH = 80
RANGE_MOST = 300  # events put on a screen at once
MANY_GROUPS = 4  # More groups of digits in a number are not told apart by their number.

_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]")
_NUMBER = re.compile(r"[0-9A-Z\u3007\u3400-\u9fff(][0-9A-Z\u3007\u3400-\u9fff._/()-]*")
_PARTING = re.compile(r"[._/()-]")
_GROUPS = re.compile(r"(?<=\d)[._/()-]+(?=\d)")
_BRACKETS = str.maketrans("〔〕【】[]〈〉《》", "()" * 5)
_WORDS = re.compile(r"^(?:办件)?编号|^第|^NO\.|(?<=\))第|[号號]$")
_ZEROS = re.compile(r"^0+(?=.)|(?<!\d)0+(?=\d)")
NO_NUMBER = N_("This is no number of a service: letters, digits and hyphens, at most 40")

_BETWEEN = re.compile(r"[\s,;、，；]+")
_RANGE = re.compile(r"([A-Z]{0,3})(\d{1,5})(?:~|至|到)([A-Z]{0,3})(\d{1,5})")


def read_event_no(text: str) -> str | None:
    """Return a number normalised: half width, capitals, no spaces. None if malformed."""
    plain = unicodedata.normalize("NFKC", text.replace("№", "No.")).translate(_BRACKETS)
    plain = _INVISIBLE.sub("", plain).upper()
    is_number = len(plain) <= EVENT_LENGTH and _NUMBER.fullmatch(plain)
    return plain if is_number and any(sign.isdigit() for sign in plain) else None


def read_event_numbers(text: str) -> tuple[list[str], list[str]]:
    """Return the numbers in a text, in order, and the malformed parts.

    Separated (A012 A013), one per line, or as a range (A001~A040).
    """
    numbers: list[str] = []
    wrong: list[str] = []
    for part in filter(None, _BETWEEN.split(unicodedata.normalize("NFKC", text).strip())):
        parsed = _row_of(part.upper()) or [read_event_no(part)]
        numbers += [number for number in parsed if number]
        if None in parsed:
            wrong.append(part[:EVENT_LENGTH])
    return numbers, wrong


def _row_of(part: str) -> list[str | None] | None:
    match = _RANGE.fullmatch(part)
    if match is None:
        return None
    letters, first, other, last = match.groups()
    start, end = int(first), int(last)
    if other not in {"", letters} or not start <= end < start + RANGE_MOST:
        return [None]
    return [f"{letters}{number:0{len(first)}}" for number in range(start, end + 1)]


def event_key(number: str) -> str:
    """Return the form by which numbers are compared."""
    return _ZEROS.sub("", _bare(number))


def is_queue_number(number: str) -> bool:
    """Return whether a number is a queue number, which repeats each day."""
    return len(_bare(number)) <= QUEUE_LONGEST


def _bare(number: str) -> str:
    """Return a number without the words around it and the signs in it."""
    return _PARTING.sub("", _core(number))


def _core(number: str) -> str:
    """Return a number without the words around it."""
    return _WORDS.sub("", number).replace("〇", "0")


def _groups(number: str) -> list[str]:
    """Return the parts of a number between the signs that part digits; one if there are none."""
    return [_PARTING.sub("", part) for part in _GROUPS.split(_core(number))]


def event_hashes(key: bytes, organ_id: int, number: str, day: date) -> set[bytes]:
    """Return the hashes to store for an event: keyed, so that numbers cannot be tried.

    Over the organ, the number and, for a queue number, the day. For groups of digits there are two:
    of where they are parted, and of how many they are.
    """
    when, groups = day if is_queue_number(number) else None, _groups(number)
    written = _in_groups(groups) if len(groups) > 1 else {event_key(number)}
    return {_hash(key, organ_id, one, when) for one in written}


def known_hashes(key: bytes, organ_id: int, number: str, day: date) -> set[bytes]:
    """Return all hashes under which the event may be stored: zeros do not make it new."""
    groups, plain = _groups(number), event_key(number)
    written = {plain, *(f"{plain}/{many}" for many in range(2, MANY_GROUPS + 1))}
    if len(groups) > 1:
        written ^= _in_groups(groups)  # As many groups at other places are another event.
    return {_hash(key, organ_id, one, when) for one in written for when in (day, None)}


def _in_groups(groups: Sequence[str]) -> set[str]:
    """Return the two forms of a number in groups of digits: where they part, and how many."""
    number = min(len(groups), MANY_GROUPS)
    return {"-".join(map(event_key, groups)), f"{event_key(''.join(groups))}/{number}"}


def _hash(key: bytes, organ_id: int, written: str, day: date | None) -> bytes:
    body = "\0".join((str(organ_id), written, day.isoformat() if day else ""))
    return hmac.digest(key, b"event/v1\0" + body.encode(), hashlib.sha256)


def kept_until(number: str, day: date, valid_until: date) -> date:
    """Return the last day on which the event must be known as used.

    For a queue number that is the end of its window.
    """
    return valid_until if is_queue_number(number) else day + KEPT


def addressee_key(name: str) -> str:
    """Return the form by which addressees are compared."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", name)).casefold()
