"""What the cover of every workbook says: how much there is, who exported it, when."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from evalsys.core.pages import time_words
from evalsys.foundation.spreadsheets.model import Sheet, Words
from evalsys.foundation.spreadsheets.words import same

Facts: TypeAlias = Iterator[tuple[Words, Words]]

SYSTEM_NAME = Words("系统（命令行）", "the system (command line)")


def export_facts(who: str, at: datetime, sheets: Sequence[Sheet[Any]], persons: int) -> Facts:
    """Yield what every cover says: how much there is, who exported it, when."""
    yield (
        Words("行数", "Rows"),
        Words(
            "；".join(f"{sheet.title.zh} {sheet.count:,}" for sheet in sheets),
            "; ".join(f"{sheet.title.en} {sheet.count:,}" for sheet in sheets),
        ),
    )
    yield Words("涉及人数", "People named"), same(f"{persons:,}")
    yield Words("导出人", "Exported by"), same(who) if who else SYSTEM_NAME
    yield Words("导出时间", "Exported at"), same(f"{time_words(at)} (UTC+8)")
