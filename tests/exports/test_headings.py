"""The words of every workbook, in both languages, as they stand in `headings.txt`.

Who reads our workbooks by machine, or has kept them for years, finds a column by its heading: a
word that changes here has to be meant.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.exports.registers.archive import export_archive, request_archive
from evalsys.exports.registers.books import export_register, request_register
from evalsys.exports.service import export, request_export
from evalsys.exports.services.book import HandledRequest, export_handled
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.personnel.sheets.registers import all_registers
from evalsys.reform.benchmarks.book import BenchmarkRequest, export_benchmarks
from evalsys.reform.benchmarks.filters import BenchmarkFilter
from evalsys.reform.reductions.book import export_reductions
from evalsys.reform.reductions.queries import ReductionFilter, targets
from evalsys.reform.reductions.sheets import ReductionRequest
from evalsys.results.reports.handled.days import HandledFilter
from evalsys.results.reports.sheets.registry import all_books
from evalsys.roster.marking.template import make_template
from tests.exports.books import make_closed_city
from tests.reform.benchmarks.library import make_indicator
from tests.results.closing.city import CODE, NOW, TODAY

GOLDEN = Path(__file__).with_name("headings.txt")
COVERS = {"封面", "Cover"}
YEAR = (TODAY.replace(month=1, day=1), TODAY)

pytestmark = pytest.mark.usefixtures("app")


def make(name: str, staff: Staff, path: Path, lang: str) -> None:
    """Write a workbook."""
    wanted = HandledFilter(*YEAR, section="x", person="x", show="more")
    if name in all_books():
        export(request_export(SYSTEM, name, CODE, {}, lang=lang, now=NOW), path)
    elif name in all_registers():
        export_register(request_register(SYSTEM, name, YEAR, {}, lang=lang, now=NOW), path)
    elif name == "archive":
        export_archive(request_archive(SYSTEM, staff.number, lang=lang, now=NOW), path)
    elif name == "benchmarks":
        export_benchmarks(BenchmarkRequest(SYSTEM, BenchmarkFilter(), lang, NOW), path)
    elif name == "handled":
        export_handled(HandledRequest(SYSTEM, wanted, lang, NOW), path)
    elif name == "reductions":
        asked = ReductionRequest(SYSTEM, ReductionFilter(), targets(), lang, NOW)
        export_reductions(asked, path)
    else:
        path.write_bytes(make_template(lang))


def words_in(path: Path, names: set[str]) -> Iterator[str]:
    """Yield the project's texts in a workbook: titles, print set-up, headings, charts."""
    for sheet in load_workbook(path):
        yield f"[{sheet.title}]"
        yield from _cover(sheet) if sheet.title in COVERS else _sheet(sheet, names)
        marks = (sheet.oddHeader.right.text, sheet.oddFooter.center.text)
        yield " ".join(f"paper: {marks}".split())
    with zipfile.ZipFile(path) as parts:
        for part in sorted(parts.namelist()):
            if part.startswith("xl/charts/chart"):
                drawn = "".join(re.findall("<a:t>(.*?)</a:t>", parts.read(part).decode()))
                yield f"chart: {drawn}"


def _cover(sheet: Worksheet) -> Iterator[str]:
    """Yield the labels of the facts, and the definitions of the columns."""
    rows = [[cell for cell in row if cell] for row in sheet.iter_rows(min_row=3, values_only=True)]
    for row in filter(None, rows):
        yield " | ".join(map(str, row if len(row) > 2 else row[:1]))


def _sheet(sheet: Worksheet, names: set[str]) -> Iterator[str]:
    headings = next(sheet.iter_rows(max_row=1, values_only=True))
    yield " | ".join("(a name)" if each in names else str(each) for each in headings if each)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_workbooks_have_the_words_that_they_had(tmp_path: Path, lang: str) -> None:
    low, _high = make_closed_city()
    staff = db.session.scalars(select(Staff).order_by(Staff.id)).first()
    assert staff is not None
    names = {*db.session.scalars(select(Organ.name)), *db.session.scalars(select(Section.name))}
    assert low.name in names
    make_indicator(urgency=5, urgency_reason="x", ease=4, ease_reason="x")  # For the chart.
    found = list[str]()
    for name in (
        *all_books(),
        *all_registers(),
        "archive",
        "benchmarks",
        "handled",
        "reductions",
        "roster",
    ):
        path = tmp_path / f"{name}.xlsx"
        make(name, staff, path, lang)
        found.append("\n".join([f"{name}, {lang}", *words_in(path, names)]))
    held = GOLDEN.read_text(encoding="utf-8").split("\n\n== ")[1:]
    wanted = [book.rstrip() for book in held if f", {lang}\n" in book]
    assert "\n\n".join(found).splitlines() == "\n\n".join(wanted).splitlines()
