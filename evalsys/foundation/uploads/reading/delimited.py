"""Parse CSV in UTF-8, with or without BOM, or in GB18030, as a Chinese Excel writes it. Pure."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from evalsys.core.errors import N_

REPLACED = "\ufffd"
DELIMITERS = ",\t;"
LONGEST = 32_767  # characters in a cell of Excel
AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # Used in CSV to preserve leading zeros.


CUT_IN_HALF = N_(
    "Line %(row)s of %(file)s holds a character that is cut in half: it is neither UTF-8 nor "
    "GB18030. In Excel save it as “CSV UTF-8” or as .xlsx."
)
ENDLESS = N_(
    "A cell in line %(row)s of %(file)s is endless: a quotation mark is missing, or the file is no "
    "table. In Excel save it as “CSV UTF-8” or as .xlsx."
)


class BadLine(Exception):
    """A line cannot be read; `message` is a message id about `row` and `file`."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def decode(data: bytes) -> str:
    """Decode a file. Raises BadLine for a character that is valid in no known encoding.

    Invalid UTF-8 is often valid GB18030: if most characters beyond ASCII are valid UTF-8, the file
    is taken for UTF-8 with a truncated character.
    """
    if data.startswith(codecs.BOM_UTF8):
        return _strictly(data[len(codecs.BOM_UTF8) :], "utf-8")
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
        broken = text.count(REPLACED)
        good = sum(character > "\x7f" for character in text) - broken
        return _strictly(data, "utf-8" if good > broken else "gb18030")


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadLine(CUT_IN_HALF, data.count(b"\n", 0, error.start) + 1) from error


def rows(text: str) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the non-empty lines with their numbers; empty cells are None.

    Raises BadLine for a cell that exceeds LONGEST.
    """
    head = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    while (row := _next(reader, start)) is not None:
        if any(len(value) > LONGEST for value in row):
            raise BadLine(ENDLESS, start)
        values = [_unwrapped(value) if value.strip() else None for value in row]
        while values and values[-1] is None:
            values.pop()
        if values:
            yield start, values
        start = reader.line_num + 1


def _unwrapped(value: str) -> str:
    """Return ="000217" as 000217."""
    match = AS_TEXT.fullmatch(value.strip()) if value.lstrip()[:1] == "=" else None
    return match[1].replace('""', '"') if match else value


def _next(reader: Iterator[list[str]], line: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:  # Outside of strict mode only for a field over the limit.
        raise BadLine(ENDLESS, line) from error
