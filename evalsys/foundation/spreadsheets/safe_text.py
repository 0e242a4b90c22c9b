"""Safe texts for cells, headings and names of sheets and files. Pure.

A string cell is never evaluated, but people save workbooks as CSV and reopen them. Excel's
quotePrefix is lost that way, a visible apostrophe is not.
"""

import re

from evalsys.foundation.spreadsheets.characters import cut
from evalsys.foundation.spreadsheets.formulas import FORMULA_STARTS, guarded

# Lengths in UTF-16 code units, as in Excel.
LONGEST_TEXT = 32_767  # in a cell
LONGEST_TITLE = 31  # in the name of a sheet
# Characters invalid in XML, and escapes such as _x0009_ that Excel would decode.
IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
NOT_IN_FILE_NAMES = re.compile(r'[\s<>:"/\\|?*\x00-\x1f\x7f]+')


def safe_text(text: str) -> str:
    """Return a text valid for a cell; a possible formula gets an apostrophe."""
    if not text:
        return text
    if IMPOSSIBLE.search(text):
        text = IMPOSSIBLE.sub("\ufffd", text)
    if "_x" in text:
        text = ESCAPE.sub("_x005F_", text)
    text = guarded(text)
    short = cut(text, LONGEST_TEXT)
    return text if short is text else cut(text, LONGEST_TEXT - 1) + "…"


def safe_title(text: str) -> str:
    """Return a text valid as the name of a sheet, at most 31 characters."""
    title = NOT_IN_TITLES.sub(" ", IMPOSSIBLE.sub(" ", text)).strip(" '")
    if title[:1] in FORMULA_STARTS:
        title = f"_{title}"
    return cut(title, LONGEST_TITLE).rstrip(" '") or "_"


def safe_file_name(*parts: str) -> str:
    """Return a portable file name without an extension, the parts joined by _."""
    plain = (NOT_IN_FILE_NAMES.sub("", IMPOSSIBLE.sub("", part)).strip(".") for part in parts)
    return "_".join(part[:60] for part in plain if part)
