"""Ticket codes: encoding a secret, and decoding what was typed. Pure.

A code has 16 symbols for the 80 bits of a secret and a check symbol (ADR 19). The older format has
26 and one; it is read while such slips are valid.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from evalsys.core.errors import N_, DomainError

SECRET_BYTES = 10
LONGEST_TEXT = 400  # Characters of the input that are read: a link with its query.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U.
VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
MISREAD = str.maketrans("OILU", "011V")
# Look like dashes, without being Pd in Unicode: minus, the Japanese long vowel, box drawing.
DASHES = "_\u2212\u30fc\u2500"
FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, which makes GF(32).
TIMES_X = [2 * value ^ (FIELD_POLYNOMIAL if value & 16 else 0) for value in range(32)]


class MistypedTicket(DomainError):
    """The code is malformed: a symbol is missing or wrong."""

    message = N_("This code is not complete, or a symbol is wrong.")
    status = 400


class Shape(NamedTuple):
    """A code format: bytes of the secret, symbols with the check symbol, group size."""

    secret_bytes: int
    length: int
    group: int


SHAPES = (Shape(SECRET_BYTES, 17, 4), Shape(16, 27, 3))
LENGTHS = {shape.length: shape for shape in SHAPES}
CODE_LENGTH = SHAPES[0].length


def write_code(secret: bytes) -> str:
    """Return the code of a secret, with its check symbol."""
    shape = next(shape for shape in SHAPES if shape.secret_bytes == len(secret))
    number = int.from_bytes(secret)
    shifts = range(5 * (shape.length - 2), -1, -5)
    body = "".join(ALPHABET[number >> shift & 31] for shift in shifts)
    return body + ALPHABET[TIMES_X[_checksum(body)]]


def read_code(text: str) -> bytes:
    """Return the secret of the first code in a text, typed, pasted or scanned.

    Case, O for 0, spaces, dashes, invisible characters and surrounding text are ignored. Every
    single wrong symbol and every transposition is detected. Raises MistypedTicket.
    """
    if len(text) in LENGTHS and VALUES.keys() >= set(text):  # The common case: our own form.
        candidates = iter([text])
    else:
        candidates = _candidates(text)
    for symbols in candidates:
        secret = _secret_of(symbols)
        if secret is not None:
            return secret
    raise MistypedTicket


def grouped(code: str) -> str:
    """Return a code in groups, as printed."""
    return " ".join(groups_of(code))


def groups_of(symbols: str) -> list[str]:
    """Return the groups of a code's symbols, even if one is missing."""
    size = _nearest_shape(symbols).group
    return [symbols[start : start + size] for start in range(0, len(symbols), size)]


def typed_symbols(text: str) -> str:
    """Return the symbols of a code as typed, valid or not."""
    longest = max(_runs(text), key=lambda run: sum(map(len, run)), default=[])
    whole = "".join(symbols for run in _runs(text) for symbols in run)
    return whole if abs(len(whole) - _nearest_shape(whole).length) <= 1 else "".join(longest)


def near_secrets(symbols: str) -> dict[bytes, int]:
    """Return each secret whose code is one slip away, with the number of the wrong group.

    A slip is one symbol wrong, missing or too many, or two neighbours transposed. Of about fifty
    candidates at most one was ever issued, so the check symbol can locate the slip. Among equal
    neighbours the last counts: from there on the symbols differ from the printed ones.
    """
    shape = _nearest_shape(symbols)
    groups: dict[bytes, int] = {}
    for place, mended in _mended(symbols, shape.length):
        secret = _secret_of(mended)
        if secret is not None:
            groups[secret] = min(place, shape.length - 1) // shape.group + 1
    return groups


def _mended(symbols: str, length: int) -> Iterator[tuple[int, str]]:
    """Yield (place, code) for each possible slip."""
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
    """Return the code with the one symbol between two parts that makes it valid."""
    value = _checksum(before + ALPHABET[0] + behind)
    for _ in behind:
        value = _by_x(value)
    return before + ALPHABET[value] + behind


def _nearest_shape(symbols: str) -> Shape:
    return min(SHAPES, key=lambda shape: abs(shape.length - len(symbols)))


def _candidates(text: str) -> Iterator[str]:
    """Yield possible codes: groups of the right total length first, then prefixes."""
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
    """Return the groups of symbols in each part of a text.

    Spaces and dashes separate groups, other characters separate parts; invisible ones are dropped.
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
    """Return the secret of valid symbols, else None."""
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
    """Return the polynomial of the symbols at x in GF(32): 0 for a valid code.

    The powers of x differ in all 31 places, so a wrong or transposed symbol is detected.
    """
    total = 0
    for symbol in symbols:
        total = TIMES_X[total] ^ VALUES[symbol]
    return total


def _by_x(value: int) -> int:
    """Divide by x in GF(32)."""
    return (value ^ FIELD_POLYNOMIAL if value & 1 else value) >> 1
