"""How the sheets of the recount are laid out: lines of cells by key, and shared formulas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from evalsys.core.city import say
from evalsys.core.errors import NP_, Text
from evalsys.foundation.spreadsheets.model import CellKind, Column, Grid, Live, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE

MEMBERS = NP_("sheet", "Recount of members")
SECTIONS = NP_("sheet", "Recount of sections")
UNITS = NP_("sheet", "Recount of units")
GROUPS = NP_("sheet", "Recount of groups")
RECOUNTED = NP_("a figure of a sheet", "%(figure)s, recounted")
AGREES, DIFFERS = NP_("sheet", "agrees"), NP_("sheet", "differs")
REMARK = "remark"  # The only cell that may be blank.
FIRST = 2  # the line below the headings
FLOOR = "0.000001"  # of a variance, as in F7


@dataclass(frozen=True)
class Line:
    """A line of a recount: values by the keys of the columns."""

    cells: Mapping[str, Value]


class RecountField(NamedTuple):
    """A column of a recount, by its key."""

    key: str
    heading: Text
    kind: CellKind
    meaning: Text


def grid_of(title: Text, fields: Sequence[RecountField], lang: str) -> Grid:
    """Return where the cells of a sheet will stand."""
    return Grid(say(title, lang), [field.key for field in fields])


def sheet_of(
    title: Text, fields: Sequence[RecountField], lines: Sequence[Line], frozen: int
) -> Sheet[Line]:
    """Return a sheet of lines; a cell without a value prints as —."""
    columns = tuple(_column(field) for field in fields)
    return Sheet(title, columns, lines, len(lines), frozen=frozen)


def _column(field: RecountField) -> Column[Line]:
    def value(line: Line) -> Value:
        known = line.cells.get(field.key)
        return NONE if known is None and field.key != REMARK else known

    return Column(field.heading, value, field.kind, field.meaning)


def again(figure: Text) -> Text:
    """Return the heading of a figure that a formula computes."""
    return RECOUNTED.filled(figure=figure)


def interval(estimate: str, error: str) -> tuple[Live, Live]:
    """Return both limits of a 95 % interval, from the names of two cells."""
    return (
        Live(f"=ROUND({estimate}-1.96*{error},2)"),
        Live(f"=ROUND({estimate}+1.96*{error},2)"),
    )


def below(line: Decimal | int | str, estimate: str, error: str) -> Live:
    """Return F10: the probability that the truth is below a line, which may be a cell."""
    share = f"ROUND(NORMSDIST(({line}-{estimate})/{error}),3)"
    return Live(f"=IF({error}=0,IF({estimate}<{line},1,0),{share})")


def checked(pairs: Sequence[tuple[str, str]], lang: str) -> Live | None:
    """Return the cell that says whether recounted and printed figures agree; None without any."""
    if not pairs:
        return None
    same = ",".join(f"ABS({a}-{b})<0.000001" for a, b in pairs)
    yes, no = (say(words, lang) for words in (AGREES, DIFFERS))
    return Live(f'=IF(AND({same}),"{yes}","{no}")')
