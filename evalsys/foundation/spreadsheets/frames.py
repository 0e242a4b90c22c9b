"""The frame and the file name of internal workbooks."""

from datetime import datetime

from evalsys.core.city import say
from evalsys.core.errors import NP_, Text
from evalsys.core.pages import local_day, time_words
from evalsys.foundation.spreadsheets.model import Frame
from evalsys.foundation.spreadsheets.safe_text import safe_file_name

GAP = " " * 16  # to write by hand
INTERNAL = NP_("sheet", "Internal, not for passing on")
SIGNS = NP_("sheet", "Drawn up:%(gap)sChecked:%(gap)sSeal:%(gap)s").filled(gap=GAP)


def internal_frame(  # noqa: PLR0913  # Each stands somewhere on the paper.
    title: Text, place: str, who: str, *, at: datetime, lang: str, mark: str = ""
) -> Frame:
    """Return the frame of an internal workbook; `mark` follows name and time in the footer."""
    return Frame(
        lang=lang,
        title=say(title, lang),
        organisation=place,
        remark=say(INTERNAL, lang),
        foot=f"{who} {time_words(at)}{mark}".strip(),
        signs=say(SIGNS, lang),
    )


def book_name(*parts: str, at: datetime) -> str:
    """Return the file name of a workbook: the parts and the day of export."""
    return f"{safe_file_name(*parts, local_day(at).strftime('%Y%m%d'))}.xlsx"
