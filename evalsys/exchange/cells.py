"""What a cell means: texts, numbers of staff and sections, dates in every way HR writes them. Pure.

Each reader returns a Read, with a remark if the value was understood but deserves a look, or raises
Unreadable with a remark that says what is wrong and how to mend it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from evalsys.core.errors import N_

Value = str | int | float | bool | datetime
SERIAL_ZERO = date(1899, 12, 30)  # Day 0 of Excel's count.
EARLIEST = date(1940, 1, 1)
LAST_SERIAL = (date(2100, 1, 1) - SERIAL_ZERO).days
FIRST_SERIAL = (EARLIEST - SERIAL_ZERO).days
EXACT = 10**15  # Excel keeps fifteen digits of a number.
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")
CODE_LIMIT = 40
YMD = re.compile(r"(\d{4})[./-](\d{1,2})(?:[./-](\d{1,2}))?(?:[ T]00:00(?::00)?)?")
YMD_WORDS = re.compile(r"(\d{4})年(\d{1,2})月(?:(\d{1,2})[日号])?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
EMOJI = re.compile("[\U0001f000-\U0001fbff\u2600-\u27bf\ufe0f\u20e3]")
INVISIBLE = {"Cc", "Cf", "Cs"}
BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
YES = {"是", "有", "y", "yes", "true", "1", "√", "✓", "t"}
NO = {"否", "无", "n", "no", "false", "0", "×", "✗", "f"}


class ExcelError(str):
    """What Excel shows for a formula that failed: #N/A, #REF! and so on."""

    __slots__ = ()


@dataclass(frozen=True)
class Remark:
    """What is odd about a value and how to mend it: message ids with their parameters."""

    problem: str
    advice: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """A value that was understood."""

    value: Any
    remark: Remark | None = None


class Unreadable(Exception):
    """The value makes no sense."""

    def __init__(self, problem: str, advice: str = "", **params: object) -> None:
        super().__init__(problem % params)
        self.remark = Remark(problem, advice, params)


Reader = Callable[[Value], Read]


def shown(value: object) -> str:
    """Return a value as the user sees it in the sheet."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_text(limit: int) -> Reader:
    """Return a reader of a text of at most `limit` characters."""

    def read(value: Value) -> Read:
        text = unicodedata.normalize("NFC", shown(value))
        text = " ".join(text.split()).strip("\ufeff\u200b")
        if len(text) > limit:
            raise Unreadable(
                N_("%(length)s characters are too many"),
                N_("At most %(limit)s characters"),
                length=len(text),
                limit=limit,
            )
        for sign in text:
            if EMOJI.match(sign) or unicodedata.category(sign) in INVISIBLE:
                raise Unreadable(
                    N_("Emoji and invisible signs cannot be stored (sign %(place)s)"),
                    N_("Delete the sign"),
                    place=text.index(sign) + 1,
                )
        return Read(text)

    return read


def read_name(value: Value) -> Read:
    """Read the name of a person: 罗　欣 is 罗欣."""
    text = BETWEEN_CHINESE.sub("", read_text(64)(value).value)
    if not any(unicodedata.category(sign).startswith("L") for sign in text):
        raise Unreadable(N_("This is not a name"), N_("Write the full name"))
    return Read(text)


def read_code(value: Value) -> Read:
    """Read a staff number or a section's code: text, so that leading zeros stay."""
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
    return Read(_checked_code(unicodedata.normalize("NFKC", value).strip().lstrip("'")))


def _checked_code(text: str) -> str:
    if len(text) > CODE_LIMIT or not CODE.fullmatch(text):
        raise Unreadable(
            N_("This is not a number or code"),
            N_("Letters, digits and . _ / - only, at most %(limit)s"),
            limit=CODE_LIMIT,
        )
    return text


