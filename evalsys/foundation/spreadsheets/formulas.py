"""What a spreadsheet would compute instead of showing: in a cell, or in a line of CSV. Pure.

An apostrophe before it keeps a text a text, also when a workbook is saved as CSV and opened again.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

GUARD = "'"
LINE_END = "\r\n"
# What begins a formula, in half and full width; what spreadsheets skip before they look for one.
FORMULA_STARTS = frozenset("=+-@＝＋－＠")
SKIPPED = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff"
ERROR_VALUES = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
)
SUSPECTS = FORMULA_STARTS | frozenset(SKIPPED) | {"#"}


def is_risky(text: str) -> bool:
    """Return whether a spreadsheet that reads the text from a CSV file could compute it."""
    # The first character decides most texts; this runs for every cell of a million rows.
    return text[:1] in SUSPECTS and (
        text[:1] in {"\t", "\r", "\n"}
        or text.lstrip(SKIPPED)[:1] in FORMULA_STARTS
        or text in ERROR_VALUES
    )


def guarded(text: str) -> str:
    """Return the text, with an apostrophe before what could become a formula."""
    return GUARD + text if is_risky(text) else text


def csv_line(cells: Iterable[Any], *, end: str = LINE_END) -> str:
    """Return a line of CSV. Every file of ours is written with it."""
    return csv_lines([cells]).removesuffix(LINE_END) + end


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return many lines of CSV at once."""
    text = io.StringIO()
    csv.writer(text).writerows(  # Its own ending: what ends a line is what it quotes.
        [guarded(cell) if isinstance(cell, str) else cell for cell in cells] for cells in rows
    )
    return text.getvalue()
