"""The columns of F7 for sections and members: adjusted score, interval, inputs.

An unadjusted score (M, R) is never shown with an adjusted interval: it has a column of its own;
where nothing was adjusted these columns are empty and the remark has its interval. With mean,
reliability and standard error the figures can be recomputed by hand.
"""

from decimal import Decimal
from typing import Protocol, TypeVar

from evalsys.core.errors import N_, NP_
from evalsys.foundation.spreadsheets.model import CellKind, Column, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.results.reports.rules import ScoreInterval
from evalsys.scores.models import CaseMixScore, MemberScore, SectionScore
from evalsys.scores.rules.formulas import THOUSANDTH, round_half_up


class ScoreRow(Protocol):
    """A row of a sheet about a section or a member."""

    @property
    def score(self) -> SectionScore | MemberScore:
        """The frozen row, as printed."""

    @property
    def figure(self) -> ScoreInterval | None:
        """The printable figure of it."""

    @property
    def mixed(self) -> CaseMixScore | None:
        """Its score at the usual mix of cases (F12), where that may be told."""


AnyRow = TypeVar("AnyRow", bound=ScoreRow)


def span_of(figure: ScoreInterval) -> str:
    """Return an interval as text."""
    return f"{figure.lo:.2f}–{figure.hi:.2f}"


def _of_figure(row: ScoreRow, name: str) -> Value:
    figure = row.figure
    value: Decimal | None = getattr(figure, name) if figure and figure.is_adjusted else None
    return NONE if value is None else value


def _of_row(row: ScoreRow, name: str) -> Decimal | None:
    value: Decimal | None = getattr(row.score, name)
    return value if row.figure and row.figure.is_adjusted else None


def _reliability(row: ScoreRow) -> Value:
    known = row.score.reliability
    if known is None or not (row.figure and row.figure.is_adjusted):
        return NONE
    return round_half_up(known, THOUSANDTH)


def adjusted_columns(_row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    """Return theta and the limits of its interval."""
    return (
        Column(
            N_("Adjusted score"),
            lambda row: _of_figure(row, "value"),
            CellKind.SCORE,
            N_("F7 (theta): mean of the group + reliability x (score - mean)"),
        ),
        Column(
            NP_("sheet", "Adjusted, lower limit"),
            lambda row: _of_figure(row, "lo"),
            CellKind.SCORE,
            N_("F7: adjusted score - 1.96 x standard error"),
        ),
        Column(
            NP_("sheet", "Adjusted, upper limit"),
            lambda row: _of_figure(row, "hi"),
            CellKind.SCORE,
            N_("F7: adjusted score + 1.96 x standard error"),
        ),
    )


def input_columns(_row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    """Return the columns from which theta and its interval are recomputed."""
    return (
        Column(
            NP_("sheet", "Mean of the group"),
            lambda row: NONE if (mean := _of_row(row, "group_mean")) is None else mean,
            CellKind.SCORE,
            N_("F7 (mu): mean of the comparison group"),
        ),
        Column(
            NP_("sheet", "Reliability"),
            _reliability,
            CellKind.FINE,
            N_("F7 (lambda): near 1 with many ballots"),
        ),
        Column(
            NP_("sheet", "Standard error"),
            lambda row: NONE if (error := _of_row(row, "se")) is None else error,
            CellKind.SCORE,
            N_("F7: standard error of the adjusted score"),
        ),
        Column(
            NP_("sheet", "Own standard error"),
            lambda row: NONE if row.score.own_se is None else row.score.own_se,
            CellKind.SCORE,
            N_("F6b: of the unadjusted score, by the own ballots, never less than by the group's"),
        ),
    )


def mixed_columns(_row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    """Return the columns of F12, which stands beside the score and grounds nothing."""
    return (
        Column(
            NP_("sheet", "At the usual mix of cases"),
            lambda row: NONE if row.mixed is None else row.mixed.score,
            CellKind.SCORE,
            N_("F12, in tenths: the unadjusted score if cases were as in the whole group"),
        ),
        Column(
            NP_("sheet", "Its standard error"),
            lambda row: NONE if row.mixed is None else row.mixed.se,
            CellKind.SCORE,
            N_("F12, in tenths: of the score at the usual mix of cases"),
        ),
    )
