"""Find the row of headings in a sheet, in Chinese or English, with or without a star. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LOOK_AT = 20  # lines; titles and notes may stand above the headings
ENOUGH = 2  # known headings make a row of headings, where none is required
DECORATION = re.compile(r"[\s*＊:：]|[(（]必填[)）]|\(required\)")


@dataclass(frozen=True)
class Layout:
    """Which column of the sheet holds what: key -> place, from 0."""

    places: Mapping[str, int]
    unknown: Sequence[str] = ()
    doubled: Sequence[str] = ()

    def pick(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return key -> value of a row; blank cells are left out."""
        return {
            key: values[place]
            for key, place in self.places.items()
            if place < len(values) and values[place] is not None
        }


def plain(heading: object) -> str:
    """Return a heading as it is compared: no spaces, stars or case, half-width."""
    text = unicodedata.normalize("NFKC", str(heading)).lower()
    return DECORATION.sub("", text).replace("_", "").replace("-", "")


def find_layout(
    values: Sequence[object],
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str] = (),
) -> Layout | None:
    """Return the layout if the row holds the headings, else None.

    `columns` maps each key to its accepted headings. Without `required` two known ones suffice.
    """
    keys = {plain(word): key for key, words in columns.items() for word in words}
    places: dict[str, int] = {}
    unknown, doubled = [], []
    for place, value in enumerate(values):
        key = keys.get(plain(value)) if isinstance(value, str) else None
        if key is None:
            if value is not None:
                unknown.append(str(value).strip())
        elif key in places:
            doubled.append(str(value).strip())
        else:
            places[key] = place
    found = all(key in places for key in required) if required else len(places) >= ENOUGH
    return Layout(places, unknown, doubled) if found else None
