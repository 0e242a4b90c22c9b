"""A reader of dates, in all formats that HR and Excel use. Pure."""

import re
import unicodedata
from datetime import date, datetime, timedelta

from evalsys.core.errors import N_
from evalsys.foundation.spreadsheets.characters import stripped
from evalsys.foundation.uploads.cells import Read, Reader, Remark, Unreadable, Value

SERIAL_ZERO = date(1899, 12, 30)  # Serial number 0 in Excel.
EARLIEST = date(1940, 1, 1)
LAST_SERIAL = (date(2100, 1, 1) - SERIAL_ZERO).days
FIRST_SERIAL = (EARLIEST - SERIAL_ZERO).days
DAY = re.compile(
    r"(\d{4}) ?[./年-] ?(\d{1,2})(?: ?[./月-] ?(\d{1,2}) ?[日号.]?| ?月份?)?(?![\d./-])(.*)"
)
# Ignored after a date: a weekday such as 星期一, a time.
BESIDE = re.compile(
    r"T?(?:\(?(?:星期|周)[一二三四五六日天\d]\)?)?"
    r"(?:(?:上午|下午|am|pm)?\d{1,2}[:时点](?:\d{1,2}(?:[:分](?:\d{1,2}(?:\.\d+)?秒?)?)?)?"
    r"(?:am|pm|z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
DOUBTFUL = re.compile(r"(\d{4})\.1")
TENS = re.compile("([二三]?)十([一二三四五六七八九]?)")
DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def read_date(on: date, ahead: int = 0) -> Reader:
    """Return a reader of dates up to `ahead` days after `on`. A month means its first day."""

    def read(value: Value) -> Read:
        day = _day(value)
        if day.value > on + timedelta(days=ahead):
            raise Unreadable(
                N_("%(day)s is in the future"),
                N_("At the latest %(last)s"),
                day=day.value.isoformat(),
                last=(on + timedelta(days=ahead)).isoformat(),
            )
        if day.value < EARLIEST:
            raise Unreadable(N_("%(day)s is too long ago"), day=day.value.isoformat())
        return day

    return read


def _day(value: Value) -> Read:
    if isinstance(value, datetime):
        return Read(value.date())
    if isinstance(value, bool):
        raise _no_date()
    if isinstance(value, int | float):
        return _day_of_number(value)
    text = _in_digits(" ".join(stripped(unicodedata.normalize("NFKC", value)).split()))
    if match := DOUBTFUL.fullmatch(text):  # In CSV it may have been a number.
        raise _doubtful(match[1])
    if (match := DAY.fullmatch(text)) and BESIDE.fullmatch(match[4].replace(" ", "")):
        return Read(_date(match[1], match[2], match[3]))
    if text.isascii() and text.isdigit() and len(text) <= len("20190901"):
        return _day_of_number(int(text))
    raise _no_date()


def _in_digits(text: str) -> str:
    """Return 二〇二六年十一月 as 2026年11月."""
    if "年" not in text:
        return text
    tens = TENS.sub(lambda match: f"{match[1] or '一'}{match[2] or '〇'}", text)
    return tens.translate(DIGITS)


def _day_of_number(value: float) -> Read:
    """Read 43700, 201909, 20190901 or 2019.09 stored as a number."""
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
    else:
        year, month = f"{value:.6f}".rstrip("0").split(".")
        if len(year) == len("2019") and len(month) == 1:
            if month == "1":
                raise _doubtful(year)
            month = f"0{month}"  # The number 2019.9 can only be September.
        match = COMPACT.fullmatch(year + month)
    if match is None:
        raise _no_date()
    return Read(_date(*match.groups()))


def _doubtful(year: str) -> Unreadable:
    return Unreadable(
        N_("January or October? As a number %(year)s.1 and %(year)s.10 are the same"),
        N_("Set the column to “Text” and write %(year)s-01 or %(year)s-10"),
        year=year,
    )


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
