"""The sheets of figures of work beside the score, of a person or of many sections."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE, PAUSE, join
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.sheets import place_columns
from evalsys.personnel.archive.achievements import WorkAsked
from evalsys.personnel.archive.rules import Achievement, Part
from evalsys.personnel.archive.words import BEARINGS

TITLE = NP_("sheet", "Work, not in the score")
PART = NP_("part of a figure", "%(name)s %(figure)s")


@dataclass(frozen=True)
class WorkRow:
    """A figure of a person, or of a section, and the days that were asked for."""

    achievement: Achievement
    asked: WorkAsked
    section: Section | None = None


def work_sheet(rows: Sequence[WorkRow], *, of_sections: bool = False) -> Sheet[WorkRow]:
    """Return the sheet of some figures; those of sections say whose they are."""
    columns = (*SECTION, *COLUMNS, *PLACE) if of_sections else COLUMNS
    return Sheet(TITLE, columns, rows, len(rows), frozen=1)


def _of(row: WorkRow) -> Value:
    return NONE if row.achievement.of is None else row.achievement.of


def _parts(row: WorkRow) -> Value:
    parts = row.achievement.parts
    return join([_part(part) for part in parts], PAUSE) if parts else NONE


def _part(part: Part) -> Text:
    return PART.filled(name=part.name, figure=part.figure)


def _day(find: Callable[[WorkAsked], date]) -> Callable[[WorkRow], Value]:
    return lambda row: find(row.asked)


SECTION: tuple[Column[WorkRow], ...] = (
    Column(
        N_("Section"),
        lambda row: row.section.name if row.section else NONE,
        meaning=NP_("section", "name"),
    ),
)
PLACE: tuple[Column[WorkRow], ...] = place_columns(lambda row: row.section)
COLUMNS: tuple[Column[WorkRow], ...] = (
    Column(
        NP_("figure", "What is counted"),
        lambda row: row.achievement.name,
        meaning=N_("beside the score: no part of the sum, of a rank or of a proposal"),
    ),
    Column(
        NP_("figure", "How many"),
        lambda row: row.achievement.figure,
        CellKind.WHOLE,
        N_("of what was open on one of the days"),
    ),
    Column(
        NP_("figure", "Out of"),
        _of,
        CellKind.WHOLE,
        N_("all of which the figure is a part; none for a mere number"),
    ),
    Column(
        NP_("figure", "Made up of"),
        _parts,
        meaning=N_("by light, level or decision"),
        is_wide=True,
    ),
    Column(
        NP_("figure", "Speaks"),
        lambda row: BEARINGS[row.achievement.bearing],
        meaning=N_("for or against whom it is about; 0 is neither"),
    ),
    Column(
        NP_("figure", "Source"),
        lambda row: row.achievement.source,
        meaning=N_("the register that lists what is counted"),
    ),
    Column(NP_("sheet", "From"), _day(lambda asked: asked.since), meaning=N_("first day")),
    Column(NP_("sheet", "To"), _day(lambda asked: asked.until), meaning=N_("last day")),
    Column(
        NP_("sheet", "Read on"),
        _day(lambda asked: asked.on),
        meaning=N_("as things stood on this day"),
    ),
)
