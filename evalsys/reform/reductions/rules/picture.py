"""The picture of two processes side by side: figures in, coordinates out. Pure.

The width fits a phone of 360 pixels with letters that can be read; text is wrapped here, because
SVG does not. Templates choose paint and words.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evalsys.reform.reductions.rules.steps import ProcessStep, StepPair, align, plain

WIDTH, COLUMN, EDGE = 340, 158, 8
NAME_SIZE, WHO_SIZE = 15, 13  # of letters
NAME_LINE, WHO_LINE = 19, 17  # from one line to the next
GAP = 16  # between two rows, where the arrow is
MOST_LINES = 3
NARROW, SPACE = 0.56, 0.3  # of the width of a Chinese character


def width_of(text: str) -> float:
    """Return about how wide a text is, in widths of a Chinese character."""
    return sum(
        1.0 if unicodedata.east_asian_width(one) in "WFA" else SPACE if one == " " else NARROW
        for one in text
    )


def wrap(text: str, widest: float, most: int = MOST_LINES) -> list[str]:
    """Break a text into lines; Latin words stay whole where they fit, the rest is cut."""
    lines, line = list[str](), ""
    for piece in _pieces(text):
        if width_of(line + piece) <= widest:
            line += piece
            continue
        if line.strip():
            lines.append(line.strip())
        line = ""
        for one in piece.lstrip():  # A piece that is too long for a line is broken anywhere.
            if line and width_of(line + one) > widest:
                lines.append(line)
                line = ""
            line += one
    if line.strip():
        lines.append(line.strip())
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]
    return lines


def _pieces(text: str) -> list[str]:
    """Return the parts between which a line may end: Chinese characters, and Latin words."""
    pieces = list[str]()
    for one in text:
        is_wide = width_of(one) == 1
        if pieces and not is_wide and one != " " and width_of(pieces[-1][-1]) != 1:
            pieces[-1] += one
        else:
            pieces.append(one)
    return pieces


@dataclass(frozen=True)
class TextLine:
    """A line of text at its height."""

    text: str
    y: float


@dataclass(frozen=True)
class StepBox:
    """A step in its column: kept, dropped or new. `arrow` is where the one before it ends."""

    x: float
    y: float
    height: float
    mark: str
    name: tuple[TextLine, ...]
    who: tuple[TextLine, ...]
    arrow: float | None


@dataclass(frozen=True)
class Picture:
    """Two columns of boxes, and the heights at which a line joins the same step."""

    height: float
    boxes: tuple[StepBox, ...]
    joins: tuple[float, ...]
    width: int = WIDTH
    column: int = COLUMN


@dataclass(frozen=True)
class _Words:
    name: Sequence[str]
    who: Sequence[str]

    @property
    def height(self) -> float:
        return 2 * EDGE + NAME_LINE * len(self.name) + WHO_LINE * len(self.who)


def draw(
    before: Sequence[ProcessStep],
    after: Sequence[ProcessStep],
    days: Callable[[Decimal], str] = plain,
) -> Picture:
    """Return the picture; `days` says how many working days."""
    rows, boxes, joins = align(before, after), list[StepBox](), list[float]()
    ends: dict[int, float] = {}  # column: where its last box ends
    y = 0.0
    for row in rows:
        cells = [
            (0, before[row.before], "kept" if row.is_kept else "dropped")
            if row.before is not None
            else None,
            (1, after[row.after], "kept" if row.is_kept else "new")
            if row.after is not None
            else None,
        ]
        shown = [(cell, _words(cell[1], days)) for cell in cells if cell is not None]
        height = max(words.height for _cell, words in shown)
        for (column, _step, mark), words in shown:
            boxes.append(_box((column, y, height), mark, words, ends.get(column)))
            ends[column] = y + height
        if row.is_kept:
            joins.append(y + height / 2)
        y += height + GAP
    return Picture(max(y - GAP, 1), tuple(boxes), tuple(joins))


def _words(step: ProcessStep, days: Callable[[Decimal], str]) -> _Words:
    inner = COLUMN - 2 * EDGE
    who = f"{step.who} · " if step.who else ""
    told = who + days(step.days)
    return _Words(wrap(step.name, inner / NAME_SIZE), wrap(told, inner / WHO_SIZE))


def _box(place: tuple[int, float, float], mark: str, words: _Words, above: float | None) -> StepBox:
    column, y, height = place
    x = column * (WIDTH - COLUMN)
    top = y + (height - words.height) / 2 + EDGE
    name = tuple(
        TextLine(text, top + NAME_LINE * (place + 1) - 4) for place, text in enumerate(words.name)
    )
    top += NAME_LINE * len(words.name)
    who = tuple(
        TextLine(text, top + WHO_LINE * (place + 1) - 4) for place, text in enumerate(words.who)
    )
    return StepBox(x, y, height, mark, name, who, above)


def changes(
    before: Sequence[ProcessStep], after: Sequence[ProcessStep]
) -> tuple[list[str], list[str]]:
    """Return the names of the steps that were dropped, and of the new ones."""
    rows: list[StepPair] = [row for row in align(before, after) if not row.is_kept]
    dropped = [before[row.before].name for row in rows if row.before is not None]
    return dropped, [after[row.after].name for row in rows if row.after is not None]
