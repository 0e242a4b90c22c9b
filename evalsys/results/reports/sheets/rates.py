"""The columns of F13 for sections and members: tickets for services, ballots for tickets."""

from decimal import Decimal
from typing import Protocol, TypeVar

from evalsys.core.errors import N_, NP_
from evalsys.foundation.spreadsheets.model import CellKind, Column, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.reports.funnel.rates import AnyScored, ToldRate, rates_of
from evalsys.results.reports.words import STANDINGS

PERCENT = Decimal(100)
UNKNOWN = NP_("sheet", "unknown")


class RatedRow(Protocol):
    """A row of a sheet about a section or a member."""

    @property
    def score(self) -> AnyScored:
        """The frozen row, as printed."""

    @property
    def rules(self) -> PolicyRules:
        """The rules of the result."""


AnyRow = TypeVar("AnyRow", bound=RatedRow)


def _told(row: RatedRow, name: str) -> ToldRate | None:
    told: ToldRate | None = getattr(rates_of(row.score, row.rules), name)
    return told


def _share(row: RatedRow, name: str) -> Value:
    told = _told(row, name)
    return UNKNOWN if told is None else told.percent / PERCENT


def _standing(row: RatedRow, name: str) -> Value:
    told = _told(row, name)
    return NONE if told is None or told.standing is None else STANDINGS[told.standing]


def _count(row: RatedRow, name: str) -> Value:
    count: int | None = getattr(row.score, name)
    return UNKNOWN if count is None else count


def rate_columns(row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    """Return the columns of both rates."""
    return (*_issue_columns(row), *_response_columns(row))


def _issue_columns(_row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    return (
        Column(
            NP_("sheet", "Services handled"),
            lambda row: _count(row, "services"),
            CellKind.WHOLE,
            N_("F13: as entered from the business system; days without a number are left out"),
        ),
        Column(
            NP_("sheet", "Tickets of these days"),
            lambda row: _count(row, "matched"),
            CellKind.WHOLE,
            N_("F13: tickets issued on the days with a number of services"),
        ),
        Column(
            NP_("sheet", "Issue rate"),
            lambda row: _share(row, "issue"),
            CellKind.RATE,
            N_("F13: tickets by services; unknown is not 100 %%").filled(),
        ),
        Column(
            NP_("sheet", "Issue rate among its kind"),
            lambda row: _standing(row, "issue"),
            meaning=N_("F13: in the funnel of the group, with the words of F11"),
        ),
    )


def _response_columns(_row: type[AnyRow]) -> tuple[Column[AnyRow], ...]:
    return (
        Column(
            NP_("sheet", "Ratings asked for"),
            lambda row: _count(row, "asked"),
            CellKind.WHOLE,
            N_("F13: tickets and invitations; of a section: of its members with a score"),
        ),
        Column(
            NP_("sheet", "Response rate"),
            lambda row: _share(row, "response"),
            CellKind.RATE,
            N_("F13: valid ballots by ratings asked for"),
        ),
        Column(
            NP_("sheet", "Response rate among its kind"),
            lambda row: _standing(row, "response"),
            meaning=N_("F13: in the funnel of the group, with the words of F11"),
        ),
    )
