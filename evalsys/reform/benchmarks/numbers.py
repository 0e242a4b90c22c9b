"""Reading and writing figures: Decimals with the places and the unit of their indicator. Pure."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal

from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import Read, Reader, Unreadable, Value

NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
MOST_DIGITS = 12  # before the point
FIRST_YEAR, AHEAD = 2000, 10  # years of figures; of targets, this many from now on
EXACT = 15  # digits that Excel stores


def read_number(unit: str, places: int) -> Reader:
    """Return a reader of figures in a unit; the unit itself may follow the number."""

    def read(value: Value) -> Read:
        if isinstance(value, bool | datetime):
            raise Unreadable(N_("This is not a number"), N_("Write digits"))
        text = f"{value:.{EXACT}g}" if isinstance(value, float) else str(value)
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


def read_year(last: int) -> Reader:
    """Return a reader of years from 2000 to `last`; 年 may follow."""

    def read(value: Value) -> Read:
        text = f"{value:g}" if isinstance(value, float) else str(value)
        text = unicodedata.normalize("NFKC", text).strip().removesuffix("年").strip()
        if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:6]) <= last):
            raise Unreadable(
                N_("This is not a year from %(first)s to %(last)s"),
                N_("Four digits"),
                first=FIRST_YEAR,
                last=last,
            )
        return Read(int(text))

    return read


def figure_words(value: Decimal | None, places: int) -> str:
    """Format a figure with the places of its indicator; — for None, never 0."""
    return "—" if value is None else f"{value:,.{places}f}".replace(",", "\u202f")
