"""Columns that several sheets have."""

from collections.abc import Callable
from typing import TypeVar

from evalsys.foundation.spreadsheets.model import Column, Kind, Value, Words
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
            Words("单位", "Organ"),
            organ,
            meaning=Words("{科室}所属单位", "the organ of the section"),
        ),
        Column(
            Words("{科室}编码", "Section code"),
            code,
            Kind.CODE,
            Words("花名册中的编码", "the code in the roster"),
        ),
    )
