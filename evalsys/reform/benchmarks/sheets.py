"""The sheets of the workbook: comparison, figures, library, and the queue with its chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evalsys.core.errors import N_, NP_, Message, Text
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.reform.benchmarks.lists import NO_FIGURE
from evalsys.reform.benchmarks.models import BenchmarkCity, Figure, Indicator
from evalsys.reform.benchmarks.rules.comparing import Standing, gap
from evalsys.reform.benchmarks.rules.queue import HIGHEST, Placed
from evalsys.reform.benchmarks.words import DIRECTIONS

COMPARISON = NP_("sheet", "Comparison")
FIGURES = NP_("sheet", "Figures")
LIBRARY = NP_("sheet", "Indicators")
QUEUE = NP_("sheet", "What to do first")
TEXT = 40  # characters of a text column


@dataclass(frozen=True)
class ComparedRow:
    """An indicator with where the own city stands; `names` are those of the cities."""

    indicator: Indicator
    standing: Standing
    names: Mapping[int, str]

    @property
    def best(self) -> Value:
        """The name of the best other city."""
        return self.names[self.standing.best[0]] if self.standing.best else NONE

    def behind(self, other: Decimal | None) -> Value:
        """How far the own city is behind."""
        return _figure(gap(self.indicator.direction, self.standing.own, other))


def _figure(value: Decimal | None) -> Value:
    return NO_FIGURE if value is None else value


def comparison_sheet(rows: Sequence[ComparedRow], reference: str | None) -> Sheet[ComparedRow]:
    """Return the sheet of where the own city stands; with a reference city if one is named."""
    columns = (*STANDING, *(_reference_columns(reference) if reference else ()), *REST)
    return Sheet(COMPARISON, columns, rows, len(rows), frozen=1)


STANDING: tuple[Column[ComparedRow], ...] = (
    Column(
        NP_("sheet", "Indicator"), lambda row: row.indicator.name, meaning=N_("as in the library")
    ),
    Column(NP_("sheet", "Unit"), lambda row: row.indicator.unit, meaning=N_("of all its figures")),
    Column(
        NP_("sheet", "Which is better"),
        lambda row: Message(DIRECTIONS[row.indicator.direction]),
        meaning=N_("which figures are the better ones"),
    ),
    Column(
        NP_("sheet", "Year"),
        lambda row: row.standing.year or NONE,
        meaning=N_("only figures of this one year are compared"),
    ),
    Column(
        NP_("sheet", "Own city"),
        lambda row: _figure(row.standing.own),
        meaning=N_("the own figure; no figure is not 0"),
    ),
    Column(
        NP_("sheet", "Best other city"),
        lambda row: row.best,
        meaning=N_("the city with the best figure besides the own one"),
    ),
    Column(
        NP_("sheet", "Best figure"),
        lambda row: _figure(row.standing.best[1] if row.standing.best else None),
        meaning=N_("its figure"),
    ),
    Column(
        NP_("sheet", "Behind the best"),
        lambda row: row.behind(row.standing.best[1] if row.standing.best else None),
        meaning=N_("how far the own city is behind; below 0 it is ahead"),
    ),
)


def _reference_columns(name: str) -> tuple[Column[ComparedRow], ...]:
    return (
        Column(name, lambda row: _figure(row.standing.reference), meaning=N_("the reference city")),
        Column(
            NP_("sheet", "Behind the reference"),
            lambda row: row.behind(row.standing.reference),
            meaning=N_("how far the own city is behind; below 0 it is ahead"),
        ),
    )


REST: tuple[Column[ComparedRow], ...] = (
    Column(
        NP_("sheet", "Rank"),
        lambda row: row.standing.rank or NONE,
        CellKind.WHOLE,
        N_("equal figures share a rank"),
    ),
    Column(
        NP_("sheet", "Cities with a figure"),
        lambda row: row.standing.cities,
        CellKind.WHOLE,
        N_("among these is the rank"),
    ),
    Column(
        NP_("sheet", "Change"),
        lambda row: row.standing.trend.change if row.standing.trend else NONE,
        meaning=N_("of the own figure since the earlier year"),
    ),
    Column(
        NP_("sheet", "Earlier year"),
        lambda row: row.standing.trend.since if row.standing.trend else NONE,
        meaning=N_("the latest before it that has a figure"),
    ),
    Column(
        NP_("sheet", "Target"),
        lambda row: _target(row.standing.target),
        meaning=N_("of the own city for that year"),
    ),
    Column(
        NP_("sheet", "Missing to the target"),
        lambda row: _target(gap(row.indicator.direction, row.standing.own, row.standing.target)),
        meaning=N_("0 or below: it is reached"),
    ),
)


def _target(value: Decimal | None) -> Value:
    return NONE if value is None else value


@dataclass(frozen=True)
class FigureRow:
    """A place for a figure, filled or not."""

    indicator: Indicator
    city: BenchmarkCity
    year: int
    figure: Figure | None

    @property
    def entered_by(self) -> Value:
        """Who entered it."""
        if self.figure is None:
            return NONE
        return self.figure.user.display_name if self.figure.user else NONE


def figures_sheet(rows: Sequence[FigureRow]) -> Sheet[FigureRow]:
    """Return the sheet of all figures, which can be filled in and read back."""
    return Sheet(FIGURES, FIGURE_COLUMNS, rows, len(rows), frozen=3)


FIGURE_COLUMNS: tuple[Column[FigureRow], ...] = (
    Column(
        NP_("figures", "Indicator"), lambda row: row.indicator.name, meaning=N_("as in the library")
    ),
    Column(NP_("figures", "City"), lambda row: row.city.name, meaning=N_("one of those compared")),
    Column(NP_("figures", "Year"), lambda row: row.year, meaning=N_("four digits")),
    Column(
        NP_("figures", "Figure"),
        lambda row: _figure(row.figure.value if row.figure else None),
        meaning=N_("in the unit beside it; no figure is not 0"),
    ),
    Column(NP_("figures", "Unit"), lambda row: row.indicator.unit, meaning=N_("of the indicator")),
    Column(
        NP_("figures", "Source"),
        lambda row: row.figure.source if row.figure else "",
        meaning=N_("who published it, and where"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("figures", "Address or document number"),
        lambda row: row.figure.reference if row.figure else "",
        meaning=N_("where the source is found"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(NP_("figures", "Entered by"), lambda row: row.entered_by, meaning=N_("an account")),
    Column(
        NP_("figures", "Entered on"),
        lambda row: local_day(row.figure.entered_at) if row.figure else NONE,
        meaning=N_("the day of the latest entry"),
    ),
)


def library_sheet(indicators: Sequence[Indicator]) -> Sheet[Indicator]:
    """Return the sheet of the library."""
    return Sheet(LIBRARY, LIBRARY_COLUMNS, indicators, len(indicators), frozen=1)


def _long(heading: Text, name: str, meaning: Text) -> Column[Indicator]:
    def value(row: Indicator) -> Value:
        return getattr(row, name) or NONE

    return Column(heading, value, meaning=meaning, is_wide=True, widest=TEXT)


LIBRARY_COLUMNS: tuple[Column[Indicator], ...] = (
    Column(NP_("sheet", "Indicator"), lambda row: row.name, meaning=N_("its name")),
    _long(NP_("sheet", "Definition"), "definition", N_("what is counted, and how")),
    Column(NP_("sheet", "Unit"), lambda row: row.unit, meaning=N_("of all its figures")),
    Column(
        NP_("sheet", "Decimals"),
        lambda row: row.places,
        CellKind.WHOLE,
        N_("at most so many in a figure"),
    ),
    Column(
        NP_("sheet", "Which is better"),
        lambda row: Message(DIRECTIONS[row.direction]),
        meaning=N_("which figures are the better ones"),
    ),
    _long(NP_("sheet", "Source of the definition"), "source", N_("who defined it, and where")),
    Column(
        NP_("sheet", "Retired since"),
        lambda row: row.retired.since if row.retired else NONE,
        meaning=N_("no longer compared from that year on; its figures stay"),
    ),
    Column(
        NP_("sheet", "Why it was retired"),
        lambda row: row.retired.reason if row.retired else NONE,
        is_wide=True,
        widest=TEXT,
    ),
)


@dataclass(frozen=True)
class QueueRow:
    """An entry of the queue."""

    placed: Placed
    indicator: Indicator


def queue_sheet(rows: Sequence[QueueRow]) -> Sheet[QueueRow]:
    """Return the sheet of what to do first, with the priorities as bars."""
    from evalsys.foundation.spreadsheets.charts import draw_numbers

    draw = draw_numbers(NP_("sheet", "Urgency times ease"), len(QUEUE_COLUMNS), HIGHEST * HIGHEST)
    return Sheet(QUEUE, QUEUE_COLUMNS, rows, len(rows), frozen=1, draw=draw if rows else None)


QUEUE_COLUMNS: tuple[Column[QueueRow], ...] = (
    Column(
        NP_("sheet", "Indicator"), lambda row: row.indicator.name, meaning=N_("as in the library")
    ),
    Column(
        NP_("sheet", "Place in the queue"),
        lambda row: row.placed.place,
        CellKind.WHOLE,
        N_("those judged alike share one"),
    ),
    Column(
        NP_("sheet", "Urgency"),
        lambda row: row.placed.judged.urgency,
        CellKind.WHOLE,
        N_("1 can wait to 5 at once"),
    ),
    Column(
        NP_("sheet", "Why it is that urgent"),
        lambda row: row.indicator.urgency_reason or NONE,
        meaning=N_("as it was judged"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Ease"),
        lambda row: row.placed.judged.ease,
        CellKind.WHOLE,
        N_("1 hard to 5 easy"),
    ),
    Column(
        NP_("sheet", "Why it is that easy or hard"),
        lambda row: row.indicator.ease_reason or NONE,
        meaning=N_("as it was judged"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Priority"),
        lambda row: row.placed.judged.priority,
        CellKind.WHOLE,
        N_("urgency times ease, 1 to 25"),
    ),
)
