"""Statutory holidays, off whether or not the year's notice is known. Pure.

Set by 全国年节及纪念日放假办法 of the State Council (as amended on 10 November 2024); the yearly
notice only moves working days around them.
"""

from collections.abc import Iterator
from datetime import date, timedelta

# (month, day): New Year, Labour Day, National Day.
FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
EVE_TO_THIRD = range(-1, 3)  # days from the first of the lunar year: its eve and three days
# year: (first day of the lunar year, Qingming, Dragon Boat Festival, Mid-Autumn Festival)
MOVABLE = {
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 23), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 11), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 31), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 19), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 8), (4, 5), (6, 10), (9, 16)),
    2036: ((1, 28), (4, 4), (5, 30), (10, 4)),
}


def _movable() -> Iterator[date]:
    for year, (spring, *others) in MOVABLE.items():
        yield from (date(year, *spring) + timedelta(n) for n in EVE_TO_THIRD)
        yield from (date(year, *day) for day in others)


MOVABLE_DAYS = frozenset(_movable())


def is_legal_holiday(day: date) -> bool:
    """Return whether a day is a statutory holiday; movable ones are known for 2027-2036."""
    return (day.month, day.day) in FIXED or day in MOVABLE_DAYS
