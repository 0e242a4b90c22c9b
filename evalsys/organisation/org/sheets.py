"""Parts that sheets share: the columns of a section, and the scope of a workbook."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select

from evalsys.core.errors import N_, NP_, Text
from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import CellKind, Column, Value
from evalsys.foundation.spreadsheets.words import ALL_SECTIONS, IN_SCOPE, NONE
from evalsys.organisation.org.models import Organ, Section

Row = TypeVar("Row")
NAMED_SECTIONS = 6


def place_columns(
    section_of: Callable[[Row], Section | None],
    organ_of: Callable[[Row], Organ | None] = lambda _row: None,
) -> tuple[Column[Row], Column[Row]]:
    """Return the columns 单位 and 科室编码.

    Without a section the code is NONE, and the organ what `organ_of` gives, or NONE.
    """

    def organ(row: Row) -> Value:
        section = section_of(row)
        owner = section.organ if section else organ_of(row)
        return owner.name if owner else NONE

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
            CellKind.CODE,
            N_("the code in the roster"),
        ),
    )


def scope_text(sections: Select[str], visible: ColumnElement[bool], place: str) -> Text:
    """Name the visible sections: each one if there are few, otherwise all or those in scope.

    `sections` selects their names; `place` names the organ or section of the workbook.
    """
    others = select(sections.where(~visible).exists()).scalar_subquery()
    few = sections.where(visible).order_by(Section.code).limit(NAMED_SECTIONS + 1)
    rows = db.session.execute(few.add_columns(others.label("others"))).all()
    if len(rows) <= NAMED_SECTIONS:
        return "、".join(row[0] for row in rows) or NONE
    if not rows[0].others:
        return ALL_SECTIONS
    return IN_SCOPE.filled(place=place)
