"""Number formats: detection of dates, and conversion of serial numbers.

ECMA-376, part 1, 18.8.30, with the formats of a Chinese Excel (27-36, 50-58) and that of WPS (59).
"""

import re
from datetime import datetime, timedelta

DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 60)})
# Parts of a format to ignore: quoted text, escaped characters, padding, colours, locales.
ASIDE = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
SIGNS = re.compile(r"[ymdhs]|aaa|[年月日时分秒]")
BEFORE_1904 = 1462  # days between Excel's 1900 and 1904 date systems
FALSE_LEAP_DAY = 60  # Excel's nonexistent 29 February 1900
LAST = 2_958_466  # 1 January 10000
DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  # Cells have no time zone.


def shows_date(code: str) -> bool:
    """Return whether a format code shows a date or a time. Elapsed hours are a number."""
    if ELAPSED.search(code):
        return False
    first = ASIDE.sub("", code.split(";", 1)[0]).lower()
    return "general" not in first and SIGNS.search(first) is not None


def is_date(number: int, codes: dict[int, str]) -> bool:
    """Return whether a format id shows a date; `codes` are the custom formats of the file."""
    return shows_date(codes[number]) if number in codes else number in DATES


def day_of(serial: float, *, since_1904: bool) -> datetime | str | None:
    """Convert a serial number to a datetime, or to text for a bare time; None if out of range."""
    days = serial + BEFORE_1904 * since_1904
    if not 0 <= days < LAST:
        return None
    if days < 1:
        return (DAY_ZERO + timedelta(seconds=round(days * 86400))).time().isoformat()
    if days < FALSE_LEAP_DAY:
        days += 1
    return DAY_ZERO + timedelta(seconds=round(days * 86400))
