"""The columns of F7, for sections and members: an adjusted score with its own interval, and inputs.

A score as it was rated (M, R) never stands beside an adjusted interval: it has a column of its own
elsewhere, and where nothing was adjusted these columns are empty and the remark says its interval.
With mean, reliability and standard error each of these figures can be recounted by hand.
"""

from decimal import Decimal
from typing import Protocol, TypeVar

from evalsys.foundation.spreadsheets.model import Column, Kind, Value, Words
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.results.reports.rules import Shown
from evalsys.scores.models import MemberScore, SectionScore
from evalsys.scores.rules import THOUSANDTH, round_half_up


class Row(Protocol):
    """A line of a sheet about a section or a member."""

    @property
    def score(self) -> SectionScore | MemberScore:
        """The frozen row, as it may be printed."""

    @property
    def figure(self) -> Shown | None:
        """The figure that may be printed of it."""


AnyRow = TypeVar("AnyRow", bound=Row)


def span_of(figure: Shown) -> Words:
    """Write an interval as it stands in a cell."""
    text = f"{figure.lo:.2f}–{figure.hi:.2f}"
    return Words(text, text)


def _of_figure(row: Row, name: str) -> Value:
    figure = row.figure
    found: Decimal | None = getattr(figure, name) if figure and figure.is_adjusted else None
    return NONE if found is None else found


def _of_row(row: Row, name: str) -> Decimal | None:
    found: Decimal | None = getattr(row.score, name)
    return found if row.figure and row.figure.is_adjusted else None


def _reliability(row: Row) -> Value:
    known = row.score.reliability
    if known is None or not (row.figure and row.figure.is_adjusted):
        return NONE
    return round_half_up(known, THOUSANDTH)


def adjusted_columns(_row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    """Return theta and the limits of its interval."""
    return (
        Column(
            Words("调整后得分", "Adjusted score"),
            lambda row: _of_figure(row, "value"),
            Kind.SCORE,
            Words(
                "F7（θ）：同组均值+可靠度×（得分−同组均值）；评价越少，越向均值收拢",
                "F7 (theta): mean of the group + reliability x (score - mean)",
            ),
        ),
        Column(
            Words("调整后下限", "Adjusted, lower limit"),
            lambda row: _of_figure(row, "lo"),
            Kind.SCORE,
            Words("F7：调整后得分−1.96×标准误", "F7: adjusted score - 1.96 x standard error"),
        ),
        Column(
            Words("调整后上限", "Adjusted, upper limit"),
            lambda row: _of_figure(row, "hi"),
            Kind.SCORE,
            Words("F7：调整后得分+1.96×标准误", "F7: adjusted score + 1.96 x standard error"),
        ),
    )


def input_columns(_row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    """Return what theta and its interval are recounted from, beside the score itself."""
    return (
        Column(
            Words("同组均值", "Mean of the group"),
            lambda row: NONE if (mean := _of_row(row, "group_mean")) is None else mean,
            Kind.SCORE,
            Words("F7（μ）：比较组的均值", "F7 (mu): mean of the comparison group"),
        ),
        Column(
            Words("可靠度", "Reliability"),
            _reliability,
            Kind.FINE,
            Words("F7（λ）：0到1，评价越多越接近1", "F7 (lambda): near 1 with many ballots"),
        ),
        Column(
            Words("标准误", "Standard error"),
            lambda row: NONE if (error := _of_row(row, "se")) is None else error,
            Kind.SCORE,
            Words("F7：调整后得分的标准误", "F7: standard error of the adjusted score"),
        ),
    )
