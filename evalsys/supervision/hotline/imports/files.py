"""Reading a list of tickets: its headings first, then row by row."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import is_blank, shown
from evalsys.foundation.uploads.errors import BadFile
from evalsys.foundation.uploads.headings import LOOK_AT, Head, Layout, find_head
from evalsys.foundation.uploads.lists import Hidden, Wanted, stream_rows
from evalsys.foundation.uploads.reading.limits import MIB, ReadLimits
from evalsys.foundation.uploads.reading.reader import stream_lines
from evalsys.foundation.uploads.tables import RawSheet, TableRow
from evalsys.supervision.hotline.imports.columns import REQUIRED, Columns
from evalsys.supervision.hotline.rules import without_persons

LIMITS = ReadLimits(
    size=60 * MIB,
    unzipped=600 * MIB,
    answer=300 * MIB,
    rows=200_000,
    seconds=120,
)
SAMPLES, LONGEST_SAMPLE, LONGEST_HEADING = 3, 40, 100
NO_HEADINGS = N_("%(file)s has no row of headings: a row near its top that names the columns.")


@dataclass(frozen=True)
class SeenHeading:
    """A column of a list: its place from 0, its heading, and some of its values."""

    place: int
    heading: str
    samples: Sequence[str]


def read_headings(name: str, content: bytes, columns: Columns) -> list[SeenHeading]:
    """Return the columns of the first sheet with known headings, else of the first one.

    Raises BadFile.
    """
    sheets = _first_lines(name, content, columns)
    heads = [(sheet, find_head(sheet, columns)) for sheet in sheets]
    found = max(
        ((sheet, head) for sheet, head in heads if head is not None),
        key=lambda pair: len(pair[1].layout.places),
        default=None,
    )
    if found is not None:
        return _columns(*found)
    for sheet in sheets:
        if head := _fullest(sheet):
            return _columns(sheet, head)
    raise BadFile(NO_HEADINGS, file=name)


def _first_lines(name: str, content: bytes, columns: Columns) -> list[RawSheet]:
    """Return the visible sheets with their first lines, up to one with known headings."""
    sheets: list[RawSheet] = []
    for sheet, line in stream_lines(name, content, LIMITS):
        if sheet.is_hidden:
            continue
        if sheet not in sheets:
            sheets.append(sheet)
        if line is not None and len(sheet.lines) < LOOK_AT + SAMPLES:
            sheet.lines.append(line)
            is_full = len(sheet.lines) == LOOK_AT + SAMPLES
            if is_full and find_head(sheet, columns) is not None:
                break
    return sheets


def _fullest(sheet: RawSheet) -> Head | None:
    """Return the line with most texts as headings, None if none has enough of them."""
    texts = {
        line.number: sum(isinstance(one, str) and not is_blank(one) for one in line.values)
        for line in sheet.lines[:LOOK_AT]
    }
    best = max(texts, key=texts.__getitem__, default=None)
    if best is None or texts[best] <= len(REQUIRED):
        return None
    line = next(line for line in sheet.lines if line.number == best)
    return Head(best, Layout({}), line.values)


def _columns(sheet: RawSheet, head: Head) -> list[SeenHeading]:
    below = [line for line in sheet.lines if line.number > head.last][:SAMPLES]
    return [
        SeenHeading(
            place,
            shown(word)[:LONGEST_HEADING],
            [
                without_persons(" ".join(shown(line.at(place)).split()))[:LONGEST_SAMPLE]
                for line in below
                if not is_blank(line.at(place))
            ],
        )
        for place, word in enumerate(head.words)
        if not is_blank(word)
    ]


def read_rows(
    name: str, content: bytes, columns: Mapping[str, str], hidden: Hidden
) -> Iterator[TableRow]:
    """Yield the rows of a list by its named columns, field -> heading. Raises BadFile."""
    wanted = Wanted({key: (heading,) for key, heading in columns.items()}, tuple(columns), hidden)
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix[:8]) as file:
        file.write(content)
        file.flush()
        yield from stream_rows(name, Path(file.name), wanted, LIMITS)
