"""Columns that the registers of matters, of referrals and of coordinations share."""

from typing import Protocol, TypeVar

from evalsys.core.errors import N_, NP_, Message
from evalsys.foundation.spreadsheets.model import CellKind, Column
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import SOURCES
from evalsys.supervision.matters.sheets.rows import MatterLine

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


NUMBER: Column[MatterLine] = Column(
    NP_("sheet", "Matter number"),
    lambda row: row.case.number,
    CellKind.CODE,
    N_("the number of the year among matters"),
)
HANDLED: tuple[Column[MatterLine], ...] = (
    Column(
        N_("Section"),
        lambda row: row.case.home.name if row.case.home else NONE,
        meaning=N_("the section that it is assigned to"),
    ),
    Column(
        N_("Responsible person"),
        lambda row: row.handler or NONE,
        meaning=N_("named by the assignment"),
    ),
)
KEPT: tuple[Column[MatterLine], ...] = (
    Column(
        NP_("sheet", "Due on"),
        lambda row: row.term.due_on if row.term else NONE,
        meaning=N_("the end of the latest term of handling"),
    ),
    Column(
        NP_("sheet", "Light"),
        lambda row: row.light,
        meaning=N_("of that term, on the day of the export"),
    ),
    Column(
        NP_("sheet", "Working days late"),
        lambda row: row.late,
        CellKind.WHOLE,
        N_("the most of any of its terms; 0 if all were kept, or it is excused"),
    ),
)
