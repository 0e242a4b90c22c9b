"""Number formats: which of them show a date, and which day a number then means.

ECMA-376, part 1, 18.8.30, with the formats of a Chinese Excel (27-36, 50-58) and that of WPS (59).
"""

import re
from datetime import datetime, timedelta

DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 60)})
# What else a format holds: quoted text, escaped characters, padding, colours, languages.
ASIDE = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
SIGNS = re.compile(r"[ymdhs]|aaa|[年月日时分秒]")
BEFORE_1904 = 1462  # days between the two counts that Excel knows
FALSE_LEAP_DAY = 60  # Excel counts a 29 February 1900.
LAST = 2_958_466  # 1 January 10000
DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  # A cell knows no zone.


def shows_date(code: str) -> bool:
    """Return whether a format shows a date or a time. Elapsed hours are a number."""
    if ELAPSED.search(code):
        return False
    first = ASIDE.sub("", code.split(";", 1)[0]).lower()
    return "general" not in first and SIGNS.search(first) is not None


def is_date(number: int, codes: dict[int, str]) -> bool:
    """Return whether the format with a number shows a date; `codes` are those of the file."""
    return shows_date(codes[number]) if number in codes else number in DATES


def day_of(serial: float, *, since_1904: bool) -> datetime | str | None:
    """Return the time that a serial number means, the words of a bare time, None for neither."""
    days = serial + BEFORE_1904 * since_1904
    if not 0 <= days < LAST:
        return None
    if days < 1:
        return (DAY_ZERO + timedelta(seconds=round(days * 86400))).time().isoformat()
    if days < FALSE_LEAP_DAY:
        days += 1
    return DAY_ZERO + timedelta(seconds=round(days * 86400))
