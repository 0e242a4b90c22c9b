"""Protection against formula injection in cells and CSV. Pure.

A leading apostrophe keeps a text a text, even when a workbook is saved as CSV and reopened.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

GUARD = "'"
LINE_END = "\r\n"
# First characters of a formula, half-width and full-width, and characters skipped before them.
FORMULA_STARTS = frozenset("=+-@＝＋－＠")
SKIPPED = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff"
ERROR_VALUES = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
)
SUSPECTS = FORMULA_STARTS | frozenset(SKIPPED) | {"#"}


def is_risky(text: str) -> bool:
    """Return whether a spreadsheet could evaluate the text when read from a CSV file."""
    # The first character decides in most cases; this runs for every cell of a million rows.
    return text[:1] in SUSPECTS and (
        text[:1] in {"\t", "\r", "\n"}
        or text.lstrip(SKIPPED)[:1] in FORMULA_STARTS
        or text in ERROR_VALUES
    )


def guarded(text: str) -> str:
    """Return the text, with an apostrophe in front if it could become a formula."""
    return GUARD + text if is_risky(text) else text


def csv_line(cells: Iterable[Any], *, end: str = LINE_END) -> str:
    """Return a line of CSV. All CSV files are written with it."""
    return csv_lines([cells]).removesuffix(LINE_END) + end


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return lines of CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(  # With its default line end, which it also quotes.
        [guarded(cell) if isinstance(cell, str) else cell for cell in cells] for cells in rows
    )
    return text.getvalue()


def unguarded(text: str) -> str:
    """Return a text without the apostrophe of `guarded`: our own files are read again."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text
