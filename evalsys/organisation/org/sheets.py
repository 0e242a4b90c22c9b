"""Columns that several sheets have."""

from collections.abc import Callable
from typing import TypeVar

from evalsys.core.errors import N_, NP_
from evalsys.foundation.spreadsheets.model import Column, Kind, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.organisation.org.models import Section

Row = TypeVar("Row")


def place_columns(section_of: Callable[[Row], Section | None]) -> tuple[Column[Row], Column[Row]]:
    """Return the columns 单位 and 科室编码; a row over all sections has none of both."""

    def organ(row: Row) -> Value:
        section = section_of(row)
        return section.organ.name if section else NONE

    def code(row: Row) -> Value:
        section = section_of(row)
        return section.code if section else NONE

    return (
        Column(
            N_("Organ"),
            organ,
            meaning=N_("the organ of the section"),
        ),
        Column(
            NP_("sheet", "Section code"),
            code,
            Kind.CODE,
            N_("the code in the roster"),
        ),
    )
