"""How sheets name a period, in both languages. Pure."""

from evalsys.foundation.spreadsheets.model import Words
from evalsys.organisation.periods.rules import parse_period

NUMERALS = "一二三四"


def period_words(code: str) -> Words:
    """Name a period in full: 2026年第三季度, Q3 2026."""
    kind, year, number = parse_period(code).kind, code[:4], int(code[-2:].lstrip("QH-"))
    if kind == "quarter":
        return Words(f"{year}年第{NUMERALS[number - 1]}季度", f"Q{number} {year}")
    if kind == "half":
        half = ("上", "first") if number == 1 else ("下", "second")
        return Words(f"{year}年{half[0]}半年", f"{half[1]} half of {year}")
    if kind == "month":
        return Words(f"{year}年{number}月", code)
    return Words(f"{year}年", f"the year {year}")
