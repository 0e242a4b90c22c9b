"""Find the headings of a sheet, in one or more lines, Chinese or English. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalsys.foundation.spreadsheets.characters import word
from evalsys.foundation.uploads.cells import is_blank
from evalsys.foundation.uploads.tables import RawLine, RawSheet, filled

LOOK_AT = 20  # lines searched for headings, below titles and notes
DEEPEST = 3  # lines of headings at most
ENOUGH = 2  # known headings needed where none is required
DECORATION = re.compile(r"[\s*:_-]|\(必填\)|\(required\)")
BRACKET = re.compile(r"\([^()]*\)$")


@dataclass(frozen=True)
class Layout:
    """The columns of a sheet: key -> index, from 0."""

    places: Mapping[str, int]
    unknown: Sequence[str] = ()
    doubled: Sequence[str] = ()

    def pick(self, values: Sequence[Any]) -> dict[str, Any]:
        """Map the keys to the values of a row, without blank cells."""
        return {
            key: values[place]
            for key, place in self.places.items()
            if place < len(values) and not is_blank(values[place])
        }


@dataclass(frozen=True)
class Head:
    """The headings of a sheet; `last` is the number of their last row, `words` are all of them."""

    last: int
    layout: Layout
    words: Sequence[object] = ()


def plain(heading: object) -> str:
    """Normalise a heading for comparison: half-width, lower case, without blanks and stars."""
    return DECORATION.sub("", word(unicodedata.normalize("NFKC", str(heading))))


class Known:
    """The expected headings: key -> accepted words."""

    def __init__(self, columns: Mapping[str, Sequence[str]], required: Sequence[str] = ()) -> None:
        self.keys = {plain(word): key for key, words in columns.items() for word in words}
        self.required = required

    def key(self, value: object) -> str | None:
        """Return the key of a heading, ignoring a trailing bracket; None if it is unknown."""
        if not isinstance(value, str):
            return None
        text = plain(value)
        return self.keys.get(text) or self.keys.get(BRACKET.sub("", text))

    def layout(self, values: Sequence[object]) -> Layout | None:
        """Return the layout of a line of headings, None if it is none.

        Without `required` two known headings suffice.
        """
        places: dict[str, int] = {}
        unknown, doubled = [], []
        for place, value in enumerate(values):
            key = self.key(value)
            if key is None:
                if not is_blank(value):
                    unknown.append(str(value).strip())
            elif key in places:
                doubled.append(str(value).strip())
            else:
                places[key] = place
        needed = self.required
        is_head = all(key in places for key in needed) if needed else len(places) >= ENOUGH
        return Layout(places, unknown, doubled) if is_head else None

    def joined(self, lines: Sequence[RawLine]) -> list[object] | None:
        """Join headings of several lines: the lowest known word of each column.

        None if the lower lines are rows of data: one of them has a value below a known heading, or
        they have too few headings of their own.
        """
        *above, bottom = lines
        result: list[object] = []
        own = down = 0
        for place in range(max(len(line.values) for line in lines)):
            column = [line.at(place) for line in lines]
            texts = [value for value in column if not is_blank(value)]
            low = bottom.at(place)
            if _is_aside(low) or (len(texts) > 1 and texts[-1] == texts[-2]):
                known = next((t for t in reversed(texts) if self.key(t)), low)
                down += not _is_aside(low) and self.key(known) is not None
                result.append(known)
                continue
            if any(self.key(line.at(place)) for line in above):
                return None
            whole = "".join(map(str, texts))
            own += self.key(low) is not None or self.key(whole) is not None
            result.append(low if self.key(low) else whole if self.key(whole) else low)
        return result if own >= ENOUGH or (own and down >= ENOUGH) else None


def _is_aside(value: object) -> bool:
    """Return whether a heading's lower line is empty or a remark in brackets, as (年月)."""
    return is_blank(value) or BRACKET.fullmatch(plain(value)) is not None


def find_head(
    sheet: RawSheet, columns: Mapping[str, Sequence[str]], required: Sequence[str] = ()
) -> Head | None:
    """Return the headings of a sheet: the lines with most known ones, or None.

    `columns` maps each key to its accepted headings. Merged cells count in every covered cell.
    """
    known = Known(columns, required)
    first = sheet.lines[:LOOK_AT]
    lines = filled(sheet, first[-1].number) if first else []
    best: Head | None = None
    for depth in range(1, DEEPEST + 1):
        for start in range(len(lines) - depth + 1):
            block = lines[start : start + depth]
            values = known.joined(block) if depth > 1 else block[0].values
            layout = known.layout(values) if values is not None else None
            if layout and (best is None or len(layout.places) > len(best.layout.places)):
                best = Head(_bottom(sheet, block[-1].number, layout), layout, values or ())
    return best


def _bottom(sheet: RawSheet, row: int, layout: Layout) -> int:
    """Return the last row of the headings, including those merged downwards."""
    places = set(layout.places.values())
    bottoms = [
        area.bottom
        for area in sheet.merged
        if area.top <= row <= area.bottom < area.top + DEEPEST
        and places & set(range(area.left - 1, area.right))
    ]
    return max([row, *bottoms])
