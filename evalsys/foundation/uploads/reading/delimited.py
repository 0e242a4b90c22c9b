"""Text tables: UTF-8 with or without its mark, or GB18030 as a Chinese Excel writes it. Pure."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

REPLACED = "\ufffd"
DELIMITERS = ",\t;"
LONGEST = 32_767  # characters that a cell of Excel holds
AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # How zeros in front are kept through a CSV file.


class CutInHalf(Exception):
    """A character in this line is neither UTF-8 nor GB18030."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class CellTooLong(Exception):
    """A cell in or after this line has no end: a quote is missing, or the file is no table."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def decode(data: bytes) -> str:
    """Return the text of a file. Raises CutInHalf.

    Bytes of broken UTF-8 often happen to be GB18030: if most characters beyond ASCII are good
    UTF-8, the file is UTF-8, and what is left over is a character cut in half.
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
        raise CutInHalf(data.count(b"\n", 0, error.start) + 1) from error


def rows(text: str) -> Iterator[tuple[int, list[str | None]]]:
    """Give each line that holds something with its number; empty cells are None.

    Raises CellTooLong.
    """
    head = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    while (row := _next(reader, start)) is not None:
        if any(len(value) > LONGEST for value in row):
            raise CellTooLong(start)
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
    except csv.Error as error:  # The only one that a reader without strict mode still has.
        raise CellTooLong(line) from error
