"""Facts on the cover of every workbook."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from evalsys.core.errors import N_, NP_, Text
from evalsys.core.pages import time_words
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.foundation.spreadsheets.words import join

Facts: TypeAlias = Iterator[tuple[Text, Text]]

SYSTEM_NAME = N_("the system (command line)")
COUNTED = NP_("a sheet and its rows", "%(sheet)s %(rows)s")


def export_facts(who: str, at: datetime, sheets: Sequence[Sheet[Any]], persons: int) -> Facts:
    """Yield the facts of every cover: rows, people, who exported it and when."""
    yield (
        NP_("sheet", "Rows"),
        join([COUNTED.filled(sheet=sheet.title, rows=f"{sheet.count:,}") for sheet in sheets]),
    )
    yield N_("People named"), f"{persons:,}"
    yield NP_("sheet", "Exported by"), who or SYSTEM_NAME
    yield NP_("sheet", "Exported at"), f"{time_words(at)} (UTC+8)"
