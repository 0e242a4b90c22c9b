"""Readers of cells: texts, names, codes, counts, numbers, choices. Pure.

A reader returns a Read, with a remark if the value is readable but suspicious, or raises Unreadable
with a remark on the problem and its correction.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from evalsys.core.errors import N_
from evalsys.foundation.spreadsheets import characters
from evalsys.foundation.spreadsheets.formulas import unguarded

Value = str | int | float | bool | datetime
EXACT_DIGITS = 15  # that Excel stores of a number
EXACT = 10**EXACT_DIGITS
NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
MOST_DIGITS = 12  # before the point
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")
CODE_LIMIT = 40
# Also those of the font Wingdings, and letters typed instead of signs.
YES = {"是", "是的", "有", "对", "y", "yes", "true", "t", "1", *"√✓✔☑✅🗸🗹⍻v\uf0fc\uf0fe"}
NO = {"否", "不是", "不", "无", "没有", "n", "no", "false", "f", "0", *"×✗✘✕✖❌☐□╳❎x\uf0fb"}


class ExcelError(str):
    """An error value of Excel, such as #N/A or #REF!."""

    __slots__ = ()


class Uncomputed(ExcelError):
    """A formula without a cached value, written by a program that does not evaluate."""

    __slots__ = ()


@dataclass(frozen=True)
class Remark:
    """A problem of a value and an advice: message ids with parameters."""

    problem: str
    advice: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """A value that was read."""

    value: Any
    remark: Remark | None = None


class Unreadable(Exception):
    """The value is invalid for its column."""

    def __init__(self, problem: str, advice: str = "", **params: object) -> None:
        super().__init__(problem % params)
        self.remark = Remark(problem, advice, params)


Reader = Callable[[Value], Read]


def shown(value: object) -> str:
    """Return a value as shown in the sheet."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_cell(reader: Reader, value: Value) -> Read:
    """Read a cell of any column. Raises Unreadable, also for an error or uncomputed value.

    The apostrophe that our own workbooks put before a possible formula is none of the text.
    """
    if isinstance(value, Uncomputed):
        raise Unreadable(
            N_("A formula without a value"),
            N_("Open the file in Excel and save it, or write the value itself"),
        )
    if isinstance(value, ExcelError):
        raise Unreadable(
            N_("Excel shows an error here"), N_("Correct the formula, or write the value itself")
        )
    return reader(unguarded(value) if isinstance(value, str) else value)


def is_blank(value: object) -> bool:
    """Return whether a cell is empty or holds only invisible characters."""
    return value is None or (isinstance(value, str) and not characters.stripped(value))


def read_text(limit: int) -> Reader:
    """Return a reader of texts of at most `limit` UTF-16 code units."""

    def read(value: Value) -> Read:
        text = unicodedata.normalize("NFC", characters.from_old_fonts(shown(value)))
        text = " ".join(characters.stripped(text).split())
        length = characters.length(text)
        if length > limit:
            raise Unreadable(
                N_("%(length)s characters are too many"),
                N_("At most %(limit)s characters"),
                length=length,
                limit=limit,
            )
        for place, character in enumerate(text, start=1):
            _check_character(character, place)
        return Read(text)

    return read


def _check_character(character: str, place: int) -> None:
    """Raise Unreadable for an invisible or private-use character, or an emoji."""
    if characters.is_private(character):
        raise Unreadable(
            N_("Character %(place)s (%(code)s) exists in one font only: elsewhere it is another"),
            N_("Type it anew with a current input method; the rare character itself can be kept"),
            place=place,
            code=characters.code_point(character),
        )
    if characters.EMOJI.match(character) or characters.is_invisible(character):
        raise Unreadable(
            N_("Emoji and invisible characters cannot be stored (character %(place)s, %(code)s)"),
            N_("Delete the character"),
            place=place,
            code=characters.code_point(character),
        )


def read_name(value: Value) -> Read:
    """Read a person's name, spelled in one way."""
    text = characters.spelled(read_text(64)(value).value)
    if not any(
        unicodedata.category(s).startswith("L") or characters.A_CHINESE.match(s) for s in text
    ):
        raise Unreadable(N_("This is not a name"), N_("Write the full name"))
    return Read(text)


