"""Years of figures, and how figures are written. Pure."""

import unicodedata
from decimal import Decimal

from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import Read, Reader, Unreadable, Value

FIRST_YEAR, AHEAD = 2000, 10  # years of figures; of targets, this many from now on


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
