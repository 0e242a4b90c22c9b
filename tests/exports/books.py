"""A closed quarter to export, and an independent reader of workbooks."""

from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from evalsys.core.permissions import SYSTEM, Actor
from evalsys.exports.service import export, request_export
from evalsys.organisation.org.models import Section
from evalsys.results.closing.service import close_period
from tests.factories import make_ratings, make_staff
from tests.results.closing.city import CODE, GOOD, NOW, TODAY, make_city

Table = list[list[Any]]


def make_closed_city() -> tuple[Section, Section]:
    """Create a closed quarter: a section scored low, one high, one with too few ballots."""
    low, high = make_city()
    thin = make_staff(high, number="0000777")
    make_ratings(thin, high, [GOOD] * 3)
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    return low, high


def read(
    tmp_path: Path, name: str, actor: Actor = SYSTEM, lang: str = "zh", **filters: str
) -> dict[str, Table]:
    """Export a workbook and read it with an independent reader."""
    path = tmp_path / "book.xlsx"
    export(request_export(actor, name, CODE, filters, lang=lang, now=NOW), path)
    book = CalamineWorkbook.from_path(path)
    return {title: book.get_sheet_by_name(title).to_python() for title in book.sheet_names}


def column(table: Table, heading: str) -> list[Any]:
    place = table[0].index(heading)
    return [row[place] for row in table[1:]]
