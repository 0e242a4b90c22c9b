"""Codes of tickets: how a secret is printed, and how it is found in what somebody typed. Pure.

A code has 16 symbols for the 80 bits of a secret and one more that checks them (ADR 19). Slips that
were printed before then have 26 and one, and are read as long as they are open.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from evalsys.core.errors import N_, DomainError

SECRET_BYTES = 10
LONGEST_TEXT = 400  # Symbols of what was typed that are looked at: a link with its tail.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U.
VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
MISREAD = str.maketrans("OILU", "011V")
# Drawn like dashes, and none to Unicode: minus, the Japanese long vowel, a line of boxes.
DASHES = "_\u2212\u30fc\u2500"
FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, which makes GF(32).
TIMES_X = [2 * value ^ (FIELD_POLYNOMIAL if value & 16 else 0) for value in range(32)]


class MistypedTicket(DomainError):
    """The code cannot be one of ours: a symbol is missing or wrong."""

    message = N_("This code is not complete, or a symbol is wrong.")
    status = 400


class Shape(NamedTuple):
    """How a secret of so many bytes is printed: symbols with the one that checks, and groups."""

    secret_bytes: int
    length: int
    group: int


SHAPES = (Shape(SECRET_BYTES, 17, 4), Shape(16, 27, 3))
LENGTHS = {shape.length: shape for shape in SHAPES}
CODE_LENGTH = SHAPES[0].length


def write_code(secret: bytes) -> str:
    """Return the symbols that are printed for a secret: 16 and a check symbol."""
    shape = next(one for one in SHAPES if one.secret_bytes == len(secret))
    number = int.from_bytes(secret)
    shifts = range(5 * (shape.length - 2), -1, -5)
    body = "".join(ALPHABET[number >> shift & 31] for shift in shifts)
    return body + ALPHABET[TIMES_X[_checksum(body)]]


def read_code(text: str) -> bytes:
    """Return the secret of the first code in a text, however it was typed, pasted or scanned.

    Case, O for 0, spaces, dashes and invisible signs do not matter, nor does what stands before and
    behind it. Every single wrong symbol and every exchange of two is noticed. Raises
    MistypedTicket.
    """
    if len(text) in LENGTHS and VALUES.keys() >= set(text):  # Our own form: the common case.
        candidates = iter([text])
    else:
        candidates = _candidates(text)
    for symbols in candidates:
        secret = _secret_of(symbols)
        if secret is not None:
            return secret
    raise MistypedTicket


def grouped(code: str) -> str:
    """Return a code in groups, as it is printed."""
    return " ".join(groups_of(code))


def groups_of(symbols: str) -> list[str]:
    """Return the groups of the symbols of a code, even of one that lacks a symbol."""
    size = _nearest_shape(symbols).group
    return [symbols[start : start + size] for start in range(0, len(symbols), size)]


def typed_symbols(text: str) -> str:
    """Return the symbols of a code that somebody typed, wrong or not, without anything else."""
    longest = max(_runs(text), key=lambda run: sum(map(len, run)), default=[])
    whole = "".join(symbols for run in _runs(text) for symbols in run)
    return whole if abs(len(whole) - _nearest_shape(whole).length) <= 1 else "".join(longest)


def near_secrets(symbols: str) -> dict[bytes, int]:
    """Return each secret whose code is one slip away, and the number of the group that it mends.

    A slip: one symbol is wrong, missing or too many, or two neighbours are exchanged. About fifty,
    of which at most one was ever issued: so a single symbol that checks can say where to look. Of
    equal neighbours the last counts: from there on the symbols differ from the printed ones.
    """
    shape = _nearest_shape(symbols)
    found: dict[bytes, int] = {}
    for place, mended in _mended(symbols, shape.length):
        secret = _secret_of(mended)
        if secret is not None:
            found[secret] = min(place, shape.length - 1) // shape.group + 1
    return found


def _mended(symbols: str, length: int) -> Iterator[tuple[int, str]]:
    """Yield (place, code) for each slip that leaves the symbols as they are."""
    size = len(symbols)
    if size == length:
        for place in range(size):
            yield place, _fit(symbols[:place], symbols[place + 1 :])
        for place in range(size - 1):
            pair = symbols[place + 1] + symbols[place]
            yield place, symbols[:place] + pair + symbols[place + 2 :]
    elif size == length - 1:
        for place in range(length):
            yield place, _fit(symbols[:place], symbols[place:])
    elif size == length + 1:
        for place in range(size):
            yield place, symbols[:place] + symbols[place + 1 :]


def _fit(before: str, behind: str) -> str:
    """Return the code with the one symbol between two parts that makes it check."""
    value = _checksum(before + ALPHABET[0] + behind)
    for _ in behind:
        value = _by_x(value)
    return before + ALPHABET[value] + behind


def _nearest_shape(symbols: str) -> Shape:
    return min(SHAPES, key=lambda shape: abs(shape.length - len(symbols)))


def _candidates(text: str) -> Iterator[str]:
    """Yield what may be a code: whole groups of the right length first, then what begins so."""
    runs = _runs(text)
    tails = [run[start:] for run in runs for start in range(len(run))]
    for tail in tails:
        joined = ""
        for symbols in tail:
            joined += symbols
            if len(joined) in LENGTHS:
                yield joined
    whole = "".join(symbols for run in runs for symbols in run)
    if len(whole) in LENGTHS:
        yield whole
    for tail in tails:
        joined = "".join(tail)
        for length in sorted(LENGTHS, reverse=True):
            if len(joined) > length:
                yield joined[:length]


def _runs(text: str) -> list[list[str]]:
    """Return the groups of symbols in a text, by the parts that other signs divide it into.

    Spaces and dashes only divide groups; invisible signs are not there at all.
    """
    plain = unicodedata.normalize("NFKC", unquote(text[:LONGEST_TEXT])).upper()
    signs = []
    for sign in plain:
        category = unicodedata.category(sign)
        if category == "Cf":
            continue
        is_gap = category == "Pd" or sign in DASHES or sign.isspace()
        signs.append(" " if is_gap else sign)
    parts = re.split(r"[^0-9A-Z ]+", "".join(signs))
    return [part.translate(MISREAD).split() for part in parts if part.strip()]


def _secret_of(symbols: str) -> bytes | None:
    """Return the secret of symbols that check out; None if they do not."""
    shape = LENGTHS[len(symbols)]
    if _checksum(symbols):
        return None
    number = 0
    for symbol in symbols[:-1]:
        number = number << 5 | VALUES[symbol]
    if number.bit_length() > 8 * shape.secret_bytes:
        return None
    return number.to_bytes(shape.secret_bytes)


def _checksum(symbols: str) -> int:
    """Return the polynomial of the symbols at x in GF(32): 0 for a whole code.

    The powers of x differ in all 31 places, so a code shows a wrong or exchanged symbol.
    """
    total = 0
    for symbol in symbols:
        total = TIMES_X[total] ^ VALUES[symbol]
    return total


def _by_x(value: int) -> int:
    """Divide by x in GF(32)."""
    return (value ^ FIELD_POLYNOMIAL if value & 1 else value) >> 1