def read_date(on: date, ahead: int = 0) -> Reader:
    """Return a reader of days up to `ahead` days after `on`. A month means its first day."""

    def read(value: Value) -> Read:
        found = _day(value)
        if found.value > on + timedelta(days=ahead):
            raise Unreadable(
                N_("%(day)s is in the future"),
                N_("At the latest %(last)s"),
                day=found.value.isoformat(),
                last=(on + timedelta(days=ahead)).isoformat(),
            )
        if found.value < EARLIEST:
            raise Unreadable(N_("%(day)s is too long ago"), day=found.value.isoformat())
        return found

    return read


def _day(value: Value) -> Read:
    if isinstance(value, datetime):
        return Read(value.date())
    if isinstance(value, bool):
        raise _no_date()
    if isinstance(value, int | float):
        return _day_of_number(value)
    text = unicodedata.normalize("NFKC", value).strip()
    if match := YMD.fullmatch(text) or YMD_WORDS.fullmatch(text.replace(" ", "")):
        return Read(_date(*match.groups()))
    return _day_of_number(int(text)) if text.isascii() and text.isdigit() else _refuse_date()


def _day_of_number(value: float) -> Read:
    """Read 43700, 201909, 20190901 or 2019.09 that Excel took for a number."""
    if value == int(value):
        if FIRST_SERIAL <= value <= LAST_SERIAL:
            day = SERIAL_ZERO + timedelta(days=int(value))
            return Read(
                day,
                Remark(
                    N_("Read as %(day)s, counting days as Excel does"),
                    N_("Nothing to do if that is right"),
                    {"day": day.isoformat()},
                ),
            )
        match = COMPACT.fullmatch(str(int(value)))
        return Read(_date(*match.groups())) if match else _refuse_date()
    year, month = f"{value:.6f}".rstrip("0").split(".")
    if len(month) == 1 and len(year) == len("2019"):  # Excel made 2019.1 of 2019.10.
        day = _date(year, month + "0", None)
        return Read(
            day,
            Remark(
                N_("Read as %(day)s: Excel drops the zero of 2019.10"),
                N_("Write 2019-01 or 2019-10 as text"),
                {"day": day.isoformat()},
            ),
        )
    match = COMPACT.fullmatch(year + month)
    return Read(_date(*match.groups())) if match else _refuse_date()


def _date(year: str, month: str, day: str | None) -> date:
    if not 1 <= int(month) <= 12:  # noqa: PLR2004  # Months.
        raise Unreadable(
            N_("There is no month %(month)s"), N_("Write 2026-03 or 2026.03"), month=int(month)
        )
    try:
        return date(int(year), int(month), int(day or 1))
    except ValueError as error:
        raise Unreadable(
            N_("There is no day %(day)s in %(year)s-%(month)s"),
            N_("Look at the calendar"),
            year=year,
            month=month,
            day=day,
        ) from error


def _no_date() -> Unreadable:
    return Unreadable(N_("This is not a date"), N_("Write 2026-03-16, 2026.03 or 202603"))


def _refuse_date() -> Read:
    raise _no_date()


def read_count(highest: int) -> Reader:
    """Return a reader of a whole number from 0 to `highest`."""

    def read(value: Value) -> Read:
        text = unicodedata.normalize("NFKC", shown(value))
        if not (text.isascii() and text.isdigit() and int(text[:9]) <= highest):
            raise Unreadable(
                N_("This is not a whole number"),
                N_("A whole number from 0 to %(highest)s"),
                highest=highest,
            )
        return Read(int(text[:9]))

    return read


def read_choice(words: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Reader:
    """Return a reader of one of some words; `more` are accepted but not offered."""
    known = {word.lower(): value for word, value in {**words, **(more or {})}.items()}

    def read(value: Value) -> Read:
        word = unicodedata.normalize("NFKC", shown(value)).lower().replace(" ", "")
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
    word = ("是" if value else "否") if isinstance(value, bool) else shown(value).lower()
    if word not in YES | NO:
        raise Unreadable(
            N_("This is not one of the choices"), N_("One of: %(choices)s"), choices="是、否"
        )
    return Read(word in YES)
