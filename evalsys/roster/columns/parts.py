"""What the columns of both sheets share. Pure."""

from collections.abc import Callable, Mapping
from datetime import date

from evalsys.foundation.uploads import cells
from evalsys.foundation.uploads.cells import Reader


def always(reader: Reader) -> Callable[[date], Reader]:
    """Return a reader that is the same on every day."""
    return lambda on: reader


def choice(words: Mapping[str, object]) -> Callable[[date], Reader]:
    """Return a reader of one of some words, or of the value that it stands for."""
    return always(cells.read_choice(words, {str(value): value for value in words.values()}))


CODE = always(cells.read_code)
SPAN_NOTE = "例：2019-09-01、2019.09、201909"
SPAN_NOTE_EN = "E.g. 2019-09-01, 2019.09, 201909"