def read_code(value: Value) -> Read:
    """Read a staff number or section code as text, with leading zeros."""
    if isinstance(value, bool | datetime) or (isinstance(value, float) and not value.is_integer()):
        raise Unreadable(
            N_("This is not a number or code"), N_("Set the column to “Text” and fill it in again")
        )
    if isinstance(value, int | float):
        if abs(value) >= EXACT:
            raise Unreadable(
                N_("Excel stored it as a number and lost its last digits"),
                N_("Set the column to “Text” and fill it in again"),
            )
        remark = Remark(
            N_("Excel stored it as a number: zeros in front may be lost"),
            N_("Nothing to do if it has no zeros in front; otherwise set the column to “Text”"),
        )
        return Read(_checked_code(str(int(value))), remark)
    text = characters.plain_code(value).lstrip("'")
    for place, character in enumerate(text, start=1):
        _check_character(character, place)
    return Read(_checked_code(text))


def _checked_code(text: str) -> str:
    if len(text) > CODE_LIMIT or not CODE.fullmatch(text):
        raise Unreadable(
            N_("This is not a number or code"),
            N_("Letters, digits and . _ / - only, at most %(limit)s"),
            limit=CODE_LIMIT,
        )
    return text


def read_count(highest: int) -> Reader:
    """Return a reader of integers from 0 to `highest`."""

    def read(value: Value) -> Read:
        text = unicodedata.normalize("NFKC", shown(value))
        if not (text.isascii() and text.isdigit() and int(text[:9]) <= highest):
            raise Unreadable(
                N_("This is not a whole number from 0 to %(highest)s"),
                N_("A whole number from 0 to %(highest)s"),
                highest=highest,
            )
        return Read(int(text[:9]))

    return read


def read_number(unit: str, places: int) -> Reader:
    """Return a reader of figures in a unit; the unit itself may follow the number."""

    def read(value: Value) -> Read:
        if isinstance(value, bool | datetime):
            raise Unreadable(N_("This is not a number"), N_("Write digits"))
        text = f"{value:.{EXACT_DIGITS}g}" if isinstance(value, float) else str(value)
        text = unicodedata.normalize("NFKC", text).replace("−", "-")
        text = "".join(text.split()).removesuffix(unicodedata.normalize("NFKC", unit))
        if not NUMBER.fullmatch(text):
            raise Unreadable(
                N_("This is not a number in %(unit)s"),
                N_("Digits, perhaps with the unit; nothing where there is no figure"),
                unit=unit,
            )
        figure = Decimal(text.replace(",", ""))
        _check_size(figure, places)
        return Read(figure)

    return read


def _check_size(figure: Decimal, places: int) -> None:
    """Raise Unreadable for more decimals than the indicator has, or a number too large."""
    if figure != round(figure, places):
        raise Unreadable(
            N_("More than %(places)s decimals"),
            N_("Round it as its source does"),
            places=places,
        )
    if figure.adjusted() >= MOST_DIGITS:
        raise Unreadable(
            N_("At most %(digits)s digits before the point"),
            N_("Choose a larger unit for the indicator"),
            digits=MOST_DIGITS,
        )


def read_choice(words: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Reader:
    """Return a reader of choices; `more` are accepted but not offered."""
    known = {characters.word(word): value for word, value in {**words, **(more or {})}.items()}

    def read(value: Value) -> Read:
        word = characters.word(shown(value))
        if word not in known:
            raise Unreadable(
                N_("This is not one of the choices"),
                N_("One of: %(choices)s"),
                choices="、".join(words),
            )
        return Read(known[word])

    return read


def read_flag(value: Value) -> Read:
    """Read 是 or 否."""
    word = ("是" if value else "否") if isinstance(value, bool) else characters.word(shown(value))
    if word not in YES | NO:
        raise Unreadable(
            N_("This is not one of the choices"), N_("One of: %(choices)s"), choices="是、否"
        )
    return Read(word in YES)
