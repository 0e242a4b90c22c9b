"""Columns that the registers of matters and of referrals share."""

from typing import Protocol, TypeVar

from evalsys.core.errors import N_, NP_, Message
from evalsys.foundation.spreadsheets.model import CellKind, Column
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import SOURCES

TEXT = 24  # characters of a text column


class HasMatter(Protocol):
    """A row of a register that is about a matter."""

    @property
    def matter(self) -> Matter:
        """The matter."""


R = TypeVar("R", bound=HasMatter)


def matter_columns() -> tuple[Column[R], ...]:
    """Return the columns that say where a matter comes from, and what it is about."""
    return (
        Column(
            NP_("sheet", "Source"),
            lambda row: Message(SOURCES[row.matter.source]),
            meaning=N_("where the matter comes from"),
        ),
        Column(
            NP_("sheet", "Number there"),
            lambda row: row.matter.reference or NONE,
            CellKind.CODE,
            N_("the number in the system that it comes from"),
        ),
        Column(
            NP_("sheet", "Title"),
            lambda row: row.matter.title,
            meaning=N_("what it is about"),
            is_wide=True,
            widest=TEXT,
        ),
    )
