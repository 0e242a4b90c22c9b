"""Rows of long sheets as text, several times as fast as a cell at a time.

openpyxl builds three elements for every cell. Most values of a million rows repeat, so here each
value is turned into text once. What is written is byte for byte what openpyxl would write; a test
holds that, and if its stream is another one (lxml), openpyxl goes on by itself.
"""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import LXML
from openpyxl.compat import safe_string
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from evalsys.exchange.safe_text import safe_text
from evalsys.exchange.sheets import Value, Words

KEPT_VALUES = 2_000  # of a column, before it begins anew: what repeats stands close together


class TextRows:
    """Writes lines of values; `styles` are the numbers of the columns' styles, 0 for none."""

    def __init__(self, styles: Sequence[int], lang: str) -> None:
        self.lang = lang
        self.columns: list[tuple[str, int, dict[Value, str]]] = [
            (get_column_letter(place), style, {}) for place, style in enumerate(styles, start=1)
        ]

    def take_over(self, sheet: WriteOnlyWorksheet) -> bool:
        """Write what is appended to a sheet from now on; its heading must be written already.

        Returns False if its stream takes no text: then nothing changes.
        """
        if LXML:
            return False
        sheet._values_to_row = lambda values, _row: values  # noqa: SLF001  # See above.
        sheet._writer.write_row = self._write  # noqa: SLF001
        return True

    def _write(self, stream: Any, values: Sequence[Value], row: int) -> None:
        cells = []
        for (letter, style, known), value in zip(self.columns, values, strict=True):
            if value is None:
                continue
            rest = known.get(value)
            if rest is None:
                if len(known) >= KEPT_VALUES:
                    known.clear()
                rest = known[value] = self._rest(value, style)
            cells.append(f'<c r="{letter}{row}"{rest}')
        stream._file(f'<row r="{row}">{"".join(cells)}</row>')  # noqa: SLF001  # It takes text.

    def _rest(self, value: Value, style: int) -> str:
        """Return a cell from behind its address on."""
        styled = f' s="{style}"' if style else ""
        if isinstance(value, Words):
            value = value.said(self.lang)
        if not isinstance(value, str):
            return f'{styled} t="n"><v>{safe_string(value)}</v></c>'
        text = safe_text(value)
        if not text:
            return f'{styled} t="inlineStr" />'
        space = ' xml:space="preserve"' if text.strip() not in {"", text} else ""
        return f'{styled} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'
