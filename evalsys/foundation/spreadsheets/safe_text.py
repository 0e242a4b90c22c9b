"""Text that stays text: in a cell, in a heading, as the name of a sheet or a file. Pure.

A cell of type string is never computed, but people save workbooks as CSV and open them again: then
only the characters themselves protect. The mark of quoted text that Excel keeps with a cell
(quotePrefix) does not survive that way, a visible apostrophe does.
"""

import re

from evalsys.foundation.spreadsheets.characters import cut
from evalsys.foundation.spreadsheets.formulas import FORMULA_STARTS, guarded

# Excel counts UTF-16: a rare character beyond U+FFFF is two.
LONGEST_TEXT = 32_767  # in a cell
LONGEST_TITLE = 31  # in the name of a sheet
# Characters that XML cannot hold, and the escapes _x0009_ that Excel would turn into characters.
IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
NOT_IN_FILE_NAMES = re.compile(r'[\s<>:"/\\|?*\x00-\x1f\x7f]+')


def safe_text(text: str) -> str:
    """Return a text as a cell may hold it: what could become a formula gets an apostrophe."""
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
    """Return a text as the name of a sheet: no forbidden character, no formula, 31 characters."""
    title = NOT_IN_TITLES.sub(" ", IMPOSSIBLE.sub(" ", text)).strip(" '")
    if title[:1] in FORMULA_STARTS:
        title = f"_{title}"
    return cut(title, LONGEST_TITLE).rstrip(" '") or "_"


def safe_file_name(*parts: str) -> str:
    """Return the parts as a file name without an ending: joined by _, fit for every system."""
    plain = (NOT_IN_FILE_NAMES.sub("", IMPOSSIBLE.sub("", part)).strip(".") for part in parts)
    return "_".join(part[:60] for part in plain if part)
